"""An event loop whose clock does not wait: all the work of real time, without the time in between."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Iterator
from contextlib import contextmanager


class _Jump(selectors.DefaultSelector):
    """Instead of waiting for a timer, moves the clock to it, unless other threads are at work."""

    now_s = 0.0
    at_work = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(None if timeout is None or (timeout and self.at_work) else 0)
        if not ready and timeout:
            self.now_s += timeout
        return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    """Goes from timer to timer; its time begins at 0."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        """Return the seconds that would have passed."""
        return self._jump.now_s

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let the clock stand still: an engine is at work on a thread of its own."""
        self._jump.at_work += 1
        try:
            yield
        finally:
            self._jump.at_work -= 1
