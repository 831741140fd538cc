"""The one timer: it runs out when it was last said, however often that was put off or brought forward."""

from __future__ import annotations

import asyncio

import pytest

from assistant.manners import LATE_S, Manners, Timers
from assistant.turns import Mode
from tests.conftest import Run, pass_time


def test_audio_puts_the_end_off_and_the_mode_may_bring_it_forward(virtual: Run) -> None:
    ran_out: list[tuple[float, Mode]] = []

    async def work() -> None:
        loop = asyncio.get_running_loop()
        timers = Timers(Manners(quiet_s=5, overlap_s=1.5), lambda mode: ran_out.append((loop.time(), mode)))
        timers.arm(Mode.HEARING, 0)
        for _ in range(100):
            await asyncio.sleep(0.1)
            timers.heard(Mode.HEARING)
        await asyncio.sleep(10)
        timers.arm(Mode.SPEAKING, 20)
        timers.arm(Mode.OVERLAP, 0)
        await asyncio.sleep(1)
        timers.arm(Mode.OVERLAP, 0)
        await asyncio.sleep(9)
        timers.arm(Mode.SPEAKING, 20)
        timers.arm(Mode.SPEAKING, 1)
        await asyncio.sleep(30)
        timers.arm(Mode.HEARING, 0)
        timers.arm(Mode.LISTENING, 0)
        await asyncio.sleep(30)

    virtual(work())
    assert ran_out == [
        (pytest.approx(15), Mode.HEARING),
        (pytest.approx(21.5), Mode.OVERLAP),
        (pytest.approx(36), Mode.SPEAKING),
    ]


def test_a_process_that_was_stopped_waits_a_little_longer(virtual: Run) -> None:
    ran_out: list[float] = []

    async def work() -> None:
        loop = asyncio.get_running_loop()
        timers = Timers(Manners(quiet_s=5), lambda _: ran_out.append(loop.time()))
        timers.arm(Mode.HEARING, 0)
        await asyncio.sleep(1)
        pass_time(loop, 60)
        await asyncio.sleep(1)
        timers.heard(Mode.HEARING)
        await asyncio.sleep(60)
        timers.arm(Mode.HEARING, 0)
        pass_time(loop, 60)
        await asyncio.sleep(60)

    virtual(work())
    assert ran_out == [pytest.approx(62 + 5), pytest.approx(122 + 60 + LATE_S)]
