"""`parley bench latency`: recorded questions in real time through the whole pipeline, each stage's percentiles."""

from __future__ import annotations

import platform
import resource
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import cycle, islice

from rich.console import Console
from rich.progress import track
from rich.table import Table

from assistant.latency import STAGES, Latency, percentile
from assistant.manners import Manners
from assistant.respond import Chat
from assistant.session import Session
from assistant.settings import Settings
from assistant.tools import Toolbox
from clients.bench.room import Room, recording
from clients.cli.running import endpoint_timing, engines, errors, print_json
from models.load import cores

QUESTIONS = ("seven-times-eight", "five-minutes", "miles")


async def bench_latency(settings: Settings, n: int, *, as_json: bool) -> None:
    """Ask `n` recorded questions and print the percentiles of each stage, in seconds after the last word."""
    began_s = time.monotonic()
    async with engines(settings) as loaded:
        load_s = time.monotonic() - began_s
        latency, room = Latency(), Room()
        chat = Chat(loaded.language_model, Toolbox(lambda: datetime.now().astimezone()))
        manners = Manners(endpoint=endpoint_timing(settings))
        async with Session(loaded, chat, [latency, room], manners) as session:
            room.enter(session)
            for name in track(list(islice(cycle(QUESTIONS), n + 1)), "Asking in real time", console=errors, transient=True):
                await room.ask(recording(name))
    turns = [timing.as_json() for timing in latency.turns.values()][1:]  # the first one warms up
    parts = {stage: _percentiles([turn[stage] for turn in turns if stage in turn]) for stage in STAGES}
    result = {
        "profile": "starter",
        "n": len(turns),
        "machine": f"{platform.machine()}, {cores()} cores, {platform.system()}",
        "parts": {stage: found for stage, found in parts.items() if found},
        "load_s": round(load_s, 3),
        "peak_rss_mb": {"parley": _peak_mb(resource.RUSAGE_SELF), "voice": _peak_mb(resource.RUSAGE_CHILDREN)},
    }
    if as_json:
        print_json(result)
    else:
        _show(result, parts)


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {}
    return {"p50": percentile(values, 0.5), "p95": percentile(values, 0.95), "max": max(values)}


def _peak_mb(who: int) -> int:
    """Return the largest resident set so far, of this process or of the largest child that has ended."""
    return round(resource.getrusage(who).ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024))


def _show(result: Mapping[str, object], parts: Mapping[str, Mapping[str, float]]) -> None:
    table = Table(title=f"Seconds after the last word, n = {result['n']}, {result['machine']}")
    table.add_column("stage")
    for column in ("p50", "p95", "max"):
        table.add_column(column, justify="right")
    for stage, found in parts.items():
        if found:
            table.add_row(stage.replace("_", " "), *(f"{found[column]:.3f}" for column in ("p50", "p95", "max")))
    console = Console(highlight=False)
    console.print(table)
    console.print(f"Models ready in {result['load_s']} s. Largest resident set in MB: {result['peak_rss_mb']}.")
