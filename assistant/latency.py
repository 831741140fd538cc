"""Latency as a fold over the facts of a session: no stage measures itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil

from assistant.events import (
    Drafted,
    Final,
    PlaybackStarted,
    ReplyAudio,
    ReplyPhrase,
    ReplyToken,
    SpeechEnded,
    SpeechPaused,
    Stamped,
    TextSent,
)

STAGES = ("paused", "final", "first_token", "first_phrase", "drafted", "endpoint", "first_audio", "playing")
"""The points of a turn, in the order in which a drafted one reaches them: `drafted` is when a draft had done all that it may before the endpoint,
`first_audio` when the first audio was given away."""


@dataclass
class Timing:
    """When one turn reached each point, in seconds after the user's last word (or after a text was sent)."""

    turn: int
    origin_s: float
    """The end of speech on the session's clock."""
    reached: dict[str, float] = field(default_factory=dict)

    def reach(self, stage: str, at_s: float) -> None:
        """Note the first time that a point was reached."""
        self.reached.setdefault(stage, at_s - self.origin_s)

    @property
    def saved_s(self) -> float | None:
        """What the draft saved: how much later the first audio would have been, had the answer been begun at the endpoint."""
        try:
            working_s = self.reached["drafted"] - self.reached["paused"]
            return self.reached["endpoint"] + working_s - self.reached["first_audio"]
        except KeyError:
            return None

    def in_order(self) -> list[tuple[str, float]]:
        """Return the points that were reached and when, the first one first."""
        return sorted(((stage, self.reached[stage]) for stage in STAGES if stage in self.reached), key=lambda point: point[1])

    def as_json(self) -> dict[str, float]:
        """Return the points by name, milliseconds exact."""
        return {stage: round(at_s, 3) for stage, at_s in self.in_order()}


class Latency:
    """An observer that keeps a `Timing` for every turn, or for the newest ones."""

    def __init__(self, keep: int | None = None) -> None:
        """Keep the newest `keep` turns: a session may last for days; None for all."""
        self._keep = keep
        self.turns: dict[int, Timing] = {}

    def __call__(self, stamped: Stamped) -> None:
        """Take one fact."""
        at_s, event = stamped.at_s, stamped.event
        match event:
            case SpeechPaused(turn, speech_end_s, heard_s):
                # A later pause of the same turn is the one that counts: speech had gone on.
                self._begin(turn, at_s - (heard_s - speech_end_s)).reach("paused", at_s)
            case SpeechEnded(turn, speech_end_s, heard_s):
                (self.turns.get(turn) or self._begin(turn, at_s - (heard_s - speech_end_s))).reach("endpoint", at_s)
            case Drafted(turn, stage):
                self._reach(turn, "drafted" if stage in ("first_audio", "effect") else stage, at_s)
            case TextSent(turn) if turn not in self.turns or "endpoint" in self.turns[turn].reached:
                self._begin(turn, at_s)  # speech that made no turn, such as a "mhm" into a reply, may have left one of that number
            case Final(turn):
                self._reach(turn, "final", at_s)
            case ReplyToken(turn):
                self._reach(turn, "first_token", at_s)
            case ReplyPhrase(turn):
                self._reach(turn, "first_phrase", at_s)
            case ReplyAudio(turn):
                self._reach(turn, "first_audio", at_s)
            case PlaybackStarted(turn):
                self._reach(turn, "playing", at_s)

    def _begin(self, turn: int, origin_s: float) -> Timing:
        self.turns[turn] = timing = Timing(turn, origin_s)
        if self._keep is not None and len(self.turns) > self._keep:
            del self.turns[next(iter(self.turns))]
        return timing

    def _reach(self, turn: int, stage: str, at_s: float) -> None:
        if turn in self.turns:
            self.turns[turn].reach(stage, at_s)


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value below which `share` (0..1) of the values lie: nearest rank.

    Raises:
        ValueError: no values.
    """
    ordered = sorted(values)
    if not ordered:
        raise ValueError("There are no values to take a percentile of.")
    return ordered[max(0, ceil(share * len(ordered)) - 1)]
