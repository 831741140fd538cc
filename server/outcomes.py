"""Answers as they end, out of the facts of one session: what the metrics count, the traces draw and the log says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from assistant.events import Failed, ReplyDone, ReplyStarted, ReplyStopped, Stamped, TextSent
from assistant.latency import Latency, Timing

How: TypeAlias = Literal["done", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Ended:
    """One answer is over."""

    turn: int
    how: How
    at_s: float
    """On the session's clock."""
    timing: Timing | None
    """None of one that was asked for without a word."""
    asked: Timing | None
    """Of such a one, since it was asked for."""
    code: str | None = None
    """Of the error, if it failed."""


class Outcomes:
    """A fold over the facts of one session: what became of its answers."""

    def __init__(self) -> None:
        self._latency, self._asked, self._ended = Latency(), Latency(), 0

    def push(self, stamped: Stamped) -> Ended | None:
        """Take one fact; return the answer that it ends. One that was answered and stopped while it was played was done."""
        self._latency(stamped)
        self._asked(stamped)
        match stamped.event:
            case ReplyStarted(turn=turn) if turn not in self._asked.turns:
                self._asked(Stamped(stamped.at_s, TextSent(turn, "")))
                return None
            case ReplyDone(turn=turn):
                return self._end(turn, "done", stamped.at_s)
            case ReplyStopped(turn=turn):
                return self._end(turn, "stopped", stamped.at_s)
            case Failed(turn=turn, code=code):
                return self._end(turn, "failed", stamped.at_s, code)
            case _:
                return None

    def _end(self, turn: int, how: How, at_s: float, code: str | None = None) -> Ended | None:
        if turn <= self._ended:
            return None
        self._ended, timing, asked = turn, self._latency.turns.get(turn), self._asked.turns.get(turn)
        for turns in (self._latency.turns, self._asked.turns):
            for each in [each for each in turns if each <= turn]:
                del turns[each]
        return Ended(turn, how, at_s, timing, None if timing else asked, code)
