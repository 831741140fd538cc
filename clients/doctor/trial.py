"""An engine tried once: how long it took to load, and to do one thing that every conversation needs."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import TypeVar

from assistant.errors import ParleyError
from assistant.sections import BudgetSettings
from assistant.settings import Settings
from clients.doctor.finding import Finding, from_error, ok, warning

T = TypeVar("T")

SMALLER = "End other work, take a smaller model, or allow more time: budget.voice_to_voice_s in the settings."


@dataclass(frozen=True)
class Trial:
    """What came of it."""

    engine: str
    load_s: float = 0.0
    work_s: float = 0.0
    """Until the first thing that a person would notice: the text, the first word, the first sound."""
    sentence: str = ""
    """What it did, with the times."""
    doubt: str = ""
    """What is odd about that; nothing if it did as it should."""
    remedy: str = ""
    most_s: float = BudgetSettings().voice_to_voice_s
    """What a whole answer may take: an engine that takes more alone is too slow."""
    failed: ParleyError | None = None


def judged(trials: Iterable[Trial]) -> list[Finding]:
    """Say what is thought of each trial."""
    return [_judged(trial) for trial in trials]


def _judged(trial: Trial) -> Finding:
    if trial.failed:
        return from_error(trial.engine, trial.failed)
    values = {"load_s": round(trial.load_s, 3), "work_s": round(trial.work_s, 5)}
    sentence = f"{trial.sentence}; loaded in {trial.load_s:.2f} s."
    if trial.doubt:
        return warning(trial.engine, f"{sentence[:-1]}; {trial.doubt}.", trial.remedy, **values)
    if trial.work_s > trial.most_s:
        late = f"{sentence[:-1]}; that is more than the {trial.most_s:g} s that a whole answer may take."
        return warning(trial.engine, late, SMALLER, **values)
    return ok(trial.engine, sentence, **values)


@asynccontextmanager
async def loaded(loading: Awaitable[tuple[T, Callable[[], Awaitable[None]]]]) -> AsyncGenerator[tuple[T, float], None]:
    """Give an engine and the seconds that loading it took; close it afterwards."""
    began_s = perf_counter()
    engine, close = await loading
    try:
        yield engine, perf_counter() - began_s
    finally:
        await close()


async def tried(engine: str, work: Callable[[], Awaitable[Trial]]) -> Trial:
    """Return the trial, also of an engine that fails."""
    try:
        return await work()
    except ParleyError as error:
        return Trial(engine, failed=error)


def listens(settings: Settings) -> list[str]:
    """Return the languages that commands recognise: English for those of the desktop, and the server's."""
    return list(dict.fromkeys(["en", *settings.server.listens, *settings.models.recognizers]))


def speaks(settings: Settings) -> list[str]:
    """Return the languages that commands speak."""
    return list(dict.fromkeys(["en", *settings.server.speaks, *settings.models.voices]))


def milliseconds(seconds: float) -> str:
    """Return a time as a person reads it."""
    return f"{1000 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
