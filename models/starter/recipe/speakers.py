"""Synthetic speakers: espeak-ng's voice variants and, where installed, flite's voices; some are kept for the test only."""

from __future__ import annotations

import random
import shutil

import numpy as np
import soxr

from assistant.audio import LISTEN_RATE_HZ, Samples, silence
from models.espeak import Espeak, Manner
from models.starter.recipe import flite
from models.starter.recipe.corpus import Lang

HELD_OUT = ("f4", "m6", "Mario", "linda", "steph", "edward2", "boris", "Andy")
VARIANTS = tuple(
    "Alex Alicia Andrea Annie Denis Diogo Gene Gene2 Henrique Hugo Lee Marco Michael Mike adam anika antonio belinda "
    "benjamin caleb david ed edward f1 f2 f3 f5 gustave iven iven2 john klatt klatt2 klatt3 m1 m2 m3 m4 m5 m7 m8 max "
    "michel miguel norbert pablo paul pedro quincy rob robert sandro shelby steph2 travis victor zac".split()
)
ACCENTS: dict[Lang, tuple[str, ...]] = {
    "en": ("en-us",) * 6 + ("en",) * 2 + ("en-gb-x-rp", "en-gb-scotland", "en-029"),
    "es": ("es",) * 3 + ("es-419",) * 4,
}
FLITE = ("slt", "slt", "rms", "kal16")
FLITE_HELD_OUT = ("awb",)


GAP_S = (0.05, 0.6)
"""Of silence between two sentences of somebody who goes on."""


def some_manner(voice: str, rng: random.Random) -> Manner:
    """Return a random pace and pitch in which one of espeak-ng's voices speaks."""
    return Manner(voice, rng.randint(125, 205), rng.randint(25, 75), rng.randint(30, 70))


class Speakers:
    """Speaks sentences in random voices at 16 kHz; the same `rng` gives the same audio."""

    def __init__(self, lang: Lang, held_out: bool = False) -> None:
        self._espeak = Espeak()
        self._lang: Lang = lang
        self._variants = HELD_OUT if held_out else VARIANTS
        self._flite = FLITE_HELD_OUT if held_out else FLITE
        self._has_flite = lang == "en" and shutil.which("flite") is not None

    @property
    def names(self) -> str:
        """Who speaks, for a report."""
        variants = " ".join(self._variants) if len(self._variants) < 10 else len(self._variants)
        flite = f", flite {' '.join(sorted(set(self._flite)))}" if self._has_flite else ", no flite" if self._lang == "en" else ""
        return f"espeak-ng {variants}{flite}"

    def say(self, text: str, rng: random.Random, before: str = "") -> Samples:
        """Return one rendition, trimmed to its sound, with the sentence `before` in front; empty if the synthesiser gives nothing."""
        state = rng.getstate()
        speech = self._say(text, rng)
        if not before:
            return speech
        rng.setstate(state)  # the same voice
        return np.concatenate([self._say(before, rng), silence(round(rng.uniform(*GAP_S) * LISTEN_RATE_HZ)), speech])

    def _say(self, text: str, rng: random.Random) -> Samples:
        if self._has_flite and rng.random() < 0.3:
            samples, rate = self._say_flite(text, rng)
        else:
            samples, rate = self._say_espeak(text, rng)
        return trimmed(samples, rate)

    def begin(self, text: str, rng: random.Random) -> tuple[Samples, str]:
        """Return a rendition that breaks off inside a word, and the words before that one; both empty for a single word."""
        samples, rate = self._say_espeak(text, rng)
        starts = self._espeak.word_starts
        if len(starts) < 2:
            return samples[:0], ""
        broken = rng.randrange(1, len(starts))
        position, start_s = starts[broken]
        next_s = starts[broken + 1][1] if broken + 1 < len(starts) else samples.size / rate
        end_s = start_s + rng.uniform(0.0, 0.6) * max(next_s - start_s, 0.0)
        return trimmed(samples[: round(end_s * rate)], rate), text[:position].strip()

    def _say_espeak(self, text: str, rng: random.Random) -> tuple[Samples, int]:
        accent = rng.choice(ACCENTS[self._lang])
        voice = accent if rng.random() < 0.1 else f"{accent}+{rng.choice(self._variants)}"
        return self._espeak.synthesize(text, some_manner(voice, rng)), self._espeak.sample_rate_hz

    def _say_flite(self, text: str, rng: random.Random) -> tuple[Samples, int]:
        stretch = f"duration_stretch={rng.uniform(0.8, 1.25):.2f}"
        said = flite.say(text, rng.choice(self._flite), "--setf", stretch)
        return said.samples, said.rate_hz


def trimmed(samples: Samples, rate_hz: int) -> Samples:
    """Return the sound at 16 kHz without the silence around it."""
    if samples.size and rate_hz != LISTEN_RATE_HZ:
        samples = soxr.resample(samples, rate_hz, LISTEN_RATE_HZ, quality="MQ")
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    return samples[loud[0] : loud[-1] + 1] if loud.size else samples[:0]
