"""Workers: one step at a time on one thread, streams closed in order, processes that die and come back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from functools import partial
from typing import Any

import pytest

from assistant.errors import EngineError, EngineUnavailable, InputError
from models.worker import Worker, Workers
from tests.models.counter import Counter


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work, debug=True)


def test_calls_and_streams() -> None:
    async def work() -> None:
        worker = Worker(Counter, "counter")
        assert await worker.call("add", 2, b=3) == 5
        assert [n async for n in worker.stream("count", 4)] == [0, 1, 2, 3]
        await worker.close()

    run(work())


def test_what_waits_is_counted() -> None:
    async def work() -> None:
        async with Workers() as workers:
            worker = workers.start("counter", partial(Counter, 0.01))
            queues = workers.queues()
            await worker.ready()
            asked = [asyncio.create_task(worker.call("add", 1)) for _ in range(3)]
            await asyncio.sleep(0)
            assert queues() == {"counter": 3}
            asked[2].cancel()
            await asyncio.wait(asked)
            assert queues() == {"counter": 0}

    run(work())


def test_a_stream_that_is_left_is_closed_before_the_next_step() -> None:
    async def work() -> None:
        worker = Worker(partial(Counter, 0.01), "counter")
        engine = await worker.ready()

        async def read(under_way: asyncio.Event) -> None:
            async for _ in worker.stream("count", 1000):
                under_way.set()

        for _ in range(20):
            under_way = asyncio.Event()
            reading = asyncio.create_task(read(under_way))
            await under_way.wait()
            reading.cancel()
            await asyncio.wait([reading])
            assert await worker.call("add", 1) == 2  # asserts in the engine that nothing is open
        assert engine.diary == ["closed"] * 20
        await worker.close()
        assert engine.diary[-1] == "ended"

    run(work())


def test_errors_are_translated_at_the_border() -> None:
    async def work() -> None:
        worker = Worker(Counter, "counter")
        with pytest.raises(EngineError, match=r"counter failed \(OSError: the disk is gone\)"):
            await worker.call("fail")
        with pytest.raises(InputError, match="Not that"):
            await worker.call("refuse")
        await worker.close()
        with pytest.raises(EngineUnavailable, match="has been closed"):
            await worker.call("add", 1)

    run(work())


def test_an_engine_that_is_being_closed_is_asked_nothing_more() -> None:
    class Closing(Counter):
        def add(self, a: int, b: int = 1) -> int:
            assert not self.diary, "it was closed"
            return a + b

        def close(self) -> None:
            super().close()
            time.sleep(0.2)

    async def work() -> None:
        worker = Worker(Closing, "closing")
        await worker.ready()
        earlier = asyncio.create_task(worker.call("add", 1))
        await asyncio.sleep(0)
        closing = asyncio.create_task(worker.close())
        await asyncio.sleep(0)
        with pytest.raises(EngineUnavailable, match="has been closed"):
            await worker.call("add", 1)
        assert await earlier == 2
        await closing

    run(work())


def test_what_cannot_be_made_says_why() -> None:
    def make() -> None:
        raise EngineUnavailable("There is no model.")

    def stumble() -> None:
        raise LookupError("no such layer")

    async def work() -> None:
        worker = Worker(make, "broken")
        with pytest.raises(EngineUnavailable, match="There is no model"):
            await worker.ready()
        with pytest.raises(EngineUnavailable, match="There is no model"):
            await worker.call("add", 1)
        await worker.close()
        worker = Worker(stumble, "odd")
        with pytest.raises(EngineUnavailable, match=r"odd cannot be started \(LookupError: no such layer\)"):
            await worker.ready()
        await worker.close()

    run(work())
