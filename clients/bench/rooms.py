"""`parley bench rooms`: by how much what two people say to each other trails them, alone and before an audience."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

import numpy as np
import soxr
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from websockets.exceptions import WebSocketException

from assistant.audio import LISTEN_RATE_HZ, Samples
from assistant.errors import InputError
from assistant.settings import Settings
from clients.bench.machine import fingerprint
from clients.bench.meeting import Heard, Talker, joined, listen, open_room, server
from clients.bench.percentiles import percentiles
from clients.bench.room import recording
from clients.cli.running import errors, print_json
from models.load import load_voice

RECORDINGS = ("translate-1", "translate-2", "seven-times-eight", "miles")

SPANISH = ("¿Dónde está la estación?", "No sé dónde vive.", "Muchas gracias por todo.", "¿Qué hora es?")

BLOCK = 4
"""Utterances before the audience comes or goes: what else the machine does then weighs on both alike."""

LONGEST_S = 15.0
"""After so long without a translation the next one speaks."""

BETWEEN_S = 1.0

PARTS = {"words": "committed words", "translated": "translation complete", "sounded": "speech begins"}


@dataclass
class _Found:
    """Seconds, by part."""

    values: dict[str, list[float]] = field(default_factory=lambda: {part: [] for part in PARTS})
    missed: int = 0

    def add(self, heard: Heard) -> None:
        if heard.translated_s is None:
            self.missed += 1
            return
        self.values["translated"].append(heard.translated_s)
        if heard.sounded_s is not None:
            self.values["sounded"].append(heard.sounded_s)


async def bench_rooms(settings: Settings, n: int, listeners: int, *, as_json: bool) -> None:
    """Let two people say `n` utterances each to an empty room and to one with so many listeners; print how late each was understood."""
    voice, close = await load_voice("es", settings.models)
    try:
        spanish = [await _spoken(voice, text) for text in SPANISH]
    finally:
        await close()
    found = {0: _Found(), listeners: _Found()}
    try:
        async with server(settings) as address:
            await _measure(address, found, n, [recording(name) for name in RECORDINGS], spanish)
    except* (WebSocketException, InputError, OSError) as failed:
        raise InputError(f"The room cannot be measured: {_first(failed)}") from failed
    result = _result(found, n, listeners)
    if as_json:
        print_json(result)
    else:
        _show(result, listeners)


def _first(failed: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return what went wrong first."""
    first: BaseException = failed
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first


async def _spoken(voice: Any, text: str) -> Samples:
    sounds = [sound.samples async for sound in voice.speak(text)]
    spoken: Samples = soxr.resample(np.concatenate(sounds), voice.sample_rate_hz, LISTEN_RATE_HZ)
    return spoken


async def _measure(address: str, found: dict[int, _Found], n: int, english: list[Samples], spanish: list[Samples]) -> None:
    invitation = open_room(address)
    said = {"en": cycle(english), "es": cycle(spanish)}
    async with AsyncExitStack() as stack:
        ann, bea = [Talker(await stack.enter_async_context(joined(address, invitation, code, code)), code) for code in said]
        async with asyncio.TaskGroup() as group:
            working = [group.create_task(work) for each in (ann, bea) for work in (each.talk(), each.hear())]
            await asyncio.sleep(BETWEEN_S)
            for speaker, other in ((ann, bea), (bea, ann)):
                await _utter(speaker, other, next(said[speaker.language]))  # the first one finds everything cold
            with Progress(console=errors, transient=True) as progress:
                told = progress.add_task("Talking", total=2 * n * len(found))
                for block in range(0, n, BLOCK):
                    for count, into in found.items():
                        async with AsyncExitStack() as audience:
                            for number in range(count):
                                code = ("en", "es")[number % 2]
                                socket = await audience.enter_async_context(joined(address, invitation, f"listener {number}", code))
                                task = group.create_task(listen(socket))
                                audience.callback(task.cancel)
                            ann.lags_s, bea.lags_s = [], []
                            for _ in range(min(BLOCK, n - block)):
                                for speaker, other in ((ann, bea), (bea, ann)):
                                    into.add(await _utter(speaker, other, next(said[speaker.language])))
                                    progress.advance(told)
                            into.values["words"] += ann.lags_s + bea.lags_s
            for task in working:
                task.cancel()


async def _utter(speaker: Talker, other: Talker, samples: Samples) -> Heard:
    loop = asyncio.get_running_loop()
    heard = Heard(loop.time() + speaker.say(samples))
    other.expect(heard)
    with suppress(TimeoutError):
        async with asyncio.timeout(samples.size / LISTEN_RATE_HZ + LONGEST_S):
            await heard.said.wait()
    await asyncio.sleep(samples.size / LISTEN_RATE_HZ + BETWEEN_S)  # until it has been spoken, too
    return heard


def _result(found: dict[int, _Found], n: int, listeners: int) -> dict[str, Any]:
    result: dict[str, Any] = {"n": 2 * n, "listeners": listeners, "machine": fingerprint()}
    for part in PARTS:
        alone, before = (percentiles(each.values[part]) for each in found.values())
        ratio = {name: round(before[name] / alone[name], 3) for name in alone if before.get(name) is not None and alone[name] > 0}
        result[part] = {"alone": alone, "before": before, "ratio": ratio}
    result["missed"] = {"alone": found[0].missed, "before": found[listeners].missed}
    return result


def _show(result: dict[str, Any], listeners: int) -> None:
    table = Table()
    for name in ("lag", "alone, p50", "p95", f"before {listeners}, p50", "p95", "ratio, p50", "p95"):
        table.add_column(name, justify="left" if name == "lag" else "right")
    for part, title in PARTS.items():
        given = result[part]
        cells = [given[which].get(name) for which in ("alone", "before", "ratio") for name in ("p50", "p95")]
        table.add_row(title, *("-" if cell is None else f"{cell:.2f}" for cell in cells))
    console = Console(emoji=False)
    console.print(
        f"Lag in seconds, of committed words as the server tells it, of the others after the last word; n = {result['n']}; {result['machine']}",
        highlight=False,
        soft_wrap=True,
    )
    console.print(table)
    console.print(f"Not understood: {result['missed']['alone']} and {result['missed']['before']}.")
