"""Workers: one step at a time on one thread, streams closed in order, processes that die and come back."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading
import time
from collections.abc import Coroutine, Iterator
from functools import partial
from typing import Any

import pytest

from assistant.errors import EngineError, EngineUnavailable, InputError
from models.worker import Child, Worker


class Counter:
    """An engine that keeps a diary, and complains when a step begins while a stream is open."""

    def __init__(self, step_s: float = 0.0) -> None:
        self.diary: list[str] = []
        self.step_s = step_s
        self.open = 0

    def add(self, a: int, b: int = 1) -> int:
        assert not self.open, "a call met an open stream"
        return a + b

    def count(self, most: int) -> Iterator[int]:
        assert not self.open, "a stream met an open stream"
        self.open += 1
        try:
            for number in range(most):
                time.sleep(self.step_s)
                yield number
        finally:
            self.open -= 1
            self.diary.append("closed")

    def fail(self) -> None:
        raise OSError("the disk is gone")

    def refuse(self) -> None:
        raise InputError("Not that.")

    def die(self) -> None:
        os._exit(3)

    def close(self) -> None:
        self.diary.append("ended")


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work, debug=True)


def test_calls_and_streams() -> None:
    async def work() -> None:
        worker = Worker(Counter, "counter")
        assert await worker.call("add", 2, b=3) == 5
        assert [n async for n in worker.stream("count", 4)] == [0, 1, 2, 3]
        await worker.close()

    run(work())


def test_a_stream_that_is_left_is_closed_before_the_next_step() -> None:
    async def work() -> None:
        worker = Worker(partial(Counter, 0.01), "counter")
        engine = await worker.ready()

        async def read() -> None:
            async for _ in worker.stream("count", 1000):
                pass

        for _ in range(20):
            reading = asyncio.create_task(read())
            await asyncio.sleep(0.015)
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


def test_what_cannot_be_made_says_why() -> None:
    def make() -> None:
        raise EngineUnavailable("There is no model.")

    async def work() -> None:
        worker = Worker(make, "broken")
        with pytest.raises(EngineUnavailable, match="There is no model"):
            await worker.ready()
        with pytest.raises(EngineUnavailable, match="There is no model"):
            await worker.call("add", 1)
        await worker.close()

    run(work())


def test_a_process_of_its_own_answers_streams_and_raises() -> None:
    child = Child(Counter, "counter")
    try:
        assert child.call("add", 2, 2) == 4
        assert child.get("step_s") == 0.0
        assert list(child.stream("count", 3)) == [0, 1, 2]
        stream = child.stream("count", 1000)
        assert next(stream) == 0
        stream.close()
        assert child.call("add", 1) == 2
        with pytest.raises(EngineError, match="OSError: the disk is gone"):
            child.call("fail")
        with pytest.raises(InputError):
            child.call("refuse")
    finally:
        child.close()
    assert not multiprocessing.active_children()


def test_a_process_that_died_costs_one_request() -> None:
    child = Child(Counter, "counter")
    try:
        with pytest.raises(EngineUnavailable, match="counter ended unexpectedly"):
            child.call("die")
        assert child.call("add", 1) == 2
    finally:
        child.close()


def test_a_process_that_died_in_a_stream_costs_that_stream() -> None:
    child = Child(Counter, "counter")
    try:
        stream = child.stream("count", 10)
        next(stream)
        child._process.kill()
        child._process.join()
        with pytest.raises(EngineUnavailable, match="ended unexpectedly"):
            list(stream)
        assert child.call("add", 1) == 2
    finally:
        child.close()


def test_closing_leaves_no_thread() -> None:
    before = threading.active_count()

    async def work() -> None:
        worker = Worker(partial(Child, Counter, "counter"), "counter")
        assert [n async for n in worker.stream("stream", "count", 2)] == [0, 1]
        await worker.close()

    run(work())
    assert threading.active_count() == before
    assert not multiprocessing.active_children()
