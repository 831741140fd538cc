"""One load: so many sessions for so long against one server, with what goes wrong meanwhile, and the figures of it."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from clients.bench.load.caller import Caller, Server
from clients.bench.load.schedule import SIGNALS, Fault, of_engine, schedule
from clients.bench.load.speech import Saying, conversation
from clients.bench.load.tally import Tally
from clients.bench.process_tree import Watched, processes

STAGGER_S = 4.0
"""Within so many seconds the sessions begin: as long as a turn and the silence before it take, so that they do not all speak at once."""


@dataclass(frozen=True)
class Conditions:
    """What is the same for each number of sessions."""

    seconds: float
    """How long each load goes on."""
    rate: float | None = None
    """Turns a minute of each session; None: the next turn follows when the reply was heard."""
    budget_s: float = 1.2
    """Of which 95 of 100 answers must be no later."""
    seed: int = 0
    faults: Sequence[Fault] = field(default_factory=tuple)


async def load(server: Server, pid: int | None, known: Sequence[Saying], n: int, conditions: Conditions) -> dict[str, Any]:
    """Let `n` sessions talk to a server, whose process is `pid` if it is one of ours; return the figures as JSON has them."""
    loop, tally = asyncio.get_running_loop(), Tally()
    callers = [Caller(server, each, conversation(known, conditions.seed + each), conditions.rate, tally) for each in range(n)]
    ours_s, there = time.process_time(), Watched(pid) if pid is not None else None
    began_s = loop.time()
    happened: list[dict[str, Any]] = []
    async with asyncio.TaskGroup() as group:
        breaking = group.create_task(_break(callers, pid, conditions, began_s, happened), name="faults")
        talking = [group.create_task(_begin(caller, began_s, n, conditions), name=f"session {caller.number}") for caller in callers]
        await asyncio.wait(talking)
        breaking.cancel()
    figures: dict[str, Any] = {"n": n, "loop": "closed" if conditions.rate is None else "open", "seconds": round(loop.time() - began_s, 1)}
    figures |= tally.figures(conditions.budget_s)
    figures["bench_cores"] = round((time.process_time() - ours_s) / (loop.time() - began_s), 3)
    if there is not None:
        took_s = there.took_s()
        figures["server_cores"] = round(took_s / (loop.time() - began_s), 3)
        figures["server_s_a_turn"] = round(took_s / max(1, figures["turns"]), 3)
        figures["server_mb"] = there.memory_mb()
    if conditions.faults:
        figures["faults"] = happened
        figures["failed"] = [
            {"at_s": round((each.ended_s or began_s) - began_s, 1), "session": each.session, "kind": each.failed}
            for each in tally.exchanges
            if each.failed is not None
        ]
    return figures


async def _begin(caller: Caller, began_s: float, n: int, conditions: Conditions) -> None:
    await asyncio.sleep(STAGGER_S * caller.number / n)
    await caller.run(began_s + conditions.seconds)


async def _break(
    callers: Sequence[Caller], pid: int | None, conditions: Conditions, began_s: float, happened: list[dict[str, Any]]
) -> None:
    loop, rng = asyncio.get_running_loop(), random.Random(conditions.seed)
    for at_s, fault in schedule(conditions.faults, conditions.seconds, conditions.seed):
        await asyncio.sleep(max(0.0, began_s + at_s - loop.time()))
        touched: int | str | None
        if fault.engine is None:
            connected = [caller for caller in callers if caller.connected]
            touched = _reset(rng.choice(connected)) if connected else None
        else:
            touched = _signalled(fault, pid)
        happened.append({"at_s": round(loop.time() - began_s, 1), "what": fault.what, "touched": touched})


def _reset(caller: Caller) -> int:
    caller.reset()
    return caller.number


def _signalled(fault: Fault, pid: int | None) -> str | None:
    """Send an engine's process its signal; return the process's name, None if there is none at the moment."""
    assert fault.engine is not None
    for process in of_engine(fault.engine, processes(pid) if pid is not None else ()):
        try:
            os.kill(process.pid, getattr(signal, SIGNALS[fault.how]))
        except ProcessLookupError:
            continue
        return process.name
    return None
