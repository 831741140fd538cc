"""What a turn took, from the marks of a Parley server and from what only the client sees: when its microphone heard the last word, and its speaker the first."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

from assistant.latency import STAGES, Timing

BLOCKS = 64
"""Blocks of the microphone, about two seconds, of which the promptest tells how the sound's clock goes."""

GAP_S = 0.5
"""Nothing was sent for so long: what was before tells nothing of what comes."""

KEPT = 8
"""Turns of which something is still to come, at most."""


class SentClock:
    """When the microphone heard each point of the sound that a server was sent; the points are the server's, seconds from its first sample."""

    def __init__(self) -> None:
        self._sent_s = self._lost_s = 0.0
        self._begun_s: deque[float] = deque(maxlen=BLOCKS)
        self._unsure = False

    @property
    def sent_s(self) -> float:
        """So much was sent, and arrived as far as is known."""
        return self._sent_s - self._lost_s

    def push(self, seconds: float, now_s: float) -> None:
        """Sound was sent that the microphone gave just now."""
        self._sent_s += seconds
        begun_s = now_s - self._sent_s
        if self._begun_s and begun_s > self._begun_s[-1] + GAP_S:
            self._begun_s.clear()
        self._begun_s.append(begun_s)

    def interrupted(self) -> None:
        """Some that was sent may never have arrived, or all, if the server began anew."""
        self._unsure = self._sent_s > 0

    def told(self, position_s: float) -> None:
        """The server has decided something at this point, which was the newest that it knew."""
        behind_s = self._sent_s - position_s
        if self._unsure:
            self._lost_s, self._unsure = behind_s, False
        self._lost_s = min(self._lost_s, max(0.0, behind_s))

    def when(self, position_s: float) -> float | None:
        """Return when this point was heard; None if nothing was sent, or it is not known where the server stands."""
        if not self._begun_s or self._unsure:
            return None
        return min(self._begun_s) + position_s + self._lost_s


class Marks:
    """Takes marks and first sounds in either order, and tells of a turn once it has both."""

    def __init__(self, timed: Callable[[Timing], None]) -> None:
        self._timed = timed
        self._marked: dict[int, Timing] = {}
        self._played_s: dict[int, float] = {}

    def mark(self, turn: int, marks_ms: Mapping[str, float], last_word_s: float) -> None:
        """A server tells how long it took; `last_word_s` is when the microphone heard the end of it."""
        self._marked[turn] = timing = Timing(turn, last_word_s)
        timing.reached = {stage: marks_ms[stage] / 1000 for stage in STAGES if stage in marks_ms and stage != "playing"}
        self._complete(turn)

    def played(self, turn: int, now_s: float) -> None:
        """The first sound of the reply is heard."""
        self._played_s.setdefault(turn, now_s)
        self._complete(turn)

    def _complete(self, turn: int) -> None:
        if turn in self._marked and turn in self._played_s:
            timing = self._marked.pop(turn)
            timing.reach("playing", self._played_s.pop(turn))
            self._timed(timing)
        for waiting in (self._marked, self._played_s):
            if len(waiting) > KEPT:
                del waiting[next(iter(waiting))]
