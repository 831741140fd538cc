from __future__ import annotations

import asyncio

import pytest

from models import signs
from models.signs import Signs


def test_what_is_asked_for_and_does_not_come_is_missed_until_anything_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signs, "TICK_S", 0.05)

    async def work() -> None:
        over: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        missed, sent = list[int](), list[tuple[str]]()

        def tick() -> None:
            missed.append(round(found.missed_s / signs.TICK_S))
            if len(missed) == 3:
                found.came()
            if len(missed) == 5:
                over.set_result("ended")
            found.ask()

        found = Signs(over, tick, sent.append)
        found.begin()
        await over
        await asyncio.sleep(0.2)
        assert missed == [0, 1, 2, 1, 2]
        assert sent == [("ping",)] * 5

    asyncio.run(work())


def test_a_clock_that_jumps_makes_no_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.monotonic", lambda: 0.0)  # no time passes beside the loop's

    async def work() -> None:
        ticked = list[bool]()
        found = Signs(asyncio.get_running_loop().create_future(), lambda: ticked.append(True), lambda _: None)
        found._look()
        assert not ticked

    asyncio.run(work())
