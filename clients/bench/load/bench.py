"""`parley bench load`: how many can talk to one server at once until answers come too late, and what each of them costs."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from assistant.errors import InputError
from assistant.settings import Settings
from clients.bench.load.caller import Server
from clients.bench.load.run import Conditions, load
from clients.bench.load.schedule import ENGINES, Fault, of_engine
from clients.bench.load.shown import show
from clients.bench.load.speech import sayings
from clients.bench.load.tally import keeps
from clients.bench.machine import fingerprint
from clients.bench.meeting import running
from clients.bench.process_tree import processes
from clients.cli.running import errors, print_json
from clients.desktop.address import Address
from models.load import cores

MOST_SESSIONS = 1000

REST_S = 1.0
"""Between two loads: who has left is gone by then."""


async def bench_load(
    settings: Settings, counts: str, minutes: float, *, url: str | None, rate: float | None, kill: Sequence[str], seed: int, as_json: bool
) -> None:
    """Let each number of sessions talk for so many minutes; print what came of it.

    Args:
        settings: of the server that is started, and the budget.
        counts: numbers of sessions, such as `1,2,4,8`.
        minutes: how long each of these loads goes on.
        url: of a server that runs already; without it one is started.
        rate: turns a minute of each session, whoever is late; None: the next follows when the reply was heard.
        kill: what goes wrong, as `Fault.read` takes it.
        seed: of everything that is drawn by chance.
        as_json: print one JSON object a load.

    Raises:
        InputError: something given is wrong, or there is no server.
    """
    numbers, faults = _numbers(counts), [Fault.read(each) for each in kill]
    if url is not None and any(fault.engine for fault in faults):
        raise InputError("Only a server that the bench starts itself can lose an engine; leave out --url, or take --kill socket.")
    if sys.platform != "linux" and url is None:
        raise InputError("What a server takes of the processor is read where Linux has it; run this on Linux, or give --url.")
    conditions = Conditions(60 * minutes, rate, settings.budget.voice_to_voice_s, seed, faults)
    with errors.status("Recording what is said …"):
        known = await sayings()
    results = []
    async with _served(settings, url, max(numbers)) as (server, pid):
        if pid is not None:
            _breakable(faults, pid)
        for n in numbers:
            with errors.status(f"{n} {'session talks' if n == 1 else 'sessions talk'} for {minutes:g} min …"):
                results.append(await load(server, pid, known, n, conditions))
            if as_json:
                print_json(results[-1] | {"machine": fingerprint(), "budget_s": conditions.budget_s, "seed": seed})
            await asyncio.sleep(REST_S)
    told = summary(results, conditions.budget_s, cores())
    if as_json:
        print_json(told)
    else:
        show(results, told, conditions)


def _numbers(counts: str) -> list[int]:
    if not re.fullmatch(r"\d{1,4}(,\d{1,4})*", counts) or not all(0 < int(each) <= MOST_SESSIONS for each in counts.split(",")):
        raise InputError(f"{counts!r} are no numbers of sessions; write some from 1 to {MOST_SESSIONS}, such as 1,2,4,8.")
    return sorted({int(each) for each in counts.split(",")})


@asynccontextmanager
async def _served(settings: Settings, url: str | None, most: int) -> AsyncGenerator[tuple[Server, int | None], None]:
    """Yield the server, and its process if it is started here: with places for so many."""
    if url is not None:
        address = Address.read(url)
        key = settings.key.get_secret_value() if settings.key else os.environ.get("PARLEY_KEY")
        yield Server(address.url, key), None
        return
    places = [f"server.sessions={max(most, settings.server.sessions)}", f"server.sessions_each={max(most, settings.server.sessions_each)}"]
    async with running(settings, *places, "server.audio_minutes_each=1000000") as (place, pid):
        yield Server(f"ws://{place}/v1/realtime?model=parley"), pid


def _breakable(faults: Sequence[Fault], pid: int) -> None:
    found = processes(pid)
    for engine in {fault.engine for fault in faults if fault.engine}:
        if not of_engine(engine, found):
            there = [name for name in ENGINES if of_engine(name, found)]
            raise InputError(
                f"The server has no process for the engine {engine} that could be killed; it has one for {', '.join(there) or 'none'}."
            )


def summary(results: Sequence[dict[str, Any]], budget_s: float, count: int) -> dict[str, Any]:
    """Return how many sessions `count` cores bear: the largest number that was served as promised, as all smaller ones were."""
    borne = 0
    for each in results:
        if not keeps(each, budget_s):
            break
        borne = each["n"]
    return {"sessions_within_budget": borne, "cores": count, "sessions_a_core": round(borne / count, 2), "budget_s": budget_s}
