"""When a client that says nothing of it has probably played what it was sent: from the first audio on, in real time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Playout:
    """The clock of one reply at a time."""

    def __init__(self, played: Callable[[], None]) -> None:
        """Call `played` when a complete reply must have been heard."""
        self._played = played
        self._since_s: float | None = None
        self._seconds = 0.0
        self._until_s = 0.0  # when the reply before will have been played
        self._handle: asyncio.TimerHandle | None = None

    def push(self, seconds: float) -> None:
        """Take audio that was sent."""
        if self._since_s is None:
            self._since_s = max(self._until_s, asyncio.get_running_loop().time())
            self._cancel()  # what was played then is not all any more
        self._seconds += seconds

    def complete(self, *, at_once: bool) -> None:
        """No more comes; `at_once`: do not wait until it was heard."""
        if self._since_s is None:
            return
        self._until_s = self._since_s + self._seconds
        self._forget()
        self._handle = asyncio.get_running_loop().call_at(0.0 if at_once else self._until_s, self._played)

    def stop(self) -> None:
        """The reply was stopped."""
        self._forget()
        self._until_s = 0.0
        self._cancel()

    def _cancel(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _forget(self) -> None:
        self._since_s, self._seconds = None, 0.0
