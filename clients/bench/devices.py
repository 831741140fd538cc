"""`parley bench devices`: what the sound devices and the desktop client add to the latency, heard through a virtual cable."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from assistant.audio import CHUNK_S, LISTEN_RATE_HZ, Samples, silence
from assistant.engines import Engines
from assistant.errors import InputError
from assistant.respond import Chat
from assistant.session import Session
from assistant.settings import Settings
from assistant.tools import Toolbox
from clients.bench.cable import cable
from clients.bench.cabled import AUDIBLE, Talk, talk
from clients.bench.machine import fingerprint
from clients.bench.percentiles import percentiles
from clients.bench.room import Room, recording
from clients.bench.utterances import spoken
from clients.bench.variants import variants
from clients.cli.running import engines, print_json
from clients.cli.stderr import counted

QUESTIONS = ("seven-times-eight", "miles")

LONG, INTERRUPTION = "What can you do?", "seven-times-eight"
"""What is answered at length, and what is said into that."""

BETWEEN_S = (0.5, 1.5)
"""People do not ask in step with anybody's buffers."""

ADDED_S, STOPPED_S, ACTED_S = 0.06, 0.4, 0.06
"""Targets: what the client adds; until the speaker is silent, from the first word of who interrupts, and from the decision."""


async def bench_devices(settings: Settings, n: int, *, seed: int, as_json: bool) -> None:
    """Ask `n` questions in this process, and as many through a virtual cable of `parley talk`, which is interrupted `n` times, too; print both.

    Raises:
        InputError: there is no PulseAudio, or `parley talk` does not start, or answers nothing.
    """
    result: dict[str, Any] = {"n": n, "seed": seed, "machine": fingerprint()}
    async with cable() as sound:
        async with engines(settings) as loaded:
            inside = await _inside(loaded, settings, n, random.Random(seed))
            long = await spoken(LONG, loaded.voices["en"])
        async with talk(sound, settings) as talking:
            devices = await _asked(talking, n, random.Random(seed))
            rng, stops = random.Random(seed), []
            with counted("Interrupting", n) as done:
                for _ in range(n):
                    stops.append(await talking.interrupt(long, rng.uniform(*BETWEEN_S), _said(INTERRUPTION)))
                    done()
    stopped = [stop for stop in stops if stop is not None]
    if not devices or not inside or not stopped:
        raise InputError("Nothing was answered, or nothing stopped; try parley talk itself.")
    result |= {"unanswered": n - len(devices), "not stopped": n - len(stopped)}
    result |= {"inside": percentiles(inside), "devices": percentiles(devices)}
    result["added"] = {share: round(result["devices"][share] - result["inside"][share], 3) for share in ("p50", "p95")}
    result["stopped"] = percentiles([stop.from_speech_s for stop in stopped])
    result["acted"] = percentiles([stop.from_decision_s for stop in stopped])
    if as_json:
        print_json(result)
    else:
        _show(result)


def _said(name: str) -> Samples:
    """Return a recording up to its last word: what is silent behind that is not heard before the answer."""
    samples = recording(name)
    return samples[: int(np.flatnonzero(np.abs(samples) > AUDIBLE)[-1]) + 1]


async def _inside(loaded: Engines, settings: Settings, n: int, rng: random.Random) -> list[float]:
    """Return the same without devices: from the last sample that a session heard to the first that it gave away."""
    way, room, gaps = variants(None)[0], Room(), []
    chat = Chat(loaded.language_model, Toolbox())
    async with Session(loaded, chat, [room], way.manners(settings), way.governor(settings, loaded)) as session:
        room.enter(session)
        with counted("Asking without devices", n) as done:
            for number in range(n):
                await asyncio.sleep(rng.uniform(*BETWEEN_S))
                before = silence(round(rng.uniform(0, CHUNK_S) * LISTEN_RATE_HZ))  # nor in step with the detector's chunks
                await room.ask(np.concatenate([before, _said(QUESTIONS[number % len(QUESTIONS)])]))
                if (gap_s := room.gap_s(AUDIBLE)) is not None:
                    gaps.append(gap_s)
                done()
    await loaded.language_model.limit_threads(None)
    return gaps


async def _asked(talking: Talk, n: int, rng: random.Random) -> list[float]:
    gaps = []
    with counted("Asking", n) as done:
        for number in range(n):
            await asyncio.sleep(rng.uniform(*BETWEEN_S))
            if (gap_s := await talking.ask(_said(QUESTIONS[number % len(QUESTIONS)]))) is not None:
                gaps.append(gap_s)
            done()
    return gaps


def _show(result: dict[str, Any]) -> None:
    console = Console(emoji=False, highlight=False)
    console.print(f"{result['n']} questions and as many interruptions, seed {result['seed']}; {result['machine']}", soft_wrap=True)
    table = Table("milliseconds", "p50", "p95", "target")
    for column in table.columns[1:]:
        column.justify = "right"
    for name, what, target in (
        ("inside", "last word to first sound, without devices", None),
        ("devices", "the same through the devices", None),
        ("added", "so the client adds", ADDED_S),
        ("stopped", "who interrupts: first word to silence", STOPPED_S),
        ("acted", "from the decision to silence", ACTED_S),
    ):
        figures = (f"{result[name][share] * 1000:.0f}" for share in ("p50", "p95"))
        table.add_row(what, *figures, f"{target * 1000:.0f} p50" if target else "")
    console.print(table)
    console.print(f"Not answered: {result['unanswered']}. Not stopped: {result['not stopped']}.")
