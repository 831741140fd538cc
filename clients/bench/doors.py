"""`parley bench doors`: what it costs that an engine is another machine's replica, step by step on the way to an answer's first sound."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import Any

from rich.console import Console

from assistant.engines import Engines, Message
from assistant.phrases import Phraser
from assistant.sections import ModelSettings
from clients.bench.machine import fingerprint
from clients.bench.percentiles import compared, percentiles
from clients.bench.room import recording
from clients.cli.running import print_json
from clients.cli.stderr import errors
from models.load import load, thread_table
from models.plan import Plan, plan
from models.worker import Workers
from server.cluster.engines import engines, remotes
from server.cluster.greeting import new_secret
from server.cluster.head import at_head
from server.cluster.place import Ray, deployed_engines
from server.cluster.shares import Scale, Scales, shares

TARGET_MS = 15.0
"""What all of it may add to an answer's first sound."""

RECORDING = "seven-times-eight"
SYSTEM, QUESTION, PHRASE = "You are Parley, a voice assistant.", "How are you?", "I am fine, thank you."

WARM_UP = 5
"""Rounds, not counted."""

PARTS = "the recognizer: a question", "the language model: a first phrase", "the voice: a first sound"


async def bench_doors(n: int, *, as_json: bool) -> None:
    """Take `n` times the way to a first sound through processes of this one and through replicas of Ray's on this machine, in turn."""
    settings = ModelSettings(processes=True)
    planned = await plan(["en"], ["en"], settings, partial(thread_table, settings=settings))
    with errors.status("Loading the models, here and in replicas …"):
        here = await load(["en"], speaks=["en"], settings=settings)
    try:
        async with _replicas(planned, settings) as there:
            result = {"n": n, "machine": fingerprint(), **await _measured({"here": here, "there": there}, n)}
    finally:
        await here.close()
    if as_json:
        print_json(result)
    else:
        _show(result)


@asynccontextmanager
async def _replicas(planned: Plan, settings: ModelSettings) -> AsyncGenerator[Engines, None]:
    """Have one replica of each engine, on a Ray of this machine, as long as the block lasts."""
    one, secret = Scale(1, 1), new_secret()
    wanted = shares(planned, settings, Scales(one, one, one, one))
    async with Workers() as workers:
        ray = workers.start("ray", partial(Ray, None, sum(share.cpus for share in wanted)))
        await ray.ready()
        host, node = await ray.call("here")
        async with at_head(host, secret, node, None) as (_, head), remotes(host, head.port, secret) as found:
            await ray.call("deploy", deployed_engines(wanted, planned, settings, head))
            try:
                yield await engines(planned, found)
            finally:
                await ray.call("end")


async def _measured(both: Mapping[str, Engines], n: int) -> dict[str, Any]:
    took: dict[str, dict[str, list[float]]] = {part: {where: [] for where in both} for part in (*PARTS, "together")}
    for number in range(n + WARM_UP):
        for where, loaded in both.items():  # in turn, so that what else goes on weighs on both alike
            ms = [await _ms(partial(step, loaded)) for step in (_hear, _think, _speak)]
            if number >= WARM_UP:
                for part, each in zip(took, [*ms, sum(ms)], strict=True):
                    took[part][where].append(each)
            await asyncio.sleep(0.02)
    together = took["together"]
    return {
        "ms": {part: {where: percentiles(ms) for where, ms in found.items()} for part, found in took.items()},
        "added_ms": percentiles([there - here for here, there in zip(together["here"], together["there"], strict=True)]),
        "target_ms": TARGET_MS,
    }


async def _ms(step: Callable[[], Awaitable[None]]) -> float:
    began_s = time.perf_counter()
    await step()
    return 1000 * (time.perf_counter() - began_s)


async def _hear(loaded: Engines) -> None:
    await loaded.recognizers["en"].recognize(recording(RECORDING), language="en")


async def _think(loaded: Engines) -> None:
    """Read an answer until its first phrase is complete."""
    phraser = Phraser()
    async with aclosing(loaded.language_model.generate([Message("system", SYSTEM), Message("user", QUESTION)])) as pieces:
        async for piece in pieces:
            if isinstance(piece, str) and phraser.push(piece):
                return


async def _speak(loaded: Engines) -> None:
    async with aclosing(loaded.voices["en"].speak(PHRASE)) as sounds:
        await anext(sounds)


def _show(result: Mapping[str, Any]) -> None:
    console = Console(emoji=False, highlight=False)
    console.print(f"What it costs that an engine is a replica of Ray's; n = {result['n']}; {result['machine']}", soft_wrap=True)
    console.print(compared(result["ms"], {"here": "a process of ours", "there": "a replica"}, digits=2))
    added = result["added_ms"]
    console.print(f"It adds {added['p50']:.1f} ms to the first sound (p95 {added['p95']:.1f} ms; target {result['target_ms']:g} ms).")
