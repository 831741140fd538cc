"""`parley bench overhead`: what the conversation itself costs, on engines that cost nothing and a clock that does not wait."""

from __future__ import annotations

import asyncio
import gc
import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle, islice
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from assistant.audio import LISTEN_RATE_HZ, Rechunker, Samples
from assistant.engines import Detector, Engines, Hearing, Recognition
from assistant.events import PlaybackDone, ReplyAudio, ReplyDone, Stamped
from assistant.governor import Governor
from assistant.latency import Latency
from assistant.respond import Chat
from assistant.session import Session
from assistant.tools import Toolbox
from clients.bench.jump import JumpingLoop
from clients.bench.machine import fingerprint
from clients.bench.percentiles import percentiles
from clients.bench.profiles import ANSWERS
from clients.bench.room import recording
from clients.cli.running import print_json
from models.scripted import ScriptedDetector, ScriptedModel, ScriptedVoice
from models.silero import SileroDetector

TURN_MS, IDLE_PERCENT = 2.0, 1.0
"""The targets: processor time of a turn, and of a second of quiet as a share of one core."""

FRAME_S = 0.02
"""Audio comes in frames of 20 ms, as on a wire: no whole number of the detector's chunks."""

QUIET_S = 10
"""So much quiet is at hand; a reply comes long before it ends."""

NOISE = 0.003
"""Standard deviation of the noise in a quiet room: zeros would flatter a detector."""

WARM_UP = 50
"""Frames of quiet, which fill what is kept of it, before quiet is measured."""

WARM_UP_TURNS = 3

MOST_TRACED = 20
"""Turns whose memory is traced: that is slow, and they are alike."""

RECORDING, QUESTION = "miles", "How many kilometers are in three miles?"

PIECES = tuple(f"{word} " for word in ANSWERS[0].split())
"""The answer, token by token."""

DETECTORS: Mapping[str, Callable[[], Detector]] = {"none": ScriptedDetector, "silero": SileroDetector}
"""By name; the scripted one only looks for the loudest sample."""


class _Recognizer:
    """Hears as much of the question as the audio is long, and does not look at the audio."""

    hearing = Hearing(window_s=9.5)

    def __init__(self, speech: Samples) -> None:
        self._whole = 0.8 * speech.size  # there is silence around it

    async def recognize(self, samples: Samples, *, language: str, known: str = "", times: bool = False, expected: str = "") -> Recognition:
        await asyncio.sleep(0)
        words = QUESTION.split()
        return Recognition(" ".join(words[: round(len(words) * samples.size / self._whole)]), language)


class _Room:
    """A quiet room in which one question is asked time and again, and each reply is over as soon as it is complete."""

    def __init__(self, detector: Callable[[], Detector]) -> None:
        speech = recording(RECORDING)
        noise = np.random.default_rng(0).normal(0, NOISE, QUIET_S * LISTEN_RATE_HZ).astype(np.float32)
        self._question, self._quiet = _frames(speech), _frames(noise)
        self._model = ScriptedModel(lambda _: PIECES, first_s=0, token_s=0, complete=lambda text: 0.98 if text == QUESTION else 0.02)
        engines = Engines(detector, {"en": _Recognizer(speech)}, self._model, {"en": ScriptedVoice(first_s=0)})
        chat = Chat(self._model, Toolbox())
        self._latency = Latency()
        self.session = Session(engines, chat, [self._latency, self._play], governor=Governor())
        self._sounding = False
        self.played = 0

    async def hear(self, frame: Samples) -> None:
        """Hear it, and do all that follows before the next one comes."""
        self.session.hear(frame)
        await asyncio.sleep(FRAME_S)

    async def idle(self, frames: int) -> None:
        """Hear so many frames of quiet."""
        for frame in islice(cycle(self._quiet), frames):
            await self.hear(frame)

    async def turn(self) -> int:
        """Hear the question, and quiet until the reply was played; return how many frames that were."""
        played = self.played
        for heard, frame in enumerate([*self._question, *self._quiet]):
            if self.played > played:
                return heard
            await self.hear(frame)
        raise AssertionError(f"The script's reply did not come in {QUIET_S} s.")

    def forget(self) -> None:
        """Drop what the script and the observer keep."""
        self._model.prompts.clear()
        self._model.anticipated.clear()
        self._latency.turns.clear()

    def _play(self, stamped: Stamped) -> None:
        loop = asyncio.get_running_loop()
        match stamped.event:
            case ReplyAudio() if not self._sounding:
                self._sounding = True
                loop.call_soon(self.session.playback_started)
            case ReplyDone():
                loop.call_soon(self.session.playback_done)
            case PlaybackDone():
                self._sounding = False
                self.played += 1


def _frames(samples: Samples) -> Sequence[Samples]:
    return [frame.copy() for frame in Rechunker(round(FRAME_S * LISTEN_RATE_HZ)).push(samples)]


def bench_overhead(n: int, *, as_json: bool) -> None:
    """Hold `n` turns without and with the Silero detector; print what a turn and a second of quiet cost."""
    results = []
    for detector in DETECTORS:
        with asyncio.Runner(loop_factory=JumpingLoop) as runner:
            results.append(runner.run(_measure(detector, n)))
    if as_json:
        for result in results:
            print_json(result)
    else:
        _show(results)


async def _measure(detector: str, n: int) -> dict[str, Any]:
    room = _Room(DETECTORS[detector])
    async with room.session:
        for _ in range(WARM_UP_TURNS):
            frames = await room.turn()
        whole, quiet = [], []
        for _ in range(n):  # by turns, so that what else the machine does weighs on both alike
            quiet.append(await _cpu_ms(room.idle(frames)))
            whole.append(await _cpu_ms(room.turn()))
        memory = await _memory(room, min(n, MOST_TRACED))
    return {
        "detector": detector,
        "n": n,
        "machine": fingerprint(),
        "turn_ms": percentiles([turn - idle for turn, idle in zip(whole, quiet, strict=True)]),
        "turn_and_listening_ms": percentiles(whole),
        "idle_percent_of_a_core": round(sum(quiet) / (10 * n * frames * FRAME_S), 3),
        **memory,
    }


async def _cpu_ms(work: Any) -> float:
    began_s = time.process_time()
    await work
    return 1000 * (time.process_time() - began_s)


async def _memory(room: _Room, turns: int) -> dict[str, Any]:
    """Return what a second of quiet and a turn allocate, and what of it stays."""
    tracemalloc.start()
    try:
        await room.turn()
        await room.idle(WARM_UP)  # so that what takes the place of memory that was not traced does not count as new
        before, passing = _traced(room), 0
        for _ in range(round(QUIET_S / FRAME_S)):
            passing += await _most_bytes(room.idle(1))
        between = _traced(room)
        most = [await _most_bytes(room.turn()) for _ in range(turns)]
        after = _traced(room)
    finally:
        tracemalloc.stop()
    idle_bytes, idle_blocks = _kept(before, between)
    turn_bytes, turn_blocks = _kept(between, after)
    return {
        "idle_second": {
            "passing_bytes": round(passing / QUIET_S),
            "kept_bytes": round(idle_bytes / QUIET_S),
            "kept_blocks": round(idle_blocks / QUIET_S, 1),
        },
        "turn": {"most_bytes": max(most), "kept_bytes": round(turn_bytes / turns), "kept_blocks": round(turn_blocks / turns, 1)},
    }


async def _most_bytes(work: Any) -> int:
    """Return the most bytes held at once meanwhile, beyond those held before."""
    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    await work
    _, most = tracemalloc.get_traced_memory()
    return most - before


def _traced(room: _Room) -> tracemalloc.Snapshot:
    room.forget()
    gc.collect()
    return tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(False, tracemalloc.__file__)])


def _kept(before: tracemalloc.Snapshot, after: tracemalloc.Snapshot) -> tuple[int, int]:
    changed = after.compare_to(before, "filename")
    return sum(change.size_diff for change in changed), sum(change.count_diff for change in changed)


def _show(results: Sequence[Mapping[str, Any]]) -> None:
    console = Console(emoji=False, highlight=False)
    console.print(f"What the conversation itself costs; n = {results[0]['n']}; {results[0]['machine']}", soft_wrap=True)
    table = Table("", "target", *(f"detector: {result['detector']}" for result in results))
    for column in table.columns[1:]:
        column.justify = "right"
    rows: Sequence[tuple[str, str, Callable[[Mapping[str, Any]], str]]] = (
        ("processor time of a turn, p50", f"{TURN_MS:g} ms", lambda r: f"{r['turn_ms']['p50']:.2f} ms"),
        ("processor time of a turn, p95", "", lambda r: f"{r['turn_ms']['p95']:.2f} ms"),
        ("the same and listening, p50", "", lambda r: f"{r['turn_and_listening_ms']['p50']:.2f} ms"),
        ("nobody speaks: share of one core", f"{IDLE_PERCENT:g} %", lambda r: f"{r['idle_percent_of_a_core']:.2f} %"),
        ("a turn: most bytes at once", "", lambda r: f"{r['turn']['most_bytes']:,}"),
        ("a turn: bytes kept", "", lambda r: f"{r['turn']['kept_bytes']:,}"),
        ("a turn: blocks kept", "", lambda r: f"{r['turn']['kept_blocks']:.1f}"),
        ("a second of quiet: bytes in passing", "", lambda r: f"{r['idle_second']['passing_bytes']:,}"),
        ("a second of quiet: bytes kept", "", lambda r: f"{r['idle_second']['kept_bytes']:,}"),
        ("a second of quiet: blocks kept", "", lambda r: f"{r['idle_second']['kept_blocks']:.1f}"),
    )
    for name, target, value in rows:
        table.add_row(name, target, *map(value, results))
    console.print(table)
