"""Engines and a way to a large model, equipped with a pack: what is expected, what is known, and how its words sound."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from assistant.engines import Engines, Message, Piece, Sound, ToolSpec, Used, Voice
from assistant.glossary import Glossary, whole_words
from assistant.informed import KNOWLEDGE, Asked, Informed
from assistant.pack import Pack
from assistant.primed import primed
from assistant.redaction import Redaction
from assistant.routed import LargeModel, Router
from assistant.settings import Settings


@dataclass(frozen=True)
class Pronounced:
    """A `Voice` that reads terms as a glossary spells them for it."""

    voice: Voice
    glossary: Glossary
    language: str

    @property
    def sample_rate_hz(self) -> int:
        return self.voice.sample_rate_hz

    async def speak(self, text: str, *, rate: float = 1.0) -> AsyncGenerator[Sound, None]:
        """Yield the sounds of a phrase; where it is spelled otherwise, nothing is known of its words."""
        spelled = self.glossary.respelled(text, self.language)
        async with aclosing(self.voice.speak(spelled, rate=rate)) as sounds:
            async for sound in sounds:
                yield sound if spelled == text else Sound(sound.samples)


@dataclass(frozen=True)
class InformedLarge:
    """A `LargeModel`."""

    large: LargeModel
    asked: Asked

    @property
    def reachable(self) -> bool:
        return self.large.reachable

    @property
    def first_s(self) -> float | None:
        return self.large.first_s

    def most_usd(self, messages: Sequence[Message], tools: Sequence[ToolSpec]) -> float | None:
        return self.large.most_usd(self.asked.messages(messages), self.asked.tools(tools))

    def left_usd(self, session: str) -> float:
        return self.large.left_usd(session)

    async def answer(
        self, messages: Sequence[Message], *, tools: Sequence[ToolSpec], session: str, redaction: Redaction, told: Callable[[str], None]
    ) -> AsyncGenerator[Piece, None]:
        """Yield an answer made with the passage, if there is one; it is told once the first word is there."""
        hit, begun = self.asked.passage(messages), False
        shown, tools = self.asked.messages(messages), self.asked.tools(tools)
        async with aclosing(self.large.answer(shown, tools=tools, session=session, redaction=redaction, told=told)) as pieces:
            async for piece in pieces:
                if hit is not None and not begun and isinstance(piece, str):
                    yield Used(KNOWLEDGE, {"passage": hit.passage.name}, "")
                begun = True
                yield piece


def voiced(settings: Settings, pack: Pack | None) -> Settings:
    """Return the settings with a pack's voices for the languages in which they name none."""
    if pack is None or not pack.voices:
        return settings
    models = settings.models.model_copy(update={"voices": {**pack.voices, **settings.models.voices}})
    return settings.model_copy(update={"models": models})


def equipped(engines: Engines, pack: Pack | None) -> Engines:
    """Return the engines with what a pack knows; the same without one."""
    if pack is None:
        return engines
    heard = primed(engines, pack.glossary, pack.phrases)
    voices: dict[str, Voice] = {language: Pronounced(voice, pack.glossary, language) for language, voice in engines.voices.items()}
    return replace(heard, language_model=Informed(engines.language_model, Asked(pack)), voices=voices)


def directed(router: Callable[[str], Router | None], pack: Pack | None) -> Callable[[str], Router | None]:
    """Return what gives a conversation its way to a large model, which is told what the pack knows and asked for its words."""
    if pack is None:
        return router
    wanted = whole_words(pack.words).search if pack.words else lambda _: None

    def routed(name: str) -> Router | None:
        given = router(name)
        if given is None:
            return None
        before = given.wanted
        return replace(given, large=InformedLarge(given.large, Asked(pack)), wanted=lambda text: before(text) or wanted(text) is not None)

    return routed
