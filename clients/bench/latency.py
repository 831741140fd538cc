"""`parley bench latency`: recorded questions in real time through the whole pipeline, each stage's percentiles."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from assistant.engines import Engines
from assistant.errors import InputError
from assistant.latency import STAGES, Latency, Timing, percentile
from assistant.manners import Manners
from assistant.respond import Chat
from assistant.session import Session
from assistant.settings import Settings
from assistant.tools import Toolbox
from assistant.turns import Policy
from clients.bench.machine import fingerprint, peak_mb
from clients.bench.room import Room, recording
from clients.cli.running import engines, errors, manners, print_json

QUESTIONS = ("seven-times-eight", "five-minutes", "miles")

WARM_UP = 2
"""Turns before the first that counts: the first ones meet cold caches."""


@dataclass(frozen=True)
class Variant:
    """One way to run the same questions."""

    name: str
    policy: Policy


COMPARED = {"drafts": (Variant("drafts", Policy()), Variant("no drafts", Policy(drafts=False)))}
"""What `--compare` takes: each idea, with and without it."""


async def bench_latency(settings: Settings, n: int, *, seed: int, compare: str | None, as_json: bool) -> None:
    """Ask `n` recorded questions for each variant and print the percentiles of each part, in seconds.

    Raises:
        InputError: nothing is known under the name `compare`.
    """
    if compare is not None and compare not in COMPARED:
        raise InputError(f"There is nothing to compare under {compare!r}; choose from {', '.join(COMPARED)}.")
    variants = COMPARED[compare] if compare else (Variant("starter", Policy()),)
    began_s = time.monotonic()
    async with engines(settings) as loaded:
        load_s = time.monotonic() - began_s
        results = [await _measure(loaded, variant, manners(settings, policy=variant.policy), n, seed) for variant in variants]
    usage = {"load_s": round(load_s, 3), "peak_rss_mb": peak_mb(), "voice_peak_rss_mb": peak_mb(children=True)}
    if as_json:
        for result in results:
            print_json(result | usage)
    else:
        _show(results, usage)


async def _measure(loaded: Engines, variant: Variant, behaviour: Manners, n: int, seed: int) -> dict[str, Any]:
    rng, latency, room = random.Random(seed), Latency(), Room()
    chat = Chat(loaded.language_model, Toolbox(lambda: datetime.now().astimezone()))
    async with Session(loaded, chat, [latency, room], behaviour) as session:
        room.enter(session)
        for number in track(range(WARM_UP + n), f"Asking in real time, {variant.name}", console=errors, transient=True):
            if number == WARM_UP:
                counted, cpu_before_s = session.turn, time.process_time()
            await room.ask(recording(rng.choice(QUESTIONS)))
        cpu_turn_s = (time.process_time() - cpu_before_s) / n
    turns = [timing for turn, timing in latency.turns.items() if turn > counted]
    return {
        "profile": "starter",
        "variant": variant.name,
        "n": len(turns),
        "seed": seed,
        "machine": fingerprint(),
        "parts": _parts(turns),
        "cpu_s_per_turn": round(cpu_turn_s, 3),
    }


def _parts(turns: Sequence[Timing]) -> dict[str, dict[str, float]]:
    """Return the percentiles of every point in seconds after the last word, and of the spans that matter most."""
    values = {stage: [t.reached[stage] for t in turns if stage in t.reached] for stage in STAGES}
    both = [t.reached for t in turns if {"endpoint", "first_audio"} <= t.reached.keys()]
    values["first_audio_after_endpoint"] = [reached["first_audio"] - reached["endpoint"] for reached in both]
    values["voice_to_voice"] = values["playing"]
    return {part: _percentiles(found) for part, found in values.items() if found}


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    return {name: round(percentile(values, share), 4) for name, share in (("p50", 0.5), ("p95", 0.95), ("max", 1.0))}


def _show(results: Sequence[Mapping[str, Any]], usage: Mapping[str, Any]) -> None:
    console = Console(highlight=False)
    console.print(
        f"Milliseconds after the last word; n = {results[0]['n']}, seed {results[0]['seed']}; {results[0]['machine']}", soft_wrap=True
    )
    table = Table()
    table.add_column("part")
    for result in results:
        for column in ("p50", "p95", "max"):
            table.add_column(f"{result['variant']}\n{column}" if len(results) > 1 else column, justify="right")
    for part in dict.fromkeys(part for result in results for part in result["parts"]):
        found = [result["parts"].get(part, {}) for result in results]
        table.add_row(part.replace("_", " "), *(_ms(f.get(column)) for f in found for column in ("p50", "p95", "max")))
    console.print(table)
    for result in results:
        console.print(f"{result['variant']}: {result['cpu_s_per_turn']:.3f} s of processor time a turn, all of listening included.")
    console.print(
        f"Models ready in {usage['load_s']:.2f} s. Largest resident set: {usage['peak_rss_mb']} MB, the voice's process {usage['voice_peak_rss_mb']} MB."
    )


def _ms(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds * 1000:.0f}"
