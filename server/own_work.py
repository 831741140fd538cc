"""How much of its time the server's own thread works, the engines apart."""

from __future__ import annotations

from collections import deque

SEEN_S = 5.0
"""Over which it is measured."""

LEAST_SEEN_S = 1.0
"""A shorter time tells nothing."""


class OwnWork:
    """A fold over how long the thread has worked; times are seconds on a clock that only grows."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._seen: deque[tuple[float, float, int]] = deque()
        """When, how long it had worked by then, and how many were there."""

    def push(self, at_s: float, worked_s: float, present: int) -> None:
        """Take how long the thread has worked so far, and how many are there."""
        while self._seen and at_s - self._seen[0][0] > SEEN_S:
            self._seen.popleft()
        self._seen.append((at_s, worked_s, present))

    def share(self, present: int) -> float:
        """Return which share of its time the thread would work with so many; 0 while that is not known."""
        if not self._seen or (seen_s := self._seen[-1][0] - self._seen[0][0]) < LEAST_SEEN_S:
            return 0.0
        before = max(1.0, sum(there for *_, there in self._seen) / len(self._seen))  # fewer than now, if many have come
        return (self._seen[-1][1] - self._seen[0][1]) / seen_s * present / before
