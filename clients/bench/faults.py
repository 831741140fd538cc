"""What goes wrong on real machines, on purpose: a core that somebody else uses, an engine that has become slow."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Awaitable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

from assistant.audio import Samples
from assistant.engines import Engines, Hearing, LanguageModel, Message, Piece, Recognition, Recognizer, Sound, ToolSpec, Translation, Voice
from assistant.errors import InputError
from assistant.route import Doubt

ENGINES = ("recognizer", "language-model", "voice")

T = TypeVar("T")


@asynccontextmanager
async def busy_cores(count: int) -> AsyncGenerator[None, None]:
    """Let `count` other processes compute all the time, each on one core, until the block is left."""
    others = [await asyncio.create_subprocess_exec(sys.executable, "-c", "while True: pass") for _ in range(count)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            await other.wait()


def slowed(engines: Engines, engine: str, factor: float) -> Engines:
    """Return the engines, one of which takes `factor` times as long for each of its steps.

    Raises:
        InputError: there is no such engine, or the factor is below 1.
    """
    if engine not in ENGINES:
        raise InputError(f"There is no engine {engine!r} to slow down; choose from {', '.join(ENGINES)}.")
    if factor < 1:
        raise InputError(f"A slow engine takes longer, not {factor:g} times as long; give at least 1.")
    match engine:
        case "recognizer":
            return replace(engines, recognizers={lang: _SlowRecognizer(found, factor) for lang, found in engines.recognizers.items()})
        case "language-model":
            return replace(engines, language_model=_SlowModel(engines.language_model, factor))
        case _:
            return replace(engines, voices={lang: _SlowVoice(found, factor) for lang, found in engines.voices.items()})


async def _take_longer(work: Awaitable[T], factor: float) -> T:
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    found = await work
    await asyncio.sleep((factor - 1) * (loop.time() - began_s))
    return found


async def _drawn_out(stream: AsyncGenerator[T, None], factor: float) -> AsyncGenerator[T, None]:
    async with aclosing(stream):
        while (item := await _take_longer(anext(stream, None), factor)) is not None:
            yield item


@dataclass(frozen=True)
class _SlowRecognizer:
    engine: Recognizer
    factor: float

    @property
    def hearing(self) -> Hearing:
        return self.engine.hearing

    async def recognize(self, samples: Samples, *, language: str, known: str = "", times: bool = False, expected: str = "") -> Recognition:
        return await _take_longer(
            self.engine.recognize(samples, language=language, known=known, times=times, expected=expected), self.factor
        )


@dataclass(frozen=True)
class _SlowModel:
    engine: LanguageModel
    factor: float

    @property
    def memory_turns(self) -> int:
        return self.engine.memory_turns

    @property
    def takes_tools(self) -> bool:
        return self.engine.takes_tools

    @property
    def threads(self) -> int:
        return self.engine.threads

    def generate(
        self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = (), most_tokens: int = 200
    ) -> AsyncGenerator[Piece, None]:
        return _drawn_out(self.engine.generate(messages, tools=tools, most_tokens=most_tokens), self.factor)

    async def anticipate(self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = ()) -> float:
        return await _take_longer(self.engine.anticipate(messages, tools=tools), self.factor)

    async def doubt(self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = ()) -> Doubt:
        return await _take_longer(self.engine.doubt(messages, tools=tools), self.factor)

    async def count(self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = ()) -> int:
        return await self.engine.count(messages, tools=tools)

    def translation(self, asked: Translation) -> list[Message]:
        return self.engine.translation(asked)

    def translate(self, asked: Translation, *, most_tokens: int = 200) -> AsyncGenerator[str, None]:
        return _drawn_out(self.engine.translate(asked, most_tokens=most_tokens), self.factor)

    async def limit_threads(self, most: int | None) -> None:
        await self.engine.limit_threads(most)


@dataclass(frozen=True)
class _SlowVoice:
    engine: Voice
    factor: float

    @property
    def sample_rate_hz(self) -> int:
        return self.engine.sample_rate_hz

    def speak(self, text: str, *, rate: float = 1.0) -> AsyncGenerator[Sound, None]:
        return _drawn_out(self.engine.speak(text, rate=rate), self.factor)
