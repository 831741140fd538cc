"""An engine with several replicas: the one with the least to do is asked, and one that is lost is missed by nobody."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator
from functools import partial
from typing import Any

import pytest

from assistant.asker import asking_for
from assistant.engines import Outage
from assistant.errors import EngineUnavailable
from assistant.urgency import Urgency, urgent
from models import signs
from models.asking import AHEAD, Away
from models.worker import Worker
from server.cluster import line as lines
from server.cluster import remote as remotes
from server.cluster.remote import Remote
from tests.models.counter import Counter
from tests.models.frail import Urging
from tests.models.working import answers, run, until
from tests.server.cluster.doors import SECRET, Cable, asking, counting


class Named:
    """An engine that tells which one it is, and how far it came."""

    def __init__(self, name: str, step_s: float = 0.0) -> None:
        self.name, self.step_s, self.given = name, step_s, 0

    def who(self) -> str:
        time.sleep(self.step_s)
        return self.name

    def words(self, count: int) -> Iterator[str]:
        for number in range(count):
            time.sleep(self.step_s)
            self.given = number
            yield f"{number} "

    def far(self) -> int:
        return self.given


def test_it_answers_streams_and_raises_as_a_worker_does() -> None:
    async def work() -> None:
        async with counting() as (place, _, _), asking(place) as remote:
            assert (await remote.ready()).step_s == 0.5
            await answers(remote)
        with pytest.raises(EngineUnavailable, match="has been closed"):
            await remote.call("add", 1)

    run(work())


def test_the_one_with_the_least_to_do_is_asked() -> None:
    async def work() -> None:
        async with (
            counting(partial(Named, "a", 0.1)) as (a, _, _),
            counting(partial(Named, "b", 0.1)) as (b, _, _),
            asking(a, b) as remote,
            asyncio.TaskGroup() as group,
        ):
            tasks = [group.create_task(remote.call("who")) for _ in range(6)]
        assert sorted(task.result() for task in tasks) == ["a"] * 3 + ["b"] * 3

    run(work())


def test_what_others_ask_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signs, "TICK_S", 0.05)

    async def work() -> None:
        async with (
            counting(partial(Named, "a", 0.2)) as (a, worker, _),
            counting(partial(Named, "b")) as (b, _, _),
            asking(a, b) as remote,
            asyncio.TaskGroup() as group,
        ):
            for _ in range(4):
                group.create_task(worker.call("who"))
            await until(lambda: max(line.load for line in remote._lines.values()) > 1)
            assert {await remote.call("who") for _ in range(3)} == {"b"}

    run(work())


def test_a_conversation_stays_where_it_began() -> None:
    async def work() -> None:
        async with (
            counting(partial(Named, "a")) as (a, _, _),
            counting(partial(Named, "b")) as (b, _, door),
            asking(a, b, sticks=True) as remote,
        ):
            found: dict[str, set[str]] = {}
            for who in ["one", "two", "three", "four"] * 3:
                with asking_for(who):
                    found.setdefault(who, set()).add(await remote.call("who"))
            assert all(len(each) == 1 for each in found.values()), found
            assert set().union(*found.values()) == {"a", "b"}
            await door.close(0)
            await until(lambda: len(remote._lines) == 1)
            for who in found:
                with asking_for(who):
                    assert await remote.call("who") == "a"

    run(work())


def test_who_leaves_a_stream_stops_the_engine() -> None:
    async def work() -> None:
        async with counting(partial(Counter, 0.01)) as (place, worker, _), asking(place) as remote:

            async def read(under_way: asyncio.Event) -> None:
                async for _ in remote.stream("count", 1_000_000):
                    under_way.set()

            for _ in range(5):
                under_way = asyncio.Event()
                reading = asyncio.create_task(read(under_way))
                await under_way.wait()
                reading.cancel()
                await asyncio.wait([reading])
                assert await remote.call("add", 1) == 2  # asserts in the engine that nothing is open
            assert not worker.queued
            assert not remote.queued

    run(work())


def test_an_engine_is_only_so_far_ahead_of_who_reads() -> None:
    async def work() -> None:
        async with counting(partial(Named, "a")) as (place, worker, _), asking(place) as remote:
            words = remote.stream("words", 1000)
            assert await anext(words) == "0 "
            await asyncio.sleep(0.2)
            assert await worker.call("far") <= AHEAD
            assert len([word async for word in words]) == 999

    run(work())


def test_how_urgent_something_is_is_known_there() -> None:
    async def work() -> None:
        async with counting(partial(Counter, 0.01), kind=Urging) as (place, _, _), asking(place) as remote:
            how = Urgency.DRAFT
            with urgent(lambda: how):
                steps = remote.stream("count", 1_000_000)
                assert await anext(steps) == ("DRAFT",)
                how = Urgency.NOW
                async with asyncio.timeout(30):
                    async for step in steps:
                        if step == ("NOW",):
                            break
                await steps.aclose()

    run(work())


def test_a_line_that_is_lost_is_missed_by_nobody() -> None:
    async def work() -> None:
        async with counting(partial(Named, "a", 0.01)) as (a, _, _), counting(partial(Named, "a", 0.01)) as (b, _, _):
            cable = Cable(a)
            async with cable as through, asking(through) as remote, asyncio.TaskGroup() as group:
                told: list[str] = []

                async def read() -> None:
                    told.extend([word async for word in remote.stream("words", 60)])

                reading = group.create_task(read())
                await asyncio.sleep(0.2)
                remote.found([through, b])
                await until(lambda: len(remote._lines) == 2)
                cable.cut()
                await reading
                assert told == [f"{number} " for number in range(60)]

    run(work())


def test_a_machine_that_says_nothing_any_more_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signs, "TICK_S", 0.05)
    monkeypatch.setattr(lines, "GONE_S", 0.3)

    async def work() -> None:
        async with counting(partial(Named, "a", 0.01)) as (a, _, _), counting(partial(Named, "a", 0.01)) as (b, _, _):
            cable = Cable(a)
            async with cable as through, asking(through) as remote:
                words = remote.stream("words", 40)
                told = [await anext(words)]
                remote.found([through, b])
                await until(lambda: len(remote._lines) == 2)
                cable.pull()
                async with asyncio.timeout(10):
                    told += [word async for word in words]
                assert told == [f"{number} " for number in range(40)]

    run(work())


def test_who_is_off_the_list_finishes_what_is_under_way() -> None:
    async def work() -> None:
        async with (
            counting(partial(Named, "a", 0.02)) as (a, _, door),
            counting(partial(Named, "b")) as (b, _, _),
            asking(a) as remote,
        ):
            words = remote.stream("words", 20)
            told = [await anext(words)]
            remote.found([b])
            await until(lambda: b in remote._lines)
            closing = asyncio.create_task(door.close())
            assert {await remote.call("who") for _ in range(3)} == {"b"}
            told += [word async for word in words]
            assert len(told) == 20
            await closing
            await until(lambda: not remote._leaving)

    run(work())


def test_who_is_on_the_list_again_while_something_is_under_way_has_one_line() -> None:
    async def work() -> None:
        async with counting(partial(Named, "a", 0.02)) as (a, _, door), asking(a) as remote:
            for _ in range(2):
                words = remote.stream("words", 20)
                told = [await anext(words)]
                (line,) = remote._lines.values()
                remote.found([])
                assert not remote._lines
                remote.found([a])
                assert list(remote._lines.values()) == [line]
                assert not remote._leaving
                told += [word async for word in words]
                assert len(told) == 20
                assert await remote.call("who") == "a"
                assert len(door._guests) == 1

    run(work())


def test_who_is_on_the_list_again_after_its_line_is_lost_is_called_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remotes, "AGAIN_S", 0.05)

    async def work() -> None:
        async with counting(partial(Named, "a", 0.02)) as (a, _, door), Cable(a) as through, asking(through) as remote:
            words = remote.stream("words", 20)
            told = [await anext(words)]
            (lost,) = remote._lines.values()
            remote.found([])
            lost.close()
            await lost.over
            remote.found([through])
            told += [word async for word in words]
            assert len(told) == 20
            await asyncio.sleep(0.2)  # in which another would be called up
            assert list(remote._lines) == [through]
            assert len(door._guests) == 1

    run(work())


def test_without_any_requests_wait_for_a_while_and_then_fail_at_once() -> None:
    async def work() -> None:
        async with counting(partial(Named, "a")) as (a, _, _), asking(a, patience_s=0.4) as remote:
            assert remote.missing(None) is None
            remote.found([])
            assert remote.missing(None) == Outage("no counter", "no replica of it is there; Ray starts one")
            asked = asyncio.create_task(remote.call("who"))
            await asyncio.sleep(0.1)
            remote.found([a])
            assert await asked == "a"
            remote.found([])
            with pytest.raises(EngineUnavailable, match="No replica of the engine counter is there"):
                await remote.call("who")
            assert remote.left_alone
            assert remote.missing(None).down
            assert remote.missing(frozenset({"en"})).silent == {"en"}
            with pytest.raises(EngineUnavailable):
                async with asyncio.timeout(0.1):
                    await remote.call("who")

    run(work())


def test_a_request_that_loses_one_after_the_other_fails() -> None:
    async def work() -> None:
        async with counting(partial(Named, "a", 0.3)) as (a, _, _):
            cable = Cable(a)
            async with cable as through, asking(through) as remote:

                async def lose() -> None:
                    while True:
                        await until(lambda: any(line.asking.under_way for line in remote._lines.values()))
                        cable.cut()
                        await asyncio.sleep(0.05)

                losing = asyncio.create_task(lose())
                with pytest.raises(EngineUnavailable, match="3 replicas of the engine counter were lost with this request"):
                    await remote.call("who")
                losing.cancel()

    run(work())


def test_the_only_one_that_is_lost_is_waited_for() -> None:
    async def work() -> None:
        async with counting(partial(Named, "a", 0.2)) as (a, _, _):
            cable = Cable(a)
            async with cable as through, asking(through, patience_s=1.0) as remote:
                await asyncio.sleep(1.2)  # it has been there for longer than one is missed
                asked = asyncio.create_task(remote.call("who"))
                await until(lambda: any(line.asking.under_way for line in remote._lines.values()))
                cable.cut()
                assert await asked == "a"

    run(work())


class Lame(Worker):
    """An engine whose process does not come back."""

    async def call(self, method: str, *args: Any, **options: Any) -> Any:
        raise Away("The engine counter is not there: its process was ended by SIGKILL.")

    async def stream(self, method: str, *args: Any, **options: Any) -> AsyncGenerator[Any, None]:
        raise Away("The engine counter is not there: its process was ended by SIGKILL.")
        yield


def test_one_whose_engine_is_gone_is_not_asked_again_and_nobody_notices() -> None:
    async def work() -> None:
        async with (
            counting(partial(Named, "a"), kind=Lame) as (a, _, _),
            counting(partial(Named, "b")) as (b, _, _),
            asking(a, b) as remote,
        ):
            for _ in range(3):
                assert await remote.call("who") == "b"
                assert [word async for word in remote.stream("words", 2)] == ["0 ", "1 "]
            remote.found([a])
            await until(lambda: len(remote._lines) == 1)
            with pytest.raises(EngineUnavailable, match="was ended by SIGKILL"):
                await remote.call("who")

    run(work())


def test_nobody_at_all_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remotes, "START_S", 0.2)

    async def work() -> None:
        remote = Remote("counter", SECRET)
        with pytest.raises(EngineUnavailable, match="No replica of the engine counter has started within"):
            await remote.ready()
        await remote.close()

    run(work())


def test_what_was_asked_before_there_was_one_waits() -> None:
    async def work() -> None:
        remote = Remote("counter", SECRET)
        asked = asyncio.create_task(remote.call("who"))
        await asyncio.sleep(0.05)
        async with counting(partial(Named, "a")) as (a, _, _):
            remote.found([a])
            assert await asked == "a"
            await remote.close()

    run(work())
