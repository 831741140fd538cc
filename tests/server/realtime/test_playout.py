"""When a client has played what it was sent."""

from __future__ import annotations

import asyncio

from server.realtime.playout import Playout
from tests.conftest import Run


def test_a_reply_is_played_behind_the_one_before(virtual: Run) -> None:
    async def work() -> list[float]:
        loop = asyncio.get_running_loop()
        played: list[float] = []
        playout = Playout(lambda: played.append(loop.time()))
        began_s = loop.time()
        for seconds in (2.0, 3.0):  # both are sent at once
            playout.push(seconds)
            playout.complete(at_once=False)
        await asyncio.sleep(10)
        playout.push(1.0)
        playout.complete(at_once=False)
        playout.stop()
        playout.push(1.0)
        playout.complete(at_once=False)
        await asyncio.sleep(10)
        return [round(at_s - began_s, 3) for at_s in played]

    assert virtual(work()) == [5.0, 11.0]
