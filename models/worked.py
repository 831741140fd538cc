"""Engines on workers, as the conversation's contracts see them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from assistant.audio import Samples
from assistant.engines import Hearing, Message, Piece, Recognition, Sound, ToolSpec, Translation
from assistant.route import Doubt
from assistant.urgency import Urgency, urgent
from models.translation import Wording
from models.worker import Working


@dataclass(frozen=True)
class WorkedRecognizer:
    worker: Working
    hearing: Hearing

    async def recognize(self, samples: Samples, *, language: str, known: str = "", times: bool = False, expected: str = "") -> Recognition:
        found: Recognition = await self.worker.call("recognize", samples, known=known, times=times, expected=expected)
        return found


@dataclass(frozen=True)
class WorkedModel:
    worker: Working
    memory_turns: int
    takes_tools: bool
    threads: int
    wording: Wording

    async def generate(
        self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = (), most_tokens: int = 200
    ) -> AsyncGenerator[Piece, None]:
        async with aclosing(self.worker.stream("generate", messages, tools, most_tokens)) as pieces:
            async for piece in pieces:
                if piece:  # otherwise a part of the prompt was computed
                    yield piece

    async def anticipate(self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = ()) -> float:
        with urgent(lambda: Urgency.AHEAD):
            async with aclosing(self.worker.stream("anticipate", messages, tools)) as steps:
                return [float(step) async for step in steps][-1]

    async def doubt(self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = ()) -> Doubt:
        async with aclosing(self.worker.stream("doubt", messages, tools)) as steps:
            found: Doubt = [step async for step in steps][-1]
            return found

    async def count(self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = ()) -> int:
        found: int = await self.worker.call("count", messages, tools)
        return found

    def translation(self, asked: Translation) -> list[Message]:
        return self.wording(asked)

    async def translate(self, asked: Translation, *, most_tokens: int = 200) -> AsyncGenerator[str, None]:
        if asked.terms:
            pieces = self.worker.stream("translate", asked, most_tokens)
        else:
            pieces = self.generate(self.translation(asked), most_tokens=most_tokens)
        async with aclosing(pieces):
            async for piece in pieces:
                if piece and isinstance(piece, str):
                    yield piece

    async def limit_threads(self, most: int | None) -> None:
        await self.worker.call("limit_threads", most)


@dataclass(frozen=True)
class WorkedVoice:
    """A voice; `before` goes before the text in each call."""

    worker: Working
    sample_rate_hz: int
    before: tuple[str, ...] = ()

    def speak(self, text: str, *, rate: float = 1.0) -> AsyncGenerator[Sound, None]:
        return self.worker.stream("speak", *self.before, text, rate)


@dataclass(frozen=True)
class WorkedTurnDetector:
    worker: Working

    async def probability(self, samples: Samples) -> float:
        found: float = await self.worker.call("probability", samples)
        return found
