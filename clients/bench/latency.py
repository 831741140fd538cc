"""`parley bench latency`: questions in real time through the whole pipeline, each stage's percentiles."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from assistant.errors import InputError
from assistant.events import Degraded, DraftDropped, Stamped
from assistant.latency import STAGES, Latency, Timing
from assistant.session import Session
from assistant.settings import Settings
from clients.bench.faults import busy_cores, slowed
from clients.bench.machine import fingerprint, peak_mb
from clients.bench.percentiles import percentiles
from clients.bench.profiles import Profile, profile
from clients.bench.room import HastyRoom
from clients.bench.socket import over_socket
from clients.bench.variants import Variant, variants
from clients.cli.running import errors, print_json

WARM_UP = 3
"""Turns before the first that counts: the first ones meet cold caches."""


@dataclass(frozen=True)
class Conditions:
    """Under which it is measured."""

    n: int
    seed: int
    busy: int = 0
    """Cores that another process uses."""
    slow: str | None = None
    """ENGINE=FACTOR: one engine takes so many times as long."""


async def bench_latency(
    settings: Settings, conditions: Conditions, *, models: str, compare: str | None, url: str | None, as_json: bool
) -> None:
    """Hold the conversation of the profile `models` for each variant and print the percentiles of each part, in seconds.

    Raises:
        InputError: a profile, a variant or an engine that is not known.
    """
    ways = variants(compare)
    async with AsyncExitStack() as stack:
        began_s = time.monotonic()
        measured = await stack.enter_async_context(profile(models, settings))
        load_s = time.monotonic() - began_s
        if conditions.slow:
            measured = replace(measured, engines=slowed(measured.engines, *_slow(conditions.slow)))
        await stack.enter_async_context(busy_cores(conditions.busy))
        results = [await measure(measured, way, settings, conditions) for way in ways]
        if url is not None:
            results.append(await _measure_there(url, measured, conditions))
    usage = {"load_s": round(load_s, 3), "peak_rss_mb": peak_mb(), "voice_peak_rss_mb": peak_mb(children=True)}
    if as_json:
        for result in results:
            print_json(result | usage)
    else:
        _show(results, usage)


def _slow(given: str) -> tuple[str, float]:
    engine, _, factor = given.partition("=")
    try:
        return engine, float(factor)
    except ValueError as error:
        raise InputError(f"{given!r} slows nothing down; write it as ENGINE=FACTOR, such as language-model=3.") from error


class _Tally:
    """An observer that counts what the budget gave up, and the drafts that were dropped."""

    def __init__(self) -> None:
        self.degraded: Counter[str] = Counter()
        self.dropped = 0

    def __call__(self, stamped: Stamped) -> None:
        """Take one fact."""
        match stamped.event:
            case Degraded(what=what):
                self.degraded[what] += 1
            case DraftDropped():
                self.dropped += 1


async def measure(measured: Profile, way: Variant, settings: Settings, conditions: Conditions) -> dict[str, Any]:
    """Hold the conversation once, and return the values and percentiles of each part."""
    rng, latency, room, tally = random.Random(conditions.seed), Latency(), HastyRoom(), _Tally()
    manners, governor = way.manners(settings), way.governor(settings, measured.engines)
    async with Session(measured.engines, measured.chat(), [latency, room, tally], manners, governor) as session:
        room.enter(session)
        rounds = track(range(WARM_UP + conditions.n), f"Asking in real time, {way.name}", console=errors, transient=True)
        for number in rounds:
            if number == WARM_UP:
                counted, cpu_before_s, tally.dropped = session.turn, time.process_time(), 0
            question = rng.choice(measured.questions)
            await measured.announce(question)
            await room.ask(question.samples)
        cpu_turn_s = (time.process_time() - cpu_before_s) / conditions.n
    if governor:
        await measured.engines.language_model.limit_threads(None)
    turns = [timing for turn, timing in latency.turns.items() if turn > counted]
    found = _values(turns)
    return {
        "profile": measured.name,
        "variant": way.name,
        "n": len(turns),
        "seed": conditions.seed,
        "busy_cores": conditions.busy,
        "slow": conditions.slow,
        "machine": fingerprint(),
        "parts": {part: percentiles(values) for part, values in found.items()},
        "values": {part: [round(value, 4) for value in values] for part, values in found.items()},
        "cpu_s_per_turn": round(cpu_turn_s, 3),
        "drafts_dropped": tally.dropped,
        "degraded": dict(tally.degraded),
    }


async def _measure_there(url: str, measured: Profile, conditions: Conditions) -> dict[str, Any]:
    questions = [question.samples for question in measured.questions]
    found = await over_socket(url, os.environ.get("PARLEY_KEY"), questions, conditions.n, WARM_UP, conditions.seed)
    return {
        "profile": "of the server",
        "variant": "over the socket",
        "n": len(found.get("first_audio", ())),
        "seed": conditions.seed,
        "machine": fingerprint(),
        "url": url,
        "parts": {part: percentiles(values) for part, values in found.items()},
        "values": {part: [round(value, 4) for value in values] for part, values in found.items()},
    }


def _values(turns: Sequence[Timing]) -> dict[str, list[float]]:
    """Return every point in seconds after the last word, turn by turn, and the spans that matter most."""
    values = {stage: [t.reached[stage] for t in turns if stage in t.reached] for stage in STAGES}
    both = [t.reached for t in turns if {"endpoint", "first_audio"} <= t.reached.keys()]
    values["first_audio_after_endpoint"] = [reached["first_audio"] - reached["endpoint"] for reached in both]
    values["saved_by_draft"] = [t.saved_s for t in turns if t.saved_s is not None]
    values["voice_to_voice"] = values["playing"]
    return {part: found for part, found in values.items() if found}


def _show(results: Sequence[Mapping[str, Any]], usage: Mapping[str, Any]) -> None:
    console = Console(emoji=False, highlight=False)
    first = results[0]
    trouble = "".join(
        [
            f"; {first['busy_cores']} cores kept busy by others" * bool(first["busy_cores"]),
            f"; slowed: {first['slow']}" * bool(first["slow"]),
        ]
    )
    console.print(
        f"Milliseconds after the last word; {first['profile']} models, n = {first['n']}, seed {first['seed']}{trouble}; {first['machine']}",
        soft_wrap=True,
    )
    console.print(_alone(results[0]) if len(results) == 1 else _side_by_side(results))
    for result in results:
        if "degraded" not in result:
            continue
        gave_up = ", ".join(f"{what} ({count} x)" if count > 1 else what for what, count in result["degraded"].items())
        console.print(
            f"{result['variant']}: {result['cpu_s_per_turn']:.3f} s of processor time a turn, all of listening included, without the voice's process; "
            f"{result['drafts_dropped']} drafts dropped; given up: {gave_up or 'nothing'}.",
            soft_wrap=True,
        )
    console.print(
        f"Models ready in {usage['load_s']:.2f} s. Largest resident set: {usage['peak_rss_mb']} MB, "
        f"the voice's process {usage['voice_peak_rss_mb']} MB.",
        soft_wrap=True,
    )


def _alone(result: Mapping[str, Any]) -> Table:
    columns = ("p50", "p95", "max")
    table = Table("part")
    for column in columns:
        table.add_column(column, justify="right")
    for part, found in result["parts"].items():
        table.add_row(_name(part), *(_ms(found[column]) for column in columns))
    return table


def _side_by_side(results: Sequence[Mapping[str, Any]]) -> Table:
    table = Table("p50/p95")
    for result in results:
        table.add_column(result["variant"], justify="right")
    for part in dict.fromkeys(part for result in results for part in result["parts"]):
        found = [result["parts"].get(part) for result in results]
        table.add_row(_name(part), *("" if each is None else f"{_ms(each['p50'])}/{_ms(each['p95'])}" for each in found))
    return table


def _name(part: str) -> str:
    return part.replace("_", " ")


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f}"
