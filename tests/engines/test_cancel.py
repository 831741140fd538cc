"""Barge-in with real engines: stopped at random points, again and again, and nothing is left behind."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import random
import statistics
import threading
import time
from types import GeneratorType

from assistant.audio import CHUNK_SAMPLES, Rechunker, silence
from assistant.events import ReplyAudio, Stamped
from assistant.interpret import Interpret
from assistant.manners import Manners
from assistant.session import Session
from assistant.turns import Mode
from clients.bench.room import recording
from tests.engines.conftest import Running

TIMES = 300


def test_three_hundred_stops_leave_nothing(starter: Running) -> None:
    rng = random.Random(0)
    spoken = Rechunker().push(recording("translate-2"))
    took_s: list[float] = []

    async def stop_once(session: Session) -> None:
        if rng.random() < 0.3:  # stopped in the middle of an utterance or of its draft
            for chunk in spoken[: rng.randrange(len(spoken))]:
                session.hear(chunk)
            for _ in range(rng.randrange(12)):
                session.hear(silence(CHUNK_SAMPLES))
        else:
            session.send("The weather is very nice today, and I don't know where he lives.")
        await asyncio.sleep(rng.random() * 0.05)
        tasks = {task for task in asyncio.all_tasks() if task.get_name().startswith("reply")}
        began_s = time.perf_counter()
        session.interrupt()
        if tasks:
            await asyncio.wait(tasks)
            took_s.append(time.perf_counter() - began_s)
        assert session.mode is Mode.LISTENING

    async def work() -> None:
        speaking, tasks = asyncio.Event(), asyncio.all_tasks()  # this one, and those of the engines

        def watch(stamped: Stamped) -> None:
            if isinstance(stamped.event, ReplyAudio):
                speaking.set()

        interpreter = Interpret(starter.engines.language_model, "en", "es")
        async with Session(starter.engines, interpreter, [watch], Manners(speaks="es")) as session:
            while len(took_s) < TIMES:  # now and then the reply was over before the stop
                await stop_once(session)
            session.send("The weather is very nice today.")  # and it still works
            speaking.clear()
            await speaking.wait()
        assert asyncio.all_tasks() == tasks

    threads, processes = threading.active_count(), len(multiprocessing.active_children())
    starter.run(work())
    assert threading.active_count() == threads
    assert len(multiprocessing.active_children()) == processes
    assert nothing_is_suspended()
    print(f"\nstop: p50 {statistics.median(took_s) * 1000:.2f} ms, max {max(took_s) * 1000:.2f} ms, n = {len(took_s)}")


def nothing_is_suspended() -> bool:
    """Tell whether every engine's generator is closed, once the workers have come to what was asked of them last."""
    for _ in range(100):
        gc.collect()
        if not any(type(g) is GeneratorType and g.gi_code.co_name in {"generate", "speak", "stream"} for g in gc.get_objects()):
            return True
        time.sleep(0.05)
    return False
