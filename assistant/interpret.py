"""Interpreting: what was said in one language, in another. No memory: each utterance stands for itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from assistant.engines import LanguageModel, Translation
from assistant.errors import InputError
from assistant.glossary import Glossary
from assistant.respond import Answer

NOTHING = Glossary()

LANGUAGES = {
    "ar": "Arabic", "cs": "Czech", "de": "German", "en": "English", "es": "Spanish", "fr": "French", "he": "Hebrew", "hi": "Hindi",
    "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "pl": "Polish", "pt": "Portuguese",
    "ru": "Russian", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
"""What can be interpreted by a model that knows it; the starter model knows English and Spanish."""


def check_direction(source: str, target: str) -> None:
    """Make sure that these are two languages.

    Raises:
        InputError: a language that Parley does not interpret, or twice the same.
    """
    for language in (source, target):
        if language not in LANGUAGES:
            raise InputError(f"Parley does not interpret {language!r}; choose from {', '.join(LANGUAGES)}.")
    if source == target:
        raise InputError(f"Both languages are {source!r}; choose two different ones.")


class Interpret:
    """The interpreter as a responder."""

    def __init__(self, model: LanguageModel, source: str, target: str, glossary: Glossary = NOTHING) -> None:
        """Translate from `source` into `target`.

        Raises:
            InputError: the model does not.
        """
        check_direction(source, target)
        self._model, self._source, self._target, self._glossary = model, source, target, glossary
        model.translation(self._asked(""))

    async def respond(self, text: str | None, released: Callable[[], Awaitable[None]]) -> AsyncGenerator[Answer, None]:
        """Yield the translation of `text`; nothing else can be asked for."""
        if text is None:
            return
        async with aclosing(self._model.translate(self._asked(text))) as pieces:
            async for piece in pieces:
                yield piece

    async def anticipate(self, text: str) -> float:
        """Let the model compute the prompt as far as it is known."""
        return await self._model.anticipate(self._model.translation(self._asked(text)))

    def _asked(self, text: str) -> Translation:
        return Translation(text, self._source, self._target, terms=self._glossary.pairs(text, self._source, self._target))

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
