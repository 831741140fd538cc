"""What the sessions of a load say: recorded conversations, made into messages once, so that saying them costs the bench next to nothing."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import soxr

from assistant.audio import LISTEN_RATE_HZ, Samples, to_pcm16
from assistant.sections import ModelSettings
from clients.bench.room import recording
from clients.bench.utterances import spoken
from clients.desktop.wire import RATE_HZ, append
from models.load import load_voice

FRAME_S = 0.04
"""Of audio in one message, as clients in browsers send it."""

AUDIBLE = 0.02
"""What is louder belongs to a recording's words."""

RECORDED = ("seven-times-eight", "miles")
"""No timer among them: what it says when it is up would answer nobody."""

ASKED = (
    "What time is it?",
    "Tell me a joke.",
    "What is twelve plus thirty?",
    "What day is it today?",
    "How much is nine times twelve?",
    "Convert ten miles to kilometers.",
    "What's the date tomorrow?",
    "How are you?",
)
"""What people ask an assistant, as the starter models know it."""

LEAST_GAP_S, MEAN_GAP_S = 0.5, 2.0
"""Of silence from the end of a reply to the next utterance, in seconds: who has been answered thinks before he asks on, for a time without memory."""


def _message(pcm: bytes) -> str:
    return json.dumps(append(pcm), separators=(",", ":"))


@dataclass(frozen=True)
class Saying:
    """One utterance as messages of `FRAME_S` each, the last word of which ends `ended_s` seconds after its first sample."""

    frames: tuple[str, ...]
    ended_s: float


def saying(samples: Samples) -> Saying:
    """Return 16 kHz samples as an utterance."""
    pcm = soxr.resample(samples, LISTEN_RATE_HZ, RATE_HZ)
    frame = round(FRAME_S * RATE_HZ)
    pcm = np.concatenate([pcm, np.zeros(-pcm.size % frame, np.float32)])
    frames = tuple(_message(to_pcm16(pcm[start : start + frame])) for start in range(0, pcm.size, frame))
    return Saying(frames, float(np.flatnonzero(np.abs(samples) > AUDIBLE)[-1] + 1) / LISTEN_RATE_HZ)


QUIET = _message(bytes(2 * round(FRAME_S * RATE_HZ)))
"""What a microphone hears while nobody speaks."""


async def sayings() -> list[Saying]:
    """Return what is said, in the starter voice and as recorded.

    Raises:
        ModelMissing: the starter voice is not there.
    """
    voice, close = await load_voice("en", ModelSettings())
    try:
        made = [saying(await spoken(text, voice)) for text in ASKED]
    finally:
        await close()
    return [saying(recording(name)) for name in RECORDED] + made


def conversation(known: Sequence[Saying], seed: int) -> Iterator[tuple[float, Saying]]:
    """Yield utterances without end, each with the seconds of silence before it; one after the other, in an order of its own each time."""
    rng = random.Random(seed)
    while True:
        for each in rng.sample(known, len(known)):
            yield LEAST_GAP_S + rng.expovariate(1 / (MEAN_GAP_S - LEAST_GAP_S)), each
