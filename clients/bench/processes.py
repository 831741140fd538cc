"""`parley bench processes`: what it costs that an engine works in a process of its own, step by step, and how soon it is back when that dies."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from rich.console import Console

from assistant.audio import LISTEN_RATE_HZ, Samples
from assistant.engines import Message
from assistant.sections import ModelSettings
from clients.bench.machine import fingerprint
from clients.bench.percentiles import compared, percentiles
from clients.bench.room import recording
from clients.cli.running import print_json
from models.making import llama, whisper
from models.plan import HEARS, WRITES, writing
from models.supervised import Supervised
from models.worker import Worker, Workers, Working

SOUND_S = 3
"""Of the sound that is sent there: a short utterance."""

RECORDING, QUESTION = "miles", "How are you?"
"""What is heard, and what is answered in a dozen words."""

WARM_UP = 3
"""Of each kind, not counted."""


class Idle:
    """An engine that does nothing, so that what is measured is the way there and back."""

    def call(self, samples: Samples | None = None) -> None:
        """Return at once."""

    def give(self) -> Samples:
        """Return a sound."""
        return np.zeros(SOUND_S * LISTEN_RATE_HZ, np.float32)

    def steps(self, count: int) -> Iterator[str]:
        """Yield so many words."""
        for _ in range(count):
            yield "word "


@dataclass(frozen=True)
class _Pair:
    """The same engine on a thread here and in a process of its own."""

    here: Working
    there: Supervised


async def bench_processes(n: int, *, as_json: bool) -> None:
    """Do `n` steps of each kind on a thread and through a process, in turn; then kill the language model's process `n // 10` times."""
    settings = ModelSettings()
    async with Workers() as workers:
        idle = _pair(workers, "idle", Idle, ())
        ear = _pair(workers, "recognizer", partial(whisper, None, "en", 1), HEARS)
        model = _pair(
            workers, "language model", partial(llama, None, settings.context_tokens, settings.parallel, 1), WRITES, writing(settings)
        )
        for pair in (idle, ear, model):
            await pair.here.ready()
            await pair.there.ready()
        sound, speech = np.zeros(SOUND_S * LISTEN_RATE_HZ, np.float32), recording(RECORDING)
        asked = [Message("system", "You are Parley, a voice assistant."), Message("user", QUESTION)]
        kinds: Mapping[str, tuple[_Pair, Callable[[Working], Awaitable[int]]]] = {
            "a call": (idle, lambda worker: _call(worker, "call")),
            f"a call with {SOUND_S} s of sound": (idle, lambda worker: _call(worker, "call", sound)),
            f"a call that gives {SOUND_S} s of sound": (idle, lambda worker: _call(worker, "give")),
            "a step of a stream": (idle, lambda worker: _read(worker, "steps", 100)),
            "the recognizer: a question": (ear, lambda worker: _call(worker, "recognize", speech)),
            "the language model: a token": (model, lambda worker: _read(worker, "generate", asked)),
        }
        result: dict[str, Any] = {"n": n, "machine": fingerprint(), "ms": {}}
        for kind, (pair, step) in kinds.items():
            result["ms"][kind] = await _compared(pair, step, n)
        result["back_ms"] = percentiles([await _killed(model.there, asked) for _ in range(max(1, n // 10))])
    if as_json:
        print_json(result)
    else:
        _show(result)


def _pair(workers: Workers, name: str, make: Callable[[], Any], attributes: Sequence[str], kind: type[Worker] = Worker) -> _Pair:
    return _Pair(workers.start(name, make, kind), workers.add(Supervised(make, name, kind=kind, attributes=attributes)))


async def _call(worker: Working, method: str, *args: Any) -> int:
    await worker.call(method, *args)
    return 1


async def _read(worker: Working, method: str, *args: Any) -> int:
    """Read a stream to its end and return how many steps that were."""
    async with aclosing(worker.stream(method, *args)) as items:
        return len([item async for item in items])


async def _compared(pair: _Pair, step: Callable[[Working], Awaitable[int]], n: int) -> dict[str, dict[str, float]]:
    took: dict[str, list[float]] = {"thread": [], "process": []}
    for number in range(n + WARM_UP):
        for where, worker in (("thread", pair.here), ("process", pair.there)):  # in turn, so that what else goes on weighs on both alike
            began_s = time.perf_counter()
            steps = await step(worker)
            if number >= WARM_UP:
                took[where].append(1000 * (time.perf_counter() - began_s) / steps)
    return {where: percentiles(ms) for where, ms in took.items()}


async def _killed(worker: Supervised, asked: Sequence[Message]) -> float:
    """Kill the process in the middle of an answer; return how many milliseconds later the answer goes on."""
    began_s = 0.0
    async with aclosing(worker.stream("generate", asked)) as pieces:
        async for piece in pieces:
            if piece and began_s:
                return 1000 * (time.perf_counter() - began_s)
            if piece and worker.pid is not None:
                began_s = time.perf_counter()
                os.kill(worker.pid, signal.SIGKILL)
    raise AssertionError("The answer was over before it was interrupted.")


def _show(result: Mapping[str, Any]) -> None:
    console = Console(emoji=False, highlight=False)
    console.print(f"What it costs that an engine has a process of its own; n = {result['n']}; {result['machine']}", soft_wrap=True)
    console.print(compared(result["ms"], {"thread": "on a thread", "process": "in a process"}, digits=3))
    console.print(
        f"Killed in the middle of an answer, it goes on after {result['back_ms']['p50']:.0f} ms (p95 {result['back_ms']['p95']:.0f} ms)."
    )
