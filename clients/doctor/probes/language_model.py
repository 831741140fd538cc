"""The language model: it is loaded, and begins an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from time import perf_counter
from typing import TYPE_CHECKING

from assistant.sections import ModelSettings
from clients.doctor.probe import Given, Probe
from clients.doctor.trial import Trial, judged, loaded, milliseconds, tried

if TYPE_CHECKING:
    from assistant.engines import LanguageModel

ENGINE = "language model"
QUESTION = "What is seven times eight?"
MOST_TOKENS = 100


def look(given: Given) -> Sequence[Trial]:
    """Let it answer a question."""
    return [asyncio.run(tried(ENGINE, lambda: _answer(given)))]


async def _answer(given: Given) -> Trial:
    from assistant.engines import Message

    async with loaded(_load(given.settings.models)) as (model, load_s):
        began_s, first_s, pieces = perf_counter(), 0.0, 0
        async with aclosing(model.generate([Message("user", QUESTION)], most_tokens=MOST_TOKENS)) as answer:
            async for _ in answer:
                pieces += 1
                first_s = first_s or perf_counter() - began_s
        rest_s = perf_counter() - began_s - first_s
        threads = model.threads
    sentence = (
        f"the first word of an answer after {milliseconds(first_s)}{_rate(pieces - 1, rest_s)}, on {threads} thread{'s' * (threads > 1)}"
    )
    return Trial(ENGINE, load_s, first_s, sentence, doubt(pieces), REMEDY, given.settings.budget.voice_to_voice_s)


REMEDY = "Take a GGUF model that was made for chat: models.language_model in the settings."


def doubt(pieces: int) -> str:
    """Return what is odd about the answer."""
    return "" if pieces else f"it answered nothing to {QUESTION!r}"


def _rate(pieces: int, seconds: float) -> str:
    return f", then {pieces / seconds:.0f} pieces a second" if pieces > 0 and seconds > 0 else ""


async def _load(settings: ModelSettings) -> tuple[LanguageModel, Callable[[], Awaitable[None]]]:
    from models.load import load

    engines = await load((), speaks=(), settings=settings.model_copy(update={"turn_detector": None}))
    return engines.language_model, engines.close


PROBE = Probe("Answers", 120, look, judged, doing="Loading the language model", limit_s=180, light=False)
