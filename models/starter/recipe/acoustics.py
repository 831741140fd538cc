"""What lies between a speaker and a recognizer: a room, noise, a telephone line, a microphone that is too loud."""

from __future__ import annotations

import random

import numpy as np
import soxr

from assistant.audio import LISTEN_RATE_HZ, Samples
from models.starter.recipe.noises import hiss

LINE_RATE_HZ = 8000
"""A telephone line's."""


def somewhere(sound: Samples, rng: random.Random) -> Samples:
    """Return speech as some microphone would hear it somewhere; of the same length."""
    numbers = np.random.default_rng(rng.getrandbits(32))
    if rng.random() < 0.25:
        sound = in_room(sound, rng.uniform(0.1, 0.5), numbers)
    if rng.random() < 0.7:
        sound = in_noise(sound, rng.uniform(5, 35), numbers)
    if rng.random() < 0.2:
        sound = through_telephone(sound)
    if rng.random() < 0.1:
        sound = clipped(sound, rng.uniform(0.2, 0.8))
    return sound


def in_room(sound: Samples, decay_s: float, numbers: np.random.Generator) -> Samples:
    """Return the sound with echoes that fall by 60 dB in `decay_s`, as loud together as the direct sound or softer: noise that dies away."""
    count = round(decay_s * LISTEN_RATE_HZ)
    echoes = numbers.standard_normal(count) * 10 ** (-3 * np.arange(count) / count)
    echoes *= numbers.uniform(0.2, 1.0) / np.sqrt(np.sum(echoes**2))
    echoes[: LISTEN_RATE_HZ // 500] = 0  # the nearest wall is more than a step away
    echoes[0] = 1
    size = sound.size + count
    heard: Samples = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(echoes, size), size)[: sound.size].astype(np.float32)
    return heard


def in_noise(sound: Samples, snr_db: float, numbers: np.random.Generator) -> Samples:
    """Return the sound in noise that is `snr_db` below its loud parts: the mean power where it is above a hundredth of its peak."""
    loud = sound[np.abs(sound) > 0.01 * np.abs(sound).max()]
    noise = hiss(sound.size, numbers)
    scale = np.sqrt(np.mean(loud**2) / np.mean(noise**2)) * 10 ** (-snr_db / 20)
    heard: Samples = (sound + scale * noise).astype(np.float32)
    return heard


def through_telephone(sound: Samples) -> Samples:
    """Return what is left of the sound below 4 kHz."""
    narrow = soxr.resample(soxr.resample(sound, LISTEN_RATE_HZ, LINE_RATE_HZ), LINE_RATE_HZ, LISTEN_RATE_HZ)
    kept: Samples = narrow[: sound.size].astype(np.float32)
    return kept


def clipped(sound: Samples, at: float) -> Samples:
    """Return the sound cut off at the share `at` of its peak, which stays what it was."""
    peak = float(np.abs(sound).max())
    cut: Samples = (np.clip(sound, -at * peak, at * peak) / at).astype(np.float32)
    return cut
