"""Who is there is on the list, and who is gone is off it, whatever became of him."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager

import pytest

from assistant.errors import EngineError, InputError
from server.cluster.directory import Directory, Place, followed
from server.cluster.door import Door
from server.cluster.line import Line
from tests.models.working import run, until
from tests.server.cluster.doors import HOST, SECRET, Cable

EAR, MOUTH = Place("ear", HOST, 1, "here"), Place("mouth", HOST, 2, "there")


@asynccontextmanager
async def directory() -> AsyncGenerator[tuple[Directory, Place], None]:
    found = Directory()
    door = Door(found, SECRET)
    host, port = await door.open(HOST)
    try:
        yield found, Place("directory", host, port, "here")
    finally:
        await door.close(0)


async def stay(at: Place, place: Place) -> None:
    async with aclosing(followed(at.host, at.port, SECRET, "present", place)) as steps:
        async for _ in steps:
            pass


def test_who_leaves_is_off_the_list() -> None:
    async def work() -> None:
        async with directory() as (found, at):
            staying = [asyncio.create_task(stay(at, place)) for place in (EAR, MOUTH)]
            await until(lambda: set(found.places) == {EAR, MOUTH})
            staying[0].cancel()
            await until(lambda: found.places == (MOUTH,))
            staying[1].cancel()
            await until(lambda: not found.places)

    run(work())


def test_whoever_watches_is_told_of_each_change() -> None:
    async def work() -> None:
        async with directory() as (found, at), aclosing(followed(at.host, at.port, SECRET, "watch")) as lists:
            assert await anext(lists) == ()
            staying = asyncio.create_task(stay(at, EAR))
            assert await anext(lists) == (EAR,)
            staying.cancel()
            assert await anext(lists) == ()
            assert not found.places

    run(work())


def test_a_watch_outlives_its_connection() -> None:
    async def work() -> None:
        async with directory() as (_, at):
            cable = Cable(at)
            async with cable as through, aclosing(followed(through.host, through.port, SECRET, "watch")) as lists:
                assert await anext(lists) == ()
                cable.cut()
                staying = asyncio.create_task(stay(at, EAR))
                while await anext(lists) != (EAR,):
                    pass
                staying.cancel()

    run(work())


def test_a_presence_outlives_its_connection() -> None:
    async def work() -> None:
        async with directory() as (found, at):
            cable = Cable(at)
            async with cable as through:
                staying = asyncio.create_task(stay(through, EAR))
                await until(lambda: found.places)
                cable.cut()
                await until(lambda: not found.places)
                await until(lambda: found.places)
                staying.cancel()

    run(work())


def test_it_waits_for_as_many_as_there_shall_be() -> None:
    async def work() -> None:
        async with directory() as (found, at):
            waiting = asyncio.create_task(found.until_all({"ear": 2, "mouth": 1}))
            staying = [asyncio.create_task(stay(at, place)) for place in (EAR, MOUTH)]
            await until(lambda: len(found.places) == 2)
            assert not waiting.done()
            staying.append(asyncio.create_task(stay(at, Place("ear", HOST, 3, "there"))))
            await waiting
            for each in staying:
                each.cancel()

    run(work())


def test_a_complaint_ends_the_waiting() -> None:
    async def work() -> None:
        async with directory() as (found, at):
            waiting = asyncio.create_task(found.until_all({"ear": 1}))
            line = Line(at.host, at.port, SECRET)
            await line.begin()
            await line.asking.call("complain", (InputError("Port 1 is taken."),), {})
            with pytest.raises(InputError, match="Port 1 is taken"):
                await waiting
            line.close()

    run(work())


def test_it_knows_nothing_else() -> None:
    async def work() -> None:
        async with directory() as (_, at):
            line = Line(at.host, at.port, SECRET)
            await line.begin()
            for method, args in ("leave", ()), ("complain", ("words",)):
                with pytest.raises(EngineError, match="knows no"):
                    await line.asking.call(method, args, {})
            for method, args in ("present", ("somebody",)), ("count", ()):
                with pytest.raises(EngineError, match="knows no"):
                    await anext(line.asking.stream(method, args, {}))
            line.close()

    run(work())
