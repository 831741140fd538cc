"""An event loop whose clock does not wait: all the work of real time, without the time in between."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Iterator
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


class WorkingLoop(asyncio.SelectorEventLoop):
    """Real time while anything is at work, and none in between: what a machine would do beside a stream, without waiting for the stream."""

    def __init__(self, busy: Callable[[], bool] = lambda: False) -> None:
        """Begin; `busy` tells whether engines are at work on threads or in processes of their own."""
        self.busy = busy
        self._skipping = _Skip(self)
        super().__init__(self._skipping)

    def time(self) -> float:
        """Return the seconds that have passed or were skipped."""
        return super().time() + self._skipping.skipped_s


class _Skip(selectors.DefaultSelector):
    def __init__(self, loop: WorkingLoop) -> None:
        super().__init__()
        self._loop = loop
        self.skipped_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0 or self._loop.busy():
            return super().select(timeout)
        ready = super().select(0)
        if not ready:
            self.skipped_s += timeout
        return ready
