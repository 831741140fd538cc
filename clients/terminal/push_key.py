"""Push-to-talk with one key: held where the terminal tells releases; elsewhere a tap begins and another ends, and a key that repeats is held."""

from __future__ import annotations

from enum import Enum

REPEAT_S = 0.7
"""A key that comes again within so long after the first time is held down: systems repeat a held key after 0.25 to 0.66 s."""

GONE_S = 0.25
"""A held key that has not been repeated for so long was released: it is repeated 10 to 30 times a second."""


class _Phase(Enum):
    UP = "up"
    TAPPED = "tapped"
    HELD = "held"


class Push(Enum):
    """What it means."""

    BEGIN = "begin"
    END = "end"


class PushKey:
    """Takes each time that the key comes; the time is an argument."""

    def __init__(self) -> None:
        self._phase = _Phase.UP
        self._last_s = 0.0
        self.tells_releases = False
        """What the terminal said."""

    def press(self, now_s: float) -> Push | None:
        """The key came."""
        before_s, self._last_s = self._last_s, now_s
        match self._phase:
            case _Phase.UP:
                self._phase = _Phase.HELD if self.tells_releases else _Phase.TAPPED
                return Push.BEGIN
            case _Phase.TAPPED if now_s - before_s < REPEAT_S:
                self._phase = _Phase.HELD
            case _Phase.TAPPED:
                self._phase = _Phase.UP
                return Push.END
        return None

    def release(self) -> Push | None:
        """The key was let go."""
        return self._end() if self._phase is not _Phase.UP else None

    def tick(self, now_s: float) -> Push | None:
        """Look whether a key that was repeated is no longer."""
        gone = self._phase is _Phase.HELD and not self.tells_releases and now_s - self._last_s > GONE_S
        return self._end() if gone else None

    def _end(self) -> Push:
        self._phase = _Phase.UP
        return Push.END
