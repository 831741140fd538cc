"""`parley bench idle`: what `parley talk` takes of the processor while nobody speaks, line by line and with the view, in silence and in noise."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from assistant.audio import LISTEN_RATE_HZ
from assistant.errors import InputError
from assistant.settings import Settings
from clients.bench.cable import Cable, cable
from clients.bench.cabled import READY
from clients.bench.machine import fingerprint
from clients.bench.meeting import parley
from clients.bench.overhead import NOISE
from clients.bench.process_tree import processor_s
from clients.cli.running import print_json
from clients.cli.stderr import counted

TARGET_PERCENT = 3.0
"""Of one core, at most."""

WELCOME = "Say something."
"""What the view shows when it listens."""

SETTLED_S = 3.0
"""What follows the start, such as memory that is given back, is over by then."""

STARTS_S = 120.0

STEP_MS = 500
"""Of the noise: shorter ones make the microphone's driver work in such steps, too, and that would be measured."""

VIEWS = {"plain": READY, "view": WELCOME}
ROOMS = ("silence", "noise")


async def bench_idle(settings: Settings, seconds: float, *, as_json: bool) -> None:
    """Let `parley talk` hear nothing of interest; print the processor time of all its processes, in percent of one core.

    Raises:
        InputError: no Linux, no PulseAudio, or `parley talk` does not start.
    """
    if sys.platform != "linux":
        raise InputError("The processor time of several processes is read where Linux has it; run this on Linux.")
    found: dict[str, dict[str, float]] = {}
    async with cable() as sound:
        with counted("Waiting", len(VIEWS) * len(ROOMS)) as done:
            for view, ready in VIEWS.items():
                async with _talking(sound, settings, ready, plain=view == "plain") as pid:
                    found[view] = {}
                    for room in ROOMS:
                        found[view][room] = await _percent(sound, pid, seconds, noise=room == "noise")
                        done()
    result: dict[str, Any] = {"seconds": seconds, "machine": fingerprint(), "percent_of_a_core": found}
    if as_json:
        print_json(result)
    else:
        _show(result)


@asynccontextmanager
async def _talking(sound: Cable, settings: Settings, ready: str, *, plain: bool) -> AsyncGenerator[int, None]:
    """Run it on a terminal of its own and yield its process."""
    ours, theirs = os.openpty()
    try:
        os.set_blocking(ours, False)
        child = await asyncio.create_subprocess_exec(
            *parley(settings, "talk", *(["--plain"] if plain else [])), env=sound.environment | {"TERM": "xterm-256color"},
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        )  # fmt: skip
        shown, loop = bytearray(), asyncio.get_running_loop()

        def read() -> None:
            with suppress(OSError):
                shown.extend(os.read(ours, 65_536))

        loop.add_reader(ours, read)
        try:
            end_s = time.monotonic() + STARTS_S
            while ready.encode() not in shown:
                if child.returncode is not None or time.monotonic() > end_s:
                    raise InputError("parley talk did not start; try it by itself.")
                await asyncio.sleep(0.1)
            await asyncio.sleep(SETTLED_S)
            yield child.pid
        finally:
            if child.returncode is None:
                child.terminate()
            await child.wait()
            loop.remove_reader(ours)
    finally:
        os.close(ours)
        os.close(theirs)


async def _percent(sound: Cable, pid: int, seconds: float, *, noise: bool) -> float:
    """Return the share of one core that a process and all below it take for so long."""
    hiss = np.random.default_rng(0).normal(0, NOISE, round((seconds + 2) * LISTEN_RATE_HZ)).astype(np.float32)
    playing = asyncio.create_task(sound.say(hiss, STEP_MS), name="noise") if noise else None
    await asyncio.sleep(1.0)
    began_s, before_s = time.monotonic(), processor_s(pid)
    await asyncio.sleep(seconds)
    percent = 100 * (processor_s(pid) - before_s) / (time.monotonic() - began_s)
    if playing is not None:
        await playing
    return round(percent, 2)


def _show(result: dict[str, Any]) -> None:
    console = Console(emoji=False, highlight=False)
    console.print(f"parley talk while nobody speaks, {result['seconds']:g} s each; {result['machine']}", soft_wrap=True)
    table = Table("percent of one core", *ROOMS)
    for column in table.columns[1:]:
        column.justify = "right"
    for view, rooms in result["percent_of_a_core"].items():
        table.add_row({"plain": "line by line (--plain)", "view": "full-screen view"}[view], *(f"{rooms[room]:.1f}" for room in ROOMS))
    console.print(table)
    console.print(f"Target: at most {TARGET_PERCENT:g} percent.")
