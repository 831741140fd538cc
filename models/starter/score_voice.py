"""How good a starter voice is: how well a recognizer understands it, beside its teacher, and how fast it speaks."""

from __future__ import annotations

import random
import time
from functools import partial
from pathlib import Path

import numpy as np

from assistant.audio import LISTEN_RATE_HZ, Samples
from models.child import Child
from models.making import piper_voice
from models.starter.measure import Score, error_rate, normalised
from models.starter.recipe import asr_data
from models.starter.recipe.corpus import Lang, sentences
from models.starter.recipe.speakers import trimmed
from models.starter.recipe.voice_teachers import teacher
from models.whisper import WhisperEngine


def intelligibility(path: Path, lang: Lang, recognizer: Path, n: int, seed: int) -> list[Score]:
    """Score the voice at `path` on `n` test sentences, heard by the recognizer in the folder `recognizer`, both on one thread.

    Raises:
        EngineUnavailable: a model or the teacher is not there.
        InputError: jiwer is not installed.
    """
    listener, taught = WhisperEngine(recognizer, lang, threads=1), teacher(lang)
    texts = sentences("test", lang)
    random.Random(seed).shuffle(texts)
    said = [normalised(text) for text in texts[:n]]
    voice = Child(partial(piper_voice, path, 1), "voice")
    try:
        spoken, took_s = _spoken(voice, texts[:n])
    finally:
        voice.close()
    by_teacher = [taught.say(text).samples for text in texts[:n]]

    def heard(samples: Samples) -> str:
        sound = trimmed(samples, LISTEN_RATE_HZ)[: round((asr_data.MOST_SECONDS - 1) * LISTEN_RATE_HZ)]
        return normalised(listener.recognize(asr_data.place(sound, random.Random(seed), clean=True)).text)

    how = f"Tatoeba test, heard by {recognizer.name}"
    audio_s = sum(samples.size for samples in spoken) / LISTEN_RATE_HZ
    return [
        error_rate(f"voice-{lang} CER %", said, [heard(samples) for samples in spoken], how, "characters"),
        error_rate(f"voice-{lang} CER %, its teacher", said, [heard(samples) for samples in by_teacher], how, "characters"),
        Score(f"voice-{lang} real-time factor", took_s / audio_s, n, f"one thread, {audio_s:.0f} s of audio"),
    ]


def _spoken(voice: Child, texts: list[str]) -> tuple[list[Samples], float]:
    """Return what the voice says, and how long it took in seconds."""
    list(voice.stream("speak", texts[0]))  # the first phrase also sets up the runtime
    began = time.perf_counter()
    spoken = [np.concatenate([sound.samples for sound in voice.stream("speak", text)]) for text in texts]
    return spoken, time.perf_counter() - began
