"""When an engine's process that ended by itself is started again."""

from __future__ import annotations

FORGIVEN_S = 15.0
"""Of service, for which an earlier end is forgiven."""

FIRST_WAIT_S, MOST_WAIT_S = 0.25, 60.0
"""How long it is left alone after the second end, and at most: twice as long with each that is not forgiven."""

MOST_ENDS = 64
"""That are counted; the wait has long been the longest then."""


class Restarts:
    """One process."""

    def __init__(self) -> None:
        self._ends = 0.0

    def ended(self, served_s: float) -> float:
        """Return after how many seconds to start it again, which has served for `served_s`: 0 if that is the first end for a while."""
        self._ends = min(max(0.0, self._ends - served_s / FORGIVEN_S) + 1, MOST_ENDS)
        again = round(self._ends) - 2
        return min(FIRST_WAIT_S * 2.0**again, MOST_WAIT_S) if again >= 0 else 0.0
