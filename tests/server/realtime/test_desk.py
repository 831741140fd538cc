"""Lines that are given up for another server."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from types import SimpleNamespace

from server.realtime.desk import Desk, Line
from server.realtime.outbox import Outbox


def test_a_line_that_is_given_up_ends_though_whoever_wanted_it_has_gone() -> None:
    async def work() -> None:
        desk, ended, stack = Desk(), asyncio.Event(), AsyncExitStack()
        stack.callback(ended.set)
        line = Line(SimpleNamespace(token="one"), Outbox(), stack)  # type: ignore[arg-type]
        desk.know(line)
        line.free.clear()  # somebody still reads what it tells
        giving_up = asyncio.create_task(desk.give_up("one"))
        await line.taken.wait()
        giving_up.cancel()
        await asyncio.wait([giving_up])
        closing = asyncio.create_task(desk.close())
        await asyncio.sleep(0)
        assert not ended.is_set()
        line.free.set()
        await closing
        assert ended.is_set()
        assert not await desk.give_up("one")

    asyncio.run(work(), debug=True)
