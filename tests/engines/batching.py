"""What the tests of batching share: an engine for many, and what it is asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import aclosing, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from assistant.engines import Message, Piece
from assistant.respond import SYSTEM
from models.batched import Batched
from models.llama import LlamaEngine
from models.starter import STARTER, verified
from models.starter.recipe.conversation import TRANSLATE_PROMPTS
from models.supervised import Supervised

SAID = ["The weather is very nice today.", "I don't know where he lives.", "Where is the train station?", "We eat at seven."]


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


@asynccontextmanager
async def batched(path: Path | None = None, *, parallel: int = 8, context: int = 512) -> AsyncGenerator[tuple[Batched, LlamaEngine], None]:
    path = path or verified(STARTER.language_model)
    worker = Batched(partial(LlamaEngine, path, threads=1, context=context, parallel=parallel), "language model")
    try:
        yield worker, await worker.ready()
    finally:
        await worker.close()


def question(text: str) -> list[Message]:
    return [Message("system", SYSTEM), Message("user", text)]


def english(text: str) -> list[Message]:
    return [Message("system", TRANSLATE_PROMPTS["es"]), Message("user", text)]


async def written(worker: Batched | Supervised, messages: Sequence[Message], most: int = 60) -> list[Piece]:
    async with aclosing(worker.stream("generate", messages, (), most)) as pieces:
        return [piece async for piece in pieces]


async def read(worker: Batched, messages: Sequence[Message]) -> None:
    async with aclosing(worker.stream("anticipate", messages)) as pieces:
        assert len([piece async for piece in pieces]) == 1


def alone(engine: LlamaEngine, messages: Sequence[Message], most: int = 60) -> list[Piece]:
    return [piece for piece in engine.generate(messages, (), most) if piece]
