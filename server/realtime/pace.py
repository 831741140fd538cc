"""How fast one client may send: what comes faster is read later, and waits in the client's own buffers."""

from __future__ import annotations


class Pace:
    """A token bucket: `burst` at once, `a_second` in the long run."""

    def __init__(self, a_second: float, burst: float) -> None:
        self._a_second, self._burst = a_second, burst
        self._left, self._at_s = burst, 0.0

    def push(self, amount: float, now_s: float) -> float:
        """Take what came at `now_s` (seconds on a clock that only grows); return how many seconds to wait before more is read."""
        self._left = min(self._burst, self._left + (now_s - self._at_s) * self._a_second) - amount
        self._at_s = now_s
        return max(0.0, -self._left / self._a_second)

    def full(self, now_s: float) -> bool:
        """Whether a whole burst may be sent."""
        return self._left + (now_s - self._at_s) * self._a_second >= self._burst
