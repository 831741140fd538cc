"""When an engine's process that ended by itself is started again."""

from __future__ import annotations

from collections import deque

MOST, WITHIN_S = 3, 60.0
"""Ends by itself, and the time within which so many of them mean that the next start would help no more."""

FIRST_WAIT_S, MOST_WAIT_S = 60.0, 960.0
"""How long it is left alone then, at first and at most: twice as long each time."""


class Restarts:
    """One process; the time comes in as an argument."""

    def __init__(self) -> None:
        self._ends: deque[float] = deque(maxlen=MOST)
        self._wait_s = FIRST_WAIT_S

    def ended(self, now_s: float) -> float:
        """Return after how many seconds to start it again; mostly 0."""
        self._ends.append(now_s)
        if len(self._ends) < MOST or now_s - self._ends[0] > WITHIN_S:
            return 0.0
        self._ends.clear()
        wait_s, self._wait_s = self._wait_s, min(2 * self._wait_s, MOST_WAIT_S)
        return wait_s
