"""What people say and what else is heard while a reply is spoken: interruptions, backchannels and noises, each in light noise."""

from __future__ import annotations

import io
import random
import shutil
import subprocess
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import soxr
from numpy.typing import NDArray

from assistant.audio import LISTEN_RATE_HZ, Samples, silence
from models.espeak import Espeak, Manner
from models.starter.recipe import noises, requests
from models.starter.recipe.corpus import sentences
from models.starter.recipe.hearing import punctuate
from models.starter.recipe.speakers import ACCENTS, FLITE, FLITE_HELD_OUT, HELD_OUT, VARIANTS

Half: TypeAlias = Literal["tuning", "report"]
"""The voices that the rules were made with, and those that figures are reported for."""

COMMANDS = (
    "stop", "stop it", "stop, please", "okay, stop", "wait", "wait a minute", "wait, wait", "no", "no, no", "no, wait", "no, I meant tomorrow",
    "no, not that one", "hold on", "hang on a second", "cancel", "cancel that", "never mind", "forget it", "excuse me", "sorry, what?", "what?",
    "that's enough", "be quiet", "one moment", "that's wrong", "actually, make it seven", "yes, but not today", "okay, what about Friday?",
    "skip it", "louder", "go back", "say that again", "not now", "too fast", "next one", "hello?", "right, set a timer", "I see, and then?",
)  # fmt: skip

BACKCHANNELS = (
    "mhm", "mm-hmm", "mm", "hm", "uh-huh", "yeah", "yeah, yeah", "yes", "yep", "right", "ok", "okay", "oh", "ah", "aha", "I see", "sure", "got it",
    "all right", "okay, right", "oh, I see", "oh, really?", "wow", "great", "cool", "of course", "ha ha ha",
)  # fmt: skip

LEAD_S = 1.0
"""Noise in front of each sound: a detector settles in less."""

SNR_DB = (15.0, 30.0)
PEAK_DB = (-20.0, -2.0)


@dataclass(frozen=True)
class Interjection:
    """One sound; seconds count from the start of `samples` (16 kHz), in which noise goes on before and behind it."""

    kind: str
    """What sort of thing it is, for a report."""
    text: str
    """The words, or the name of the noise."""
    samples: Samples
    onset_s: float
    end_s: float
    interrupts: bool
    """Whether it should stop a reply."""


def interjections(half: Half, each: int, seed: int) -> Iterator[Interjection]:
    """Yield `each` interruptions and as many backchannels and noises, in turn; the same seed gives the same ones in a new process.

    espeak-ng carries a little of what it spoke before into what it speaks next.
    """
    rng, mouth = random.Random(f"{half} {seed}"), _Mouth(half)
    asked = sentences("test", "en")[half == "report" :: 2]
    for number in range(each):
        kind, text = _interruption(number, asked, rng)
        yield _in_noise(kind, text, mouth.say(text, rng), rng, interrupts=True)
        if number % 2:
            name = rng.choice(sorted(NOISES))
            yield _in_noise("noise", name, NOISES[name](np.random.default_rng(rng.getrandbits(32))), rng, interrupts=False)
        else:
            text = rng.choice(BACKCHANNELS)
            yield _in_noise("backchannel", text, mouth.say(text, rng), rng, interrupts=False)


def _interruption(number: int, asked: list[str], rng: random.Random) -> tuple[str, str]:
    if number % 3 == 0:
        return "command", rng.choice(COMMANDS)
    if number % 3 == 1:
        return "sentence", rng.choice(asked)
    intent = rng.choices(requests.INTENTS, [intent.weight for intent in requests.INTENTS])[0]
    return "request", punctuate(requests.expand(rng.choice(intent.unseen), intent.fill(rng).slots, rng))


class _Mouth:
    """Half of the synthetic voices; those that the recognizer never learned from are in both halves."""

    def __init__(self, half: Half) -> None:
        self._espeak = Espeak()
        part = slice(half == "report", None, 2)
        self._variants = (*VARIANTS, *HELD_OUT)[part]
        self._flite = sorted({*FLITE, *FLITE_HELD_OUT})[part] if shutil.which("flite") else []

    def say(self, text: str, rng: random.Random) -> Samples:
        """Return a rendition at 16 kHz without silence around it."""
        while True:
            if self._flite and rng.random() < 0.2:
                samples, rate_hz = self._say_flite(text, rng)
            else:
                voice = f"{rng.choice(ACCENTS['en'])}+{rng.choice(self._variants)}"
                manner = Manner(voice, rng.randint(125, 205), rng.randint(25, 75), rng.randint(30, 70))
                samples, rate_hz = self._espeak.synthesize(text, manner), self._espeak.sample_rate_hz
            samples = soxr.resample(samples, rate_hz, LISTEN_RATE_HZ) if samples.size else samples
            loud = np.flatnonzero(np.abs(samples) > 0.01)
            if loud.size:  # some variants are all but mute
                return samples[loud[0] : loud[-1] + 1]

    def _say_flite(self, text: str, rng: random.Random) -> tuple[Samples, int]:
        stretch = f"duration_stretch={rng.uniform(0.8, 1.25):.2f}"
        command = ["flite", "-voice", rng.choice(self._flite), "--setf", stretch, "-t", text, "-o", "/dev/stdout"]
        spoken = subprocess.run(command, check=True, capture_output=True).stdout
        with wave.open(io.BytesIO(spoken)) as file:
            return np.frombuffer(spoken[44:], np.int16).astype(np.float32) / np.float32(32768), file.getframerate()


def _in_noise(kind: str, text: str, sound: Samples, rng: random.Random, *, interrupts: bool) -> Interjection:
    sound = sound * (10 ** (rng.uniform(*PEAK_DB) / 20) / max(float(np.abs(sound).max()), 1e-6))
    lead = silence(round(LEAD_S * LISTEN_RATE_HZ))
    placed = np.concatenate([lead, sound, lead])
    noise = np.random.default_rng(rng.getrandbits(32)).standard_normal(placed.size, np.float32)
    noise *= np.sqrt(np.mean(sound**2)) * 10 ** (-rng.uniform(*SNR_DB) / 20)
    return Interjection(kind, text, (placed + noise).astype(np.float32), LEAD_S, LEAD_S + sound.size / LISTEN_RATE_HZ, interrupts)


# --- noises: what a microphone hears of a person and a room --------------------------------------------------------


def _samples(sound: NDArray[Any]) -> Samples:
    return np.asarray(sound, np.float32)


def _band(numbers: np.random.Generator, count: int, low_hz: float, high_hz: float) -> Samples:
    """Return noise between two frequencies, its edges soft, at an effective level of 1."""
    spectrum = np.fft.rfft(numbers.standard_normal(count))
    at_hz = np.fft.rfftfreq(count, 1 / LISTEN_RATE_HZ)
    shaped = spectrum / (1 + (low_hz / np.maximum(at_hz, 1)) ** 4) / (1 + (at_hz / high_hz) ** 4)
    sound = np.fft.irfft(shaped, count)
    return _samples(sound / max(float(np.sqrt(np.mean(sound**2))), 1e-9))


def _time(seconds: float) -> Samples:
    return _samples(np.arange(round(seconds * LISTEN_RATE_HZ)) / LISTEN_RATE_HZ)


def _voiced(numbers: np.random.Generator, at_s: Samples, pitch_hz: float, tilt: float) -> Samples:
    """Return a buzz whose pitch wavers, its harmonics falling with the power `tilt`: a throat without words."""
    waver = 1 + 0.03 * np.sin(2 * np.pi * numbers.uniform(3, 6) * at_s) + numbers.uniform(-0.15, 0.1) * at_s
    phase = 2 * np.pi * np.cumsum(pitch_hz * waver) / LISTEN_RATE_HZ
    return _samples(np.sum([np.sin(k * phase) / k**tilt for k in range(1, int(3500 / pitch_hz))], axis=0))


def _series(numbers: np.random.Generator, count: int, every_s: tuple[float, float], one: Callable[[], Samples]) -> Samples:
    """Return `count` sounds, each beginning a while after the one before."""
    starts = np.cumsum([0.0, *numbers.uniform(*every_s, count - 1)])
    parts = [one() for _ in starts]
    sound = silence(round(starts[-1] * LISTEN_RATE_HZ) + max(part.size for part in parts))
    for start_s, part in zip(starts, parts, strict=True):
        start = round(start_s * LISTEN_RATE_HZ)
        sound[start : start + part.size] += part
    return sound


def _laughter(numbers: np.random.Generator) -> Samples:
    pitch_hz = numbers.uniform(140, 380)

    def ha() -> Samples:
        at_s = _time(numbers.uniform(0.12, 0.2))
        sound = _voiced(numbers, at_s, pitch_hz * numbers.uniform(0.9, 1.1), 1.0) + 0.8 * _band(numbers, at_s.size, 700, 3500)
        return _samples(np.sin(np.pi * at_s / at_s[-1]) ** 2 * sound)

    return _series(numbers, int(numbers.integers(3, 8)), (0.18, 0.28), ha)


def _cough(numbers: np.random.Generator) -> Samples:
    low_hz, high_hz = numbers.uniform(300, 700), numbers.uniform(1800, 4000)

    def one() -> Samples:
        at_s = _time(numbers.uniform(0.18, 0.35))
        burst = _band(numbers, at_s.size, low_hz, high_hz) * np.exp(-at_s / numbers.uniform(0.03, 0.08))
        voice = 0.3 * _voiced(numbers, at_s, numbers.uniform(90, 200), 0.8) * np.exp(-(((at_s - 0.1) / 0.06) ** 2))
        return _samples(burst + voice)

    return _series(numbers, int(numbers.integers(1, 4)), (0.3, 0.5), one)


def _throat(numbers: np.random.Generator) -> Samples:
    def one() -> Samples:
        at_s = _time(numbers.uniform(0.15, 0.4))
        rattle = 0.5 + 0.5 * np.sin(2 * np.pi * numbers.uniform(20, 35) * at_s)
        return _samples(_band(numbers, at_s.size, 200, 1500) * rattle * np.sin(np.pi * at_s / at_s[-1]))

    return _series(numbers, int(numbers.integers(1, 3)), (0.3, 0.6), one)


def _breath(numbers: np.random.Generator) -> Samples:
    at_s = _time(numbers.uniform(0.4, 1.5))
    return _samples(_band(numbers, at_s.size, 500, numbers.uniform(2000, 6000)) * np.sin(np.pi * at_s / at_s[-1]) ** 2)


def _humming(numbers: np.random.Generator) -> Samples:
    at_s = _time(numbers.uniform(0.4, 1.2))
    edges = np.minimum(1, np.minimum(at_s, at_s[-1] - at_s) / 0.05)
    return _samples(_voiced(numbers, at_s, numbers.uniform(100, 300), 2.5) * edges)


def _click(numbers: np.random.Generator) -> Samples:
    def one() -> Samples:
        at_s = _time(0.03)
        return _samples(_band(numbers, at_s.size, 1000, 7000) * np.exp(-at_s / numbers.uniform(0.001, 0.005)))

    return _series(numbers, int(numbers.integers(1, 4)), (0.05, 0.5), one)


def _keyboard(numbers: np.random.Generator) -> Samples:
    def key() -> Samples:
        at_s = _time(0.05)
        level = numbers.uniform(0.4, 1)
        return _samples(level * _band(numbers, at_s.size, 600, 6000) * np.exp(-at_s / numbers.uniform(0.004, 0.012)))

    return _series(numbers, int(numbers.integers(4, 16)), (0.06, 0.25), key)


def _door(numbers: np.random.Generator) -> Samples:
    at_s = _time(numbers.uniform(0.3, 0.6))
    thump = np.sin(2 * np.pi * numbers.uniform(50, 130) * at_s) * np.exp(-at_s / 0.08)
    return _samples(thump + 0.5 * _band(numbers, at_s.size, 80, 1500) * np.exp(-at_s / numbers.uniform(0.02, 0.06)))


def _other(numbers: np.random.Generator) -> Samples:
    """Return up to 3 s of what the recognizer was taught to be no speech: hiss, hum, clicks, chords."""
    return noises.noise(random.Random(int(numbers.integers(2**32))))[: 3 * LISTEN_RATE_HZ]


NOISES: dict[str, Callable[[np.random.Generator], Samples]] = {
    "laughter": _laughter, "cough": _cough, "throat": _throat, "breath": _breath, "humming": _humming,
    "click": _click, "keyboard": _keyboard, "door": _door, "other": _other,
}  # fmt: skip
