"""What tests share: an event loop whose clock jumps to the next timer."""

from __future__ import annotations

import asyncio
import selectors
import signal
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as properties

# A machine that is slow is no mistake of what is tested.
properties.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
properties.load_profile("patient")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell's background job ignores Ctrl-C, and so would every program that a test starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)

Run: TypeAlias = Callable[[Coroutine[Any, Any, Any]], Any]

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


class Jump(selectors.DefaultSelector):
    """Instead of waiting for a timer, moves the clock to it; with no timer and nothing to do, reports a deadlock."""

    now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("Deadlock: every task waits and there is no timer.")
        if not ready and timeout:
            self.now_s += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jump = Jump()
        super().__init__(self._jump)
        self._clock_resolution = 1e-9
        self.set_debug(True)
        self.slow_callback_duration = float("inf")

    def time(self) -> float:
        return self._jump.now_s


def on_virtual_time(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine on virtual time; afterwards no task and no open generator may be left."""
    loop = VirtualLoop()
    try:
        result = loop.run_until_complete(work)
        assert not asyncio.all_tasks(loop), "tasks were left behind"
        loop.run_until_complete(loop.shutdown_asyncgens())
        return result
    finally:
        loop.close()


@pytest.fixture
def virtual() -> Run:
    return on_virtual_time


def pass_time(loop: asyncio.AbstractEventLoop, seconds: float) -> None:
    """Let the clock of a virtual loop go on while nothing runs: as for a process that is stopped."""
    assert isinstance(loop, VirtualLoop)
    loop._jump.now_s += seconds
