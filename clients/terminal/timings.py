"""What each turn took, and the percentiles of all of them."""

from __future__ import annotations

from collections import deque

from assistant.events import PlaybackStarted, ReplyAudio, Stamped
from assistant.latency import Latency, Timing, percentile
from clients.terminal.state import Bar

BARS = 8
"""Turns that are shown one by one, at most."""

KEPT = 500
"""Turns that the percentiles are of, at most: a talk may last for days."""

_PARTS = {
    "final": "understood",
    "first_phrase": "thought",
    "drafted": "voiced",
    "endpoint": "waited",
    "playing": "played",
}
"""Points of a turn, and what was done when it was reached."""


class Timings:
    """A fold over the facts."""

    def __init__(self) -> None:
        self._latency = Latency(keep=4)
        self._totals_s: deque[float] = deque(maxlen=KEPT)
        self._bars: deque[Bar] = deque(maxlen=BARS)

    def push(self, stamped: Stamped) -> None:
        """Take one fact."""
        self._latency(stamped)
        turn = stamped.event.turn
        if isinstance(stamped.event, ReplyAudio | PlaybackStarted) and (timing := self._latency.turns.get(turn)):
            played = "playing" in timing.reached
            if played and not (self._bars and self._bars[-1].turn >= turn):
                self._bars.append(bar := _bar(timing))
                self._totals_s.append(bar.total_s)

    def correct(self, timing: Timing) -> None:
        """Take one of the newest turns as it was, whatever the facts said of it; `timing` has its `playing`."""
        for back, bar in enumerate(reversed(self._bars), 1):
            if bar.turn == timing.turn:
                self._bars[-back] = better = _bar(timing)
                self._totals_s[-back] = better.total_s
                return

    @property
    def bars(self) -> tuple[Bar, ...]:
        """The newest turns."""
        return tuple(self._bars)

    @property
    def turns(self) -> int:
        """How many the percentiles are of."""
        return len(self._totals_s)

    def percentile(self, share: float) -> float:
        """Return the seconds that this share of the turns took at most; 0 without any."""
        return percentile(self._totals_s, share) if self._totals_s else 0.0


def _bar(timing: Timing) -> Bar:
    playing_s = timing.reached["playing"]
    reached = [
        (_PARTS[stage], min(max(0.0, at_s), playing_s)) for stage, at_s in timing.in_order() if stage in _PARTS and stage != "playing"
    ]
    return Bar(timing.turn, (*reached, (_PARTS["playing"], max(0.0, playing_s))))
