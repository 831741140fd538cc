"""Utterances of several sentences, spoken by the project's voices, with what each should be in the other language."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

import numpy as np

from assistant.audio import LISTEN_RATE_HZ, Samples, silence
from assistant.engines import Voice
from models.starter.recipe.corpus import Lang, pairs
from models.starter.recipe.speakers import trimmed

DIRECTIONS: tuple[tuple[Lang, Lang], ...] = (("en", "es"), ("es", "en"))

LEAST_S, MOST_S = 5.0, 10.0
GAP_S = (0.1, 0.5)
"""Of silence between two sentences."""

LEAST_WORDS = 3


@dataclass(frozen=True)
class Utterance:
    """What is said, from its first sample to its last, and its translation."""

    text: str
    reference: str
    samples: Samples


def unseen_pairs(source: Lang) -> list[tuple[str, str]]:
    """Return the sentences of the test split in the language `source`, each with its translation into the other one."""
    return [pair if source == "en" else pair[::-1] for pair in pairs("test")]


async def utterances(language: Lang, voice: Voice, n: int, seed: int) -> AsyncGenerator[Utterance, None]:
    """Yield `n` utterances of test sentences, each 5 to 10 s long."""
    rng = random.Random(seed)
    translated = dict(unseen_pairs(language))
    chosen = [pair for pair in translated.items() if len(pair[0].split()) >= LEAST_WORDS]
    rng.shuffle(chosen)
    given, made = iter(chosen), 0
    while made < n:
        texts, parts = list[tuple[str, str]](), list[Samples]()
        while sum(part.size for part in parts) < LEAST_S * LISTEN_RATE_HZ:
            texts.append(pair := next(given))
            if parts:
                parts.append(silence(round(rng.uniform(*GAP_S) * LISTEN_RATE_HZ)))
            parts.append(await spoken(pair[0], voice))
        samples = np.concatenate(parts)
        if samples.size <= MOST_S * LISTEN_RATE_HZ:
            made += 1
            yield Utterance(" ".join(text for text, _ in texts), " ".join(text for _, text in texts), samples)


async def spoken(text: str, voice: Voice) -> Samples:
    """Return the text as 16 kHz samples, without silence around it."""
    async with aclosing(voice.speak(text)) as sounds:
        return trimmed(np.concatenate([sound.samples async for sound in sounds]), voice.sample_rate_hz)
