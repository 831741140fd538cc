"""Whether a provider is asked at all: after failures in a row it is left alone for a while, then tried once."""

from __future__ import annotations

from dataclasses import dataclass

FAILURES = 3
"""In a row, until it is left alone."""

PAUSE_S, LONGEST_PAUSE_S = 15.0, 300.0
"""For so long at first, and at most; doubled each time that it fails again."""


@dataclass
class Circuit:
    """Times are seconds on a clock that only grows."""

    failures: int = 0
    pause_s: float = PAUSE_S
    until_s: float = 0.0
    trying: bool = False

    def allows(self, now_s: float) -> bool:
        """Whether it may be asked now; after a pause only one may, until that one is told."""
        if self.failures < FAILURES:
            return True
        return now_s >= self.until_s and not self.trying

    def begin(self) -> None:
        """It is asked."""
        self.trying = self.failures >= FAILURES

    def worked(self) -> None:
        """It answered."""
        self.failures, self.pause_s, self.trying = 0, PAUSE_S, False

    def failed(self, now_s: float, retry_after_s: float | None = None) -> None:
        """It did not; it may have said for how long it is to be left alone."""
        self.failures += 1
        if retry_after_s is not None:
            self.failures = max(self.failures, FAILURES)
        if self.failures >= FAILURES:
            wait_s = self.pause_s if retry_after_s is None else min(max(retry_after_s, 1.0), LONGEST_PAUSE_S)
            self.until_s = now_s + wait_s
            self.pause_s = min(2 * self.pause_s, LONGEST_PAUSE_S)
        self.trying = False

    def gave_up(self) -> None:
        """Who asked did not wait for the end: that says nothing."""
        self.trying = False
