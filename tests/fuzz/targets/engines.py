"""Engines that take any sound and any text, and answer at once."""

from __future__ import annotations

import asyncio

from assistant.audio import Samples
from assistant.engines import Engines, Recognition
from models.scripted import HEARING, ScriptedDetector, ScriptedModel, ScriptedVoice


class Recognizer:
    """Hears the same word in everything."""

    hearing = HEARING

    async def recognize(self, samples: Samples, *, language: str, known: str = "", times: bool = False, expected: str = "") -> Recognition:
        await asyncio.sleep(0)
        return Recognition("Hello.", language)


def engines() -> Engines:
    """Return them; they hear English and Spanish."""
    voice = ScriptedVoice(first_s=0, character_s=0.001)
    model = ScriptedModel(lambda _: ("Yes, ", "of course."), first_s=0, token_s=0)
    return Engines(ScriptedDetector, {"en": Recognizer(), "es": Recognizer()}, model, {"en": voice, "es": voice})
