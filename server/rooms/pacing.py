"""How often a line is told of while it grows: nobody reads faster."""

from __future__ import annotations

EVERY_S = 0.125
"""Between two tellings of one line."""


class Pacing:
    """When each line was told of last. Seconds on a clock that only grows."""

    def __init__(self, every_s: float = EVERY_S) -> None:
        self._every_s = every_s
        self._told_s: dict[str, float] = {}

    def knows(self, line: str) -> bool:
        """Whether a line was told of, and not for the last time."""
        return line in self._told_s

    def wait_s(self, line: str, now_s: float) -> float:
        """Return in how many seconds to tell of a line that has changed; 0 for now."""
        told_s = self._told_s.get(line)
        return 0.0 if told_s is None else max(0.0, told_s + self._every_s - now_s)

    def tell(self, line: str, now_s: float, *, last: bool) -> None:
        """A line is told of now; the `last` time, it is forgotten."""
        if last:
            self._told_s.pop(line, None)
        else:
            self._told_s[line] = now_s
