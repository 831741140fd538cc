"""Processes that die are started again by themselves, and who asks is told: with real processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial

import pytest

from assistant.engines import Outage
from assistant.errors import EngineUnavailable
from models.child import Child
from models.keeper import Keeper
from models.restarts import MOST
from models.worker import Worker
from tests.models.counter import Counter

ENGLISH = frozenset({"en"})


async def until(there: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not there():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)


async def back(keeper: Keeper, child: Child, starts: int) -> None:
    """Wait until it was started so often, and nothing is missing."""
    await until(lambda: child.starts == starts and not child.down and not keeper.outages())


@asynccontextmanager
async def kept() -> AsyncGenerator[tuple[Keeper, Worker, Child], None]:
    worker, keeper = Worker(partial(Child, Counter, "voice en"), "voice en"), Keeper()
    child: Child = await worker.ready()
    keeper.keep(worker, child, ENGLISH)
    keeper.start()
    try:
        yield keeper, worker, child
    finally:
        await keeper.close()
        await worker.close()


def test_what_ended_while_nobody_asked_is_started_again() -> None:
    async def work() -> None:
        async with kept() as (keeper, worker, child):
            assert keeper.outages() == ()
            child._process.kill()
            await until(keeper.outages)
            assert keeper.outages() == (Outage("no voice en", "its process ended unexpectedly; it is started again"),)
            await back(keeper, child, 2)
            assert await worker.call("call", "add", 2, 2) == 4

    asyncio.run(work(), debug=True)


def test_what_ended_in_a_stream_is_told_to_whoever_reads_it_and_started_again() -> None:
    async def work() -> None:
        async with kept() as (keeper, worker, child):
            numbers = worker.stream("stream", "count", 10)
            await anext(numbers)
            child._process.kill()
            child._process.join()
            with pytest.raises(EngineUnavailable, match="voice en ended unexpectedly"):
                await anext(numbers)
            await back(keeper, child, 2)
            assert [number async for number in worker.stream("stream", "count", 2)] == [0, 1]

    asyncio.run(work(), debug=True)


def test_what_was_started_again_by_the_next_request_is_told_too() -> None:
    async def work() -> None:
        async with kept() as (keeper, worker, child):
            child._process.kill()
            child._process.join()
            assert await worker.call("call", "add", 2, 2) == 4
            kept_by = keeper._kept[0]
            await until(lambda: kept_by.starts == 2)
            assert kept_by.restarts.ended(0.0) == 0.0
            assert kept_by.restarts.ended(0.0) > 0.0, "it was counted"

    asyncio.run(work(), debug=True)


def test_what_ends_again_and_again_is_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.restarts.FIRST_WAIT_S", 1.0)

    async def work() -> None:
        async with kept() as (keeper, worker, child):
            for starts in range(2, MOST + 1):
                child._process.kill()
                await back(keeper, child, starts)
            child._process.kill()
            await until(keeper.outages)
            (outage,) = keeper.outages()
            assert outage.silent == ENGLISH
            assert outage.why == "its process ended unexpectedly 3 times within 60 s; there is only text until it is tried again in 1 s"
            assert child.starts == MOST
            await back(keeper, child, MOST + 1)
            assert await worker.call("call", "add", 2, 2) == 4

    asyncio.run(work(), debug=True)


def test_what_does_not_start_counts_as_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.restarts.FIRST_WAIT_S", 600.0)

    async def work() -> None:
        async with kept() as (keeper, _, child):
            child._make = fail
            child._process.kill()
            await until(lambda: keeper.outages() and keeper.outages()[0].silent)
            assert child.starts == MOST

    asyncio.run(work(), debug=True)


def fail() -> None:
    raise EngineUnavailable("There is no voice.")
