"""`parley bench batch`: how many tokens a second the language model writes for several sessions at once, and how long a new one waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from assistant.engines import Message
from assistant.errors import InputError
from assistant.respond import SYSTEM
from assistant.settings import Settings
from clients.bench.machine import fingerprint
from clients.bench.percentiles import percentiles
from clients.bench.profiles import ASKED, SHAPES, SYSTEM_OF_A_SHAPE
from clients.cli.running import errors, print_json
from models.batched import Batched
from models.installed import LLMS, located
from models.llama import LlamaEngine
from models.load import cores
from models.requests import Requests
from models.sequences import Need
from models.starter import STARTER, verified
from models.worker import Worker

SESSIONS = (1, 2, 4, 8)

BUSY = 8
"""Sessions that are answered while a new one asks."""

WARM_UP_TOKENS = 8
"""What is computed for the first time takes longer."""


class _Endless(Requests):
    """A model whose answers do not end by themselves, so that every one is as long."""

    def go_on(self, messages: Sequence[Message], count: int) -> Iterator[Need | str]:
        """Give so many tokens behind a prompt, or as many as there is room for."""
        need = Need(self.prompt(messages))
        for _ in range(min(count, self.left(need.tokens))):
            token = self._likeliest((yield from need.reach()))
            need.tokens.append(token)
            yield self.spell(token).decode(errors="replace") or " "


class _Writer(LlamaEngine):
    requests: _Endless

    @staticmethod
    def asking(llama: Any, room: int) -> Requests:
        return _Endless(llama, room)

    def go_on(self, messages: Sequence[Message], count: int) -> Iterator[str]:
        return self._alone(self.requests.go_on(messages, count), "")


async def bench_batch(settings: Settings, *, profile: str, tokens: int, newcomers: int, as_json: bool) -> None:
    """Print tokens a second for each number of sessions, and the first token's percentiles of a new one beside `BUSY` others.

    Args:
        settings: the threads, the context and, for the profile "starter", the language model.
        profile: whose language model.
        tokens: of each answer.
        newcomers: how often a new session asks.
        as_json: print one JSON object a way of computing.

    Raises:
        InputError: there is no such profile, or answers are too long for the context.
    """
    path, system = _model(profile, settings)
    results = []
    for name in ("together", "in turn"):
        async with _writing(path, settings, together=name == "together") as worker:
            rates = {}
            for sessions in SESSIONS:
                with errors.status(f"Writing {name} for {sessions} …"):
                    rates[sessions] = await _rate(worker, system, sessions, tokens)
            with errors.status(f"Asking beside {BUSY}, {name} …"):
                firsts = await _firsts(worker, system, newcomers)
        results.append(
            {
                "profile": profile,
                "steps": name,
                "machine": fingerprint(),
                "tokens_each": tokens,
                "tokens_s": {str(sessions): round(rate, 2) for sessions, rate in rates.items()},
                "first_token_s": percentiles(firsts),
                "newcomers": newcomers,
                "busy": BUSY,
            }
        )
    if as_json:
        for result in results:
            print_json(result)
    else:
        _show(results)


def _model(profile: str, settings: Settings) -> tuple[Path, str]:
    """Return the file of a language model, and what its conversations begin with."""
    if profile == "starter":
        given = settings.models.language_model
        named = given and located(given, LLMS, "models.language_model", settings.models.catalogue)
        return named or verified(STARTER.language_model), SYSTEM
    if profile not in SHAPES:
        raise InputError(f"There is no profile {profile!r}; choose from starter, {', '.join(SHAPES)}.")
    from models.shape import shape_model  # what it needs is large

    with errors.status("Making the shape model …") as status:
        return shape_model(SHAPES[profile][1], tell=status.update), SYSTEM_OF_A_SHAPE


@asynccontextmanager
async def _writing(path: Path, settings: Settings, *, together: bool) -> AsyncGenerator[Worker, None]:
    """Yield a worker that computes steps `together`, or each by itself; in both ways each session has a sequence of its own."""
    models = settings.models
    threads = models.threads or max(1, cores() - 1)
    make = partial(_Writer, path, threads=threads, context=models.context_tokens, parallel=models.parallel)
    worker = (Batched if together else Worker)(make, "language model")
    try:
        await worker.ready()
        await _write(worker, _asked(SYSTEM, "warm up"), WARM_UP_TOKENS)
        yield worker
    finally:
        await worker.close()


def _asked(system: str, question: str) -> list[Message]:
    return [Message("system", system), Message("user", question)]


async def _write(worker: Worker, messages: Sequence[Message], count: int) -> list[float]:
    """Have so many tokens written; return when each came."""
    async with aclosing(worker.stream("go_on", messages, count)) as pieces:
        return [time.perf_counter() async for piece in pieces if piece]


async def _rate(worker: Worker, system: str, sessions: int, tokens: int) -> float:
    """Return tokens a second of all sessions, from when the last one has its first token to when the first one has its last."""
    async with asyncio.TaskGroup() as group:
        writing = [
            group.create_task(_write(worker, _asked(system, f"{sessions}, {number}: {ASKED[number]}"), tokens))
            for number in range(sessions)
        ]
    came = [task.result() for task in writing]
    begin_s, end_s = max(times[0] for times in came), min(times[-1] for times in came)
    if len(came[0]) < tokens or end_s <= begin_s:
        raise InputError(
            f"Answers of {tokens} tokens do not fit or do not meet; give -n another number or --set models.context_tokens=2048."
        )
    return sum(begin_s < at <= end_s for times in came for at in times) / (end_s - begin_s)


async def _firsts(worker: Worker, system: str, newcomers: int) -> list[float]:
    """Return how many seconds each new session waited for its first token, while others are answered all the time."""

    async def busy(number: int) -> None:
        while True:
            await _write(worker, _asked(system, f"{number}: {ASKED[number]}"), 1_000_000)

    firsts = []
    async with asyncio.TaskGroup() as group:
        others = [group.create_task(busy(number)) for number in range(BUSY)]
        for number in range(newcomers):
            await asyncio.sleep(0.05 + 0.037 * (number % 7))  # at no fixed point of the others' steps
            began_s = time.perf_counter()
            firsts.append((await _write(worker, _asked(system, f"New, {number}: {ASKED[number % len(ASKED)]}"), 1))[0] - began_s)
        for task in others:
            task.cancel()
    return firsts


def _show(results: Sequence[Mapping[str, Any]]) -> None:
    console = Console(emoji=False, highlight=False)
    first = results[0]
    console.print(f"{first['profile']} language model, {first['tokens_each']} tokens each; {first['machine']}", soft_wrap=True)
    table = Table("tokens a second, at once", *map(str, SESSIONS), "first p50", "p95", "max")
    for result in results:
        firsts = result["first_token_s"]
        table.add_row(
            result["steps"],
            *(f"{result['tokens_s'][str(sessions)]:.1f}" for sessions in SESSIONS),
            *(f"{firsts[name] * 1000:.0f} ms" for name in ("p50", "p95", "max")),
        )
    console.print(table)
    console.print(
        f"First: the first token of a new session, beside {BUSY} that are being answered, n = {first['newcomers']}.", soft_wrap=True
    )
