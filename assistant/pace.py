"""How fast an interpreter speaks: at the voice's own pace, and faster while what was said before is still being played."""

from __future__ import annotations

MOST_RATE = 1.4
"""Faster speech is understood with effort."""

CALM_S, HURRIED_S = 0.3, 2.0
"""Sound still to be played up to which the pace stays as it is, and from which it is the fastest."""


class Pace:
    """Keeps account of what is played; `now_s` is any clock that goes on."""

    def __init__(self) -> None:
        self._until_s = 0.0

    def behind_s(self, now_s: float) -> float:
        """Return how long it takes until all is played."""
        return max(self._until_s - now_s, 0.0)

    def rate(self, now_s: float) -> float:
        """Return how fast the next phrase is spoken; 1 is the voice's own pace."""
        hurry = (self.behind_s(now_s) - CALM_S) / (HURRIED_S - CALM_S)
        return 1.0 + (MOST_RATE - 1.0) * min(max(hurry, 0.0), 1.0)

    def spoke(self, seconds: float, now_s: float) -> None:
        """Take the length of a sound that is played behind those before."""
        self._until_s = max(self._until_s, now_s) + seconds
