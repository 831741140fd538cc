"""Engines in processes that die, hang and talk nonsense: they come back, and who asked them hardly notices. With real processes."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import pickle
import signal
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant.engines import Outage
from assistant.errors import EngineError, EngineUnavailable
from assistant.urgency import Urgency, urgent
from models.life import Bounds
from models.missing import outages
from models.supervised import Supervised
from tests.models.counter import Counter
from tests.models.frail import Frail, Quiet, Urging
from tests.models.working import answers, run, until


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


@asynccontextmanager
async def counting(make: Callable[[], object] = Counter, **options: Any) -> AsyncGenerator[Supervised, None]:
    worker = Supervised(make, "counter", **options)
    try:
        await worker.ready()
        yield worker
    finally:
        await worker.close()


def test_it_answers_streams_and_raises_as_a_worker_does() -> None:
    async def work() -> None:
        async with counting(attributes=["step_s"]) as worker:
            assert (await worker.ready()).step_s == 0.0
            await answers(worker)
        with pytest.raises(EngineUnavailable, match="has been closed"):
            await worker.call("add", 1)

    run(work())


def frail(folder: Path, griefs: str) -> Callable[[], object]:
    (folder / "griefs").write_text(griefs)
    return partial(Frail, folder / "griefs")


async def counted(worker: Supervised, grief_at: int) -> str:
    return "".join([item async for item in worker.stream("count", 5, grief_at)])


QUICK = Bounds(beat_s=60, step_s=2)


@pytest.mark.parametrize("grief", ["d", "h", "n"], ids=["dies", "hangs", "talks nonsense"])
def test_a_stream_goes_on_where_it_was(tmp_path: Path, grief: str) -> None:
    async def work() -> None:
        async with counting(frail(tmp_path, grief), bounds=QUICK) as worker:
            assert await counted(worker, 3) == "0 1 2 3 4 "
            assert worker.starts == 2
            assert await worker.call("grieve") == "well"

    run(work())


@pytest.mark.parametrize("grief", ["d", "h", "n"], ids=["dies", "hangs", "talks nonsense"])
def test_a_call_is_answered_by_the_next_life(tmp_path: Path, grief: str) -> None:
    async def work() -> None:
        async with counting(frail(tmp_path, grief), bounds=QUICK) as worker:
            assert await worker.call("grieve") == "well"
            assert worker.starts == 2

    run(work())


def test_many_are_under_way_at_once_and_all_go_on(tmp_path: Path) -> None:
    async def work() -> None:
        async with counting(frail(tmp_path, "d")) as worker, asyncio.TaskGroup() as group:
            tasks = [group.create_task(counted(worker, grief_at=4 if n == 3 else -1)) for n in range(8)]
        assert [task.result() for task in tasks] == ["0 1 2 3 4 "] * 8
        assert worker.starts == 2

    run(work())


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_it_says_what_ended_it_and_comes_back_though_nobody_asks(sign: signal.Signals) -> None:
    async def work() -> None:
        async with counting() as worker:
            tell = outages([(worker, frozenset({"en"}))])
            assert tell() == ()
            assert worker.pid is not None
            os.kill(worker.pid, sign)
            await until(tell)
            assert tell() == (Outage("no counter", f"its process was ended by {sign.name}; it is started again"),)
            await until(lambda: not tell())
            assert await worker.call("add", 2, 2) == 4

    run(work())


def test_one_that_is_stopped_gives_no_sign_of_life(tmp_path: Path) -> None:
    async def work() -> None:
        async with counting(bounds=Bounds(beat_s=2)) as worker:
            assert worker.pid is not None
            os.kill(worker.pid, signal.SIGSTOP)
            assert await worker.call("add", 2, 2) == 4
            assert worker.starts == 2

    run(work())


def test_one_that_gets_on_without_a_result_is_not_ended(tmp_path: Path) -> None:
    async def work() -> None:
        async with counting(frail(tmp_path, ""), kind=Quiet, bounds=Bounds(step_s=3)) as worker:
            assert [item async for item in worker.stream("", rests_s=6)] == ["rested"]
            assert worker.starts == 1

    run(work())


def test_a_request_that_ends_it_always_is_found_and_harms_no_other(tmp_path: Path) -> None:
    async def work() -> None:
        async with counting(frail(tmp_path, "")) as worker:
            async with asyncio.TaskGroup() as group:
                well = [group.create_task(worker.call("poison", ends=False)) for _ in range(3)]
                with pytest.raises(EngineUnavailable, match="This request ended the process of the engine counter"):
                    await worker.call("poison", ends=True)
            assert [task.result() for task in well] == ["well"] * 3
            starts = worker.starts
            with pytest.raises(EngineUnavailable, match="has ended the process of the engine counter before"):
                await worker.call("poison", ends=True)
            assert worker.starts == starts
            assert await worker.call("add", 2, 2) == 4

    run(work())


def test_what_was_set_is_set_in_the_next_life(tmp_path: Path) -> None:
    async def work() -> None:
        async with counting(frail(tmp_path, "d"), lasting=["limit_threads"]) as worker:
            await worker.call("limit_threads", 3)
            assert await worker.call("grieve") == "well"
            assert await worker.call("limited") == 3

    run(work())


def test_what_cannot_be_made_says_why(tmp_path: Path) -> None:
    async def work() -> None:
        (tmp_path / "griefs").write_text("x")
        worker = Supervised(partial(Frail, tmp_path / "griefs", "x"), "broken")
        with pytest.raises(EngineUnavailable, match="There is no model"):
            await worker.ready()
        with pytest.raises(EngineUnavailable, match="There is no model"):
            await worker.call("add", 1)
        await worker.close()

    run(work())


def test_what_dies_while_it_is_made_says_so() -> None:
    async def work() -> None:
        worker = Supervised(partial(os._exit, 5), "broken")
        with pytest.raises(EngineUnavailable, match=r"broken cannot be started: its process ended unexpectedly \(exit status 5\)"):
            await worker.ready()
        await worker.close()

    run(work())


def test_what_is_not_ready_in_time_is_ended() -> None:
    async def work() -> None:
        worker = Supervised(partial(time.sleep, 3600), "slow", bounds=Bounds(start_s=0.5))
        with pytest.raises(EngineUnavailable, match=r"slow cannot be started: its process was not ready within 0.5 s"):
            await worker.ready()
        await worker.close()

    run(work())


def test_what_does_not_start_again_is_left_alone_longer_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.supervised.PATIENCE_S", 0.5)

    async def work() -> None:
        async with counting(partial(Frail, tmp_path / "griefs", "x")) as worker:
            (tmp_path / "griefs").write_text("xxxxx")
            assert worker.pid is not None
            os.kill(worker.pid, signal.SIGKILL)
            tell = outages([(worker, frozenset({"en"})), (worker, None)])
            await until(lambda: tell() and tell()[0].silent)
            assert tell()[1].down
            assert "cannot make the engine: There is no model; it is tried again every" in tell()[0].why
            with pytest.raises(EngineUnavailable, match="its process cannot make the engine"):
                await worker.call("add", 1)
            await until(lambda: not tell())
            assert await worker.call("add", 2, 2) == 4

    run(work())


def test_a_mistake_of_ours_leaves_an_outage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unable(*_: object) -> None:
        raise MemoryError

    async def work() -> None:
        async with counting(partial(Frail, tmp_path / "griefs", "x")) as worker:
            tell = outages([(worker, None)])
            monkeypatch.setattr("models.life.spawned", unable)
            assert worker.pid is not None
            os.kill(worker.pid, signal.SIGKILL)
            await until(lambda: tell() and tell()[0].down)
            assert tell()[0].why == "its process cannot be started again (MemoryError); start Parley again"
            with pytest.raises(EngineUnavailable, match=r"is not there: its process cannot be started again \(MemoryError\); load"):
                await worker.call("add", 1)

    run(work())


def test_closing_while_it_starts_waits_for_nothing() -> None:
    async def work() -> None:
        worker = Supervised(partial(time.sleep, 3600), "slow")
        asked = asyncio.create_task(worker.call("add", 1))
        await asyncio.sleep(0.2)
        await worker.close()
        with pytest.raises(EngineUnavailable):
            await asked

    run(work())


def test_closing_at_any_moment_leaves_nothing() -> None:
    async def work() -> None:
        told: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        before = open_files()
        for moment in range(6):
            worker = Supervised(Counter, "counter")
            for _ in range(moment):
                await asyncio.sleep(0)
            await worker.close()
            assert not multiprocessing.active_children()
            del worker
            gc.collect()  # a future whose error nobody asked for complains then
        assert open_files() == before
        assert not told

    run(work())


def test_closing_twice_at_once_waits_for_the_end_twice() -> None:
    async def work() -> None:
        async def close() -> None:
            await worker.close()
            assert not multiprocessing.active_children()

        async with counting() as worker:
            closing = asyncio.create_task(close())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await close()
            await closing

    run(work())


def test_memory_is_limited() -> None:
    async def work() -> None:
        async with counting(partial(Frail, Path("/nowhere")), bounds=Bounds(memory_mb=512)) as worker:
            assert await worker.call("hoard", 16) == 16 << 17
            with pytest.raises(EngineError, match="MemoryError"):
                await worker.call("hoard", 1024)
            assert await worker.call("add", 2, 2) == 4

    run(work())


def test_nothing_is_left_of_many_lives() -> None:
    async def work() -> None:
        async with counting() as worker:
            before = open_files()
            for _ in range(3):
                assert worker.pid is not None
                os.kill(worker.pid, signal.SIGKILL)
                await until(lambda: worker.pid is None)
                assert await worker.call("add", 2, 2) == 4
            assert open_files() == before
            assert len(multiprocessing.active_children()) == 1

    run(work())


def test_a_stream_that_is_left_is_closed_before_the_next_step() -> None:
    async def work() -> None:
        async with counting(partial(Counter, 0.01)) as worker:

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

    run(work())


def test_sound_goes_there_and_back(tmp_path: Path) -> None:
    async def work() -> None:
        async with counting(frail(tmp_path, "")) as worker:
            sound = np.random.default_rng(0).normal(0, 0.1, 480_000).astype(np.float32)
            found = await worker.call("twice", sound)
            assert np.array_equal(found, 2 * sound)

    run(work())


def test_how_urgent_something_is_is_known_there() -> None:
    async def work() -> None:
        async with counting(partial(Counter, 0.01), kind=Urging) as worker:
            how = Urgency.DRAFT
            with urgent(lambda: how):
                steps = worker.stream("count", 1_000_000)
                assert await anext(steps) == ("DRAFT",)
                how = Urgency.NOW
                async with asyncio.timeout(60):
                    async for step in steps:
                        if step == ("NOW",):
                            break
                await steps.aclose()
            assert [step async for step in worker.stream("count", 2)] == [("NOW",)] * 2

    run(work())


def test_what_waits_is_counted() -> None:
    async def work() -> None:
        async with counting(partial(Counter, 0.01)) as worker:
            asked = [asyncio.create_task(worker.call("add", 1)) for _ in range(3)]
            await asyncio.sleep(0)
            assert worker.queued == 3
            asked[2].cancel()
            await asyncio.wait(asked)
            assert worker.queued == 0
            numbers = worker.stream("count", 3)
            await anext(numbers)
            assert worker.queued == 0, "nobody waits while it is read"
            await numbers.aclose()

    run(work())


def test_what_cannot_be_sent_there_is_a_mistake_that_is_told() -> None:
    async def work() -> None:
        worker = Supervised(lambda: Counter(), "local")
        with pytest.raises((AttributeError, pickle.PicklingError), match="pickle"):
            await worker.ready()
        await worker.close()

    run(work())
