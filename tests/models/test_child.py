"""Engines in processes of their own: they answer, stream, raise, die and come back."""

from __future__ import annotations

import asyncio
import multiprocessing
import threading
from functools import partial

import pytest

from assistant.errors import EngineError, EngineUnavailable, InputError
from models.child import Child
from models.worker import Worker
from tests.models.counter import Counter


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

    asyncio.run(work(), debug=True)
    assert threading.active_count() == before
    assert not multiprocessing.active_children()
