"""How tests run engines at work, here and on other machines, wait for something of them, and check that they answer."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from assistant.errors import EngineError, InputError
from models.worker import Working


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a test, which leaves no process behind."""
    asyncio.run(work, debug=True)
    assert not multiprocessing.active_children()


async def until(there: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not there():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)


async def answers(worker: Working) -> None:
    """Check that a counter at work anywhere answers, streams and raises as on a thread here."""
    assert await worker.call("add", 2, b=3) == 5
    assert [n async for n in worker.stream("count", 4)] == [0, 1, 2, 3]
    with pytest.raises(EngineError, match=r"counter failed \(OSError: the disk is gone\)"):
        await worker.call("fail")
    with pytest.raises(InputError, match="Not that"):
        await worker.call("refuse")
