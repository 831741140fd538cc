"""The voices: each is loaded, and says a few words; nothing is played."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from time import perf_counter

from clients.doctor.probe import Given, Probe
from clients.doctor.trial import Trial, judged, loaded, milliseconds, speaks, tried

TEXTS = {"es": "Hola, ¿dónde está la estación?"}
TEXT = "Hello, this is a test."

SILENT = 0.01
"""A voice that stays below this cannot be heard."""

REMEDY = "Take another voice: models.voices in the settings."


def look(given: Given) -> Sequence[Trial]:
    """Let each speak."""

    async def all_of_them() -> list[Trial]:
        return [await tried(f"voice {language}", lambda: _one(language, given)) for language in speaks(given.settings)]  # noqa: B023

    return asyncio.run(all_of_them())


async def _one(language: str, given: Given) -> Trial:
    from models.load import load_voice

    async with loaded(load_voice(language, given.settings.models)) as (voice, load_s):
        began_s, first_s, count, peak = perf_counter(), 0.0, 0, 0.0
        async with aclosing(voice.speak(TEXTS.get(language, TEXT))) as sounds:
            async for sound in sounds:
                first_s = first_s or perf_counter() - began_s
                count += sound.samples.size
                peak = max(peak, float(abs(sound.samples).max(initial=0)))
        rate_hz = voice.sample_rate_hz
    sentence = f"{count / rate_hz:.1f} s of speech at {rate_hz} Hz, the first sound after {milliseconds(first_s)}"
    return Trial(f"voice {language}", load_s, first_s, sentence, doubt(count, peak), REMEDY, given.settings.budget.voice_to_voice_s)


def doubt(samples: int, peak: float) -> str:
    """Return what is odd about the sound."""
    if not samples:
        return "it said nothing"
    return "" if peak > SILENT else f"it cannot be heard, its loudest sample being {peak:.3f}"


PROBE = Probe("Voices", 130, look, judged, doing="Loading the voices", limit_s=120, light=False)
