"""The recognizers: each is loaded, and writes down a recorded question."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import perf_counter

import clients.cli
from clients.doctor.probe import Given, Probe
from clients.doctor.trial import Trial, judged, listens, loaded, milliseconds, tried

RECORDING = "seven-times-eight.wav"
LANGUAGE = "en"
WANTED = "seven times eight"
"""What is said in the recording; in other languages, whatever is written down will do."""


def look(given: Given) -> Sequence[Trial]:
    """Let each write the recording down."""

    async def all_of_them() -> list[Trial]:
        return [await tried(f"recognizer {language}", lambda: _one(language, given)) for language in listens(given.settings)]  # noqa: B023

    return asyncio.run(all_of_them())


async def _one(language: str, given: Given) -> Trial:
    import numpy as np

    from assistant.audio import LISTEN_RATE_HZ
    from models.load import load_recognizer
    from models.media import decoded

    file = str(clients.cli.__path__[0]) + f"/recordings/{RECORDING}"
    samples = np.concatenate(list(decoded(repr(file), file)))
    async with loaded(load_recognizer(language, given.settings.models)) as (recognizer, load_s):
        began_s = perf_counter()
        text = (await recognizer.recognize(samples[: round(recognizer.hearing.window_s * LISTEN_RATE_HZ)], language=language)).text
        work_s = perf_counter() - began_s
    sentence = f"{samples.size / LISTEN_RATE_HZ:.1f} s of speech written down in {milliseconds(work_s)}"
    most_s = given.settings.budget.voice_to_voice_s
    return Trial(f"recognizer {language}", load_s, work_s, sentence, doubt(language, text), REMEDY, most_s)


REMEDY = "See whether this model is for this language, in models.recognizers of the settings."


def doubt(language: str, text: str) -> str:
    """Return what is odd about what was written down."""
    plain = " ".join("".join(letter if letter.isalnum() else " " for letter in text.lower()).split())
    if language != LANGUAGE or WANTED in plain or "7" in plain:
        return ""
    return f"it heard {text!r} where 'What is {WANTED}?' is said" if text else "it heard nothing in a recording of clear speech"


PROBE = Probe("Recognition", 110, look, judged, doing="Loading the recognizers", limit_s=120, light=False)
