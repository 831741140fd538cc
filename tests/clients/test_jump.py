"""The loop that skips waiting: work takes its time, waiting takes none."""

from __future__ import annotations

import asyncio
import time

from assistant.audio import CHUNK_SAMPLES, LISTEN_RATE_HZ, silence
from clients.bench.jump import WorkingLoop
from clients.cli.paced import paced


def test_waiting_is_skipped_and_counted() -> None:
    async def work() -> float:
        began_s = asyncio.get_running_loop().time()
        await asyncio.sleep(1000)
        return asyncio.get_running_loop().time() - began_s

    began_s = time.monotonic()
    with asyncio.Runner(loop_factory=WorkingLoop) as runner:
        assert 1000 <= runner.run(work()) < 1100
    assert time.monotonic() - began_s < 100


def test_nothing_is_skipped_while_something_works() -> None:
    async def work() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, WorkingLoop)
        loop.busy = lambda: True
        began_s, real_s = loop.time(), time.monotonic()
        await asyncio.sleep(0.05)
        assert time.monotonic() - real_s >= 0.05
        assert abs((loop.time() - began_s) - (time.monotonic() - real_s)) < 0.01

    with asyncio.Runner(loop_factory=WorkingLoop) as runner:
        runner.run(work())


def test_sound_comes_no_sooner_than_it_would_be_heard() -> None:
    async def work() -> None:
        loop, heard = asyncio.get_running_loop(), 0
        began_s = loop.time()
        async for chunk in paced([silence(1000), silence(LISTEN_RATE_HZ)]):
            heard += chunk.size
            assert chunk.size == CHUNK_SAMPLES
            assert loop.time() - began_s >= min(heard, 1000 + LISTEN_RATE_HZ) / LISTEN_RATE_HZ - 0.04
        assert heard >= 1000 + LISTEN_RATE_HZ

    with asyncio.Runner(loop_factory=WorkingLoop) as runner:
        runner.run(work())
