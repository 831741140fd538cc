"""What answers an utterance: `Chat`, the assistant with its tools. (`Interpret` is the other one.)"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Protocol, TypeAlias

from assistant.engines import LanguageModel, Message, Piece, ToolCall
from assistant.engines import Used as Used
from assistant.errors import PromptTooLong
from assistant.history import History
from assistant.routed import Answered, Chosen, Router
from assistant.tools import Toolbox

SYSTEM = "You are Parley, a voice assistant."
"""The starter model was trained under this line; other models read it as what it says."""


Answer: TypeAlias = "Piece | Chosen"
"""A piece of a reply; a `ToolCall` is one that somebody else carries out."""


class Responder(Protocol):
    """Turns a final transcript into the pieces of a reply, and keeps what it needs to remember."""

    def respond(self, text: str | None, released: Callable[[], Awaitable[None]]) -> AsyncGenerator[Answer, None]:
        """Yield the answer to `text`, or to what the history ends with; wait for `released` before anything that has an effect."""
        ...

    async def anticipate(self, text: str) -> float:
        """Get ready to answer a text that is still being said; return how likely it is complete, in [0, 1].

        Raises:
            EngineError: the model failed.
        """
        ...

    def remember(self, turns: int | None) -> None:
        """Take at most so many earlier turns into account; None for all that the model likes."""
        ...

    def said(self, text: str) -> None:
        """Remember what the user said: the utterance is over."""
        ...

    def answered(self, text: str) -> None:
        """Remember the whole reply."""
        ...

    def heard(self, text: str) -> None:
        """Remember that the reply was cut: only `text` of it was heard. It is one that was `answered`, or the rest was never written."""
        ...

    def due(self) -> Sequence[str]:
        """Return what is to be said unasked since the last call, such as that a timer is up."""
        ...


class Chat:
    """The assistant: a language model with tools and a memory of the conversation."""

    def __init__(self, model: LanguageModel, tools: Toolbox, *, system: str = SYSTEM, router: Router | None = None) -> None:
        """Answer with `model`; with a `router`, with whom that chooses."""
        self._model, self._tools, self._system, self._router = model, tools, system, router
        self._history = History(model.memory_turns)
        self._shown: int | None = None

    async def respond(self, text: str | None, released: Callable[[], Awaitable[None]]) -> AsyncGenerator[Answer, None]:
        """Yield the model's words; a tool call is carried out and its sentence yielded in its place."""
        async with aclosing(self._fitting(text, released)) as pieces:
            async for piece in pieces:
                if isinstance(piece, ToolCall):
                    if self._tools.has_effects(piece.name):
                        await released()
                    yield Used(piece.name, piece.arguments, self._tools.call(piece.name, piece.arguments).text)
                else:
                    yield piece

    async def _fitting(self, text: str | None, released: Callable[[], Awaitable[None]]) -> AsyncGenerator[Answered, None]:
        """Yield the model's pieces; while the conversation is too long for it, forget the beginning."""
        while True:
            try:
                messages = self._history.messages(self._system, text, self._shown)
                async with aclosing(self._answer(messages, released)) as pieces:
                    async for piece in pieces:
                        yield piece
            except PromptTooLong:
                if not self._history.forget():
                    raise
            else:
                return

    def _answer(self, messages: Sequence[Message], released: Callable[[], Awaitable[None]]) -> AsyncGenerator[Answered, None]:
        if self._router is None:
            return self._model.generate(messages, tools=self._tools.specs)
        return self._router.answer(self._model, messages, self._tools.specs, released)

    async def anticipate(self, text: str) -> float:
        """Let the model compute the prompt as far as it is known."""
        return await self._model.anticipate(self._history.messages(self._system, text, self._shown), tools=self._tools.specs)

    def remember(self, turns: int | None) -> None:
        self._shown = turns

    def said(self, text: str) -> None:
        self._history.user(text)

    def answered(self, text: str) -> None:
        self._history.assistant(text)
        self._tools.spoke(text)

    def heard(self, text: str) -> None:
        if not self._history.answered:
            self._tools.spoke(text)  # all there is to repeat; who did not hear a reply out is told the whole of it
        self._history.heard(text)

    def due(self) -> Sequence[str]:
        due = self._tools.due()
        for text in due:
            self._tools.spoke(text)
        return due
