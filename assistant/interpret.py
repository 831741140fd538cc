"""Interpreting: what was said in one language, in another. No memory: each utterance stands for itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from assistant.engines import LanguageModel, Message, ToolCall
from assistant.errors import InputError
from assistant.respond import Answer

LANGUAGES = {"en": "English", "es": "Spanish"}


def instruction(source: str, target: str) -> str:
    """Return the system line for a direction.

    Raises:
        InputError: a language that Parley does not interpret, or twice the same.
    """
    for language in (source, target):
        if language not in LANGUAGES:
            raise InputError(f"Parley does not interpret {language!r}; choose from {', '.join(LANGUAGES)}.")
    if source == target:
        raise InputError(f"Both languages are {source!r}; choose two different ones.")
    return f"Translate {LANGUAGES[source]} to {LANGUAGES[target]}."


class Interpret:
    """The interpreter as a responder."""

    def __init__(self, model: LanguageModel, source: str, target: str) -> None:
        self._model, self._system = model, instruction(source, target)

    async def respond(self, text: str | None, released: Callable[[], Awaitable[None]]) -> AsyncGenerator[Answer, None]:
        """Yield the translation of `text`; nothing else can be asked for."""
        if text is None:
            return
        async with aclosing(self._model.generate(self._messages(text))) as pieces:
            async for piece in pieces:
                if not isinstance(piece, ToolCall):
                    yield piece

    async def anticipate(self, text: str) -> float:
        """Let the model compute the prompt as far as it is known."""
        return await self._model.anticipate(self._messages(text))

    def _messages(self, text: str) -> tuple[Message, ...]:
        return Message("system", self._system), Message("user", text)

    def remember(self, turns: int | None) -> None:
        """Keep nothing."""

    def said(self, text: str) -> None:
        """Keep nothing."""

    def answered(self, text: str) -> None:
        """Keep nothing."""

    def heard(self, text: str) -> None:
        """Keep nothing."""

    def due(self) -> tuple[str, ...]:
        """Say nothing unasked."""
        return ()
