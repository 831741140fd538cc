"""Sound without speech, for which the right transcript is empty: hiss, rumble, hum, clicks, chords, silence."""

from __future__ import annotations

import random

import numpy as np

from assistant.audio import LISTEN_RATE_HZ, Samples, silence


def noise(rng: random.Random) -> Samples:
    """Return 0.5..9 s of some sound that nobody says; the same `rng` gives the same sound."""
    count = round(rng.uniform(0.5, 9.0) * LISTEN_RATE_HZ)
    numbers = np.random.default_rng(rng.getrandbits(32))
    make = rng.choice([hiss, hiss, _hum, _clicks, _chords, _silence])
    sound = make(count, numbers)
    sound *= 10 ** rng.uniform(-3, -0.3) / max(float(np.abs(sound).max()), 1e-6)
    return sound.astype(np.float32)


def hiss(count: int, numbers: np.random.Generator) -> Samples:
    """Return noise whose power falls with frequency by 0 (white) to 2 (brown)."""
    spectrum = np.fft.rfft(numbers.standard_normal(count))
    shaped = spectrum / np.maximum(1, np.arange(spectrum.size)) ** (numbers.uniform(0, 2) / 2)
    return np.fft.irfft(shaped, count).astype(np.float32)


def _hum(count: int, numbers: np.random.Generator) -> Samples:
    at_s = np.arange(count) / LISTEN_RATE_HZ
    pitch_hz = numbers.choice([50, 60, numbers.uniform(80, 1200)])
    harmonics = sum(numbers.uniform(0, 1) / k * np.sin(2 * np.pi * k * pitch_hz * at_s) for k in range(1, 6))
    return np.asarray(harmonics + 0.02 * numbers.standard_normal(count), np.float32)


def _clicks(count: int, numbers: np.random.Generator) -> Samples:
    sound = 0.003 * numbers.standard_normal(count)
    for start in numbers.integers(0, count, numbers.integers(1, 12)):
        length = min(count - start, int(numbers.integers(40, 3000)))
        sound[start : start + length] += numbers.standard_normal(length) * np.exp(-np.arange(length) / (length / 5))
    return sound.astype(np.float32)


def _chords(count: int, numbers: np.random.Generator) -> Samples:
    """Notes one after the other, three at a time, each dying away: what music is to a recognizer."""
    sound = np.zeros(count)
    length = int(numbers.uniform(0.15, 0.8) * LISTEN_RATE_HZ)
    at_s = np.arange(length) / LISTEN_RATE_HZ
    for start in range(0, count - length, length):
        for note in numbers.integers(-20, 24, 3):
            pitch_hz = 440 * 2 ** (note / 12)
            tone = sum(np.sin(2 * np.pi * k * pitch_hz * at_s) / k**1.5 for k in range(1, 5))
            sound[start : start + length] += tone * np.exp(-3 * at_s)
    return sound.astype(np.float32)


def _silence(count: int, numbers: np.random.Generator) -> Samples:
    return silence(count) + np.float32(1e-4) * numbers.standard_normal(count).astype(np.float32)
