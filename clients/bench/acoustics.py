"""A loudspeaker and a microphone in one room, on the audio clock: what is played is heard again, late, blurred, and on another clock."""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
import soxr

from assistant.audio import CHUNK_SAMPLES, LISTEN_RATE_HZ, Samples, silence
from clients.desktop.varispeed import Varispeed

SOUND_M_S = 343.0
"""The speed of sound."""

_BLOCK = 256
"""Samples that a loudspeaker's driver takes at a time: 16 ms, before they are played."""


@dataclass(frozen=True)
class Place:
    """Where the two stand, and what comes between them."""

    level_db: float
    """How loud the echo is at the microphone, against what the speaker was given."""
    delay_s: float
    """From the speaker's driver to the first of the echo."""
    reverberation_s: float
    """Until an echo is 60 dB lower (RT60)."""
    drift_ppm: float = 0.0
    """How much faster the speaker's clock runs."""
    noise_db: float = -70.0
    """Effective level of the room's own noise, against full scale."""
    seed: int = 0
    """Of the room's measures, and the noise."""


def response(reverberation_s: float, seed: int) -> Samples:
    """Return what a box-shaped room makes of a click: image sources, from the first that arrives on, with a power of 1 in all.

    The walls swallow what Sabine's formula says for the reverberation.
    """
    rng = np.random.default_rng(seed)
    room = rng.uniform((3.5, 3.0, 2.4), (6.5, 5.0, 3.0))
    speaker = rng.uniform(0.2, 0.8, 3) * room
    turn, apart = rng.uniform(0, 2 * np.pi), rng.uniform(0.3, 1.0)
    microphone = np.clip(speaker + apart * np.array([np.cos(turn), np.sin(turn), 0.1]), 0.1, room - 0.1)
    surface = 2 * float(room[0] * room[1] + room[0] * room[2] + room[1] * room[2])
    kept = np.sqrt(max(0.0, 1 - min(0.99, 0.161 * float(np.prod(room)) / (surface * reverberation_s))))
    reach = np.ceil(SOUND_M_S * reverberation_s / (2 * room)).astype(int)
    axes = []
    for side in range(3):
        cells = np.arange(-reach[side], reach[side] + 1)
        straight, turned = 2 * cells * room[side] + speaker[side], 2 * cells * room[side] - speaker[side]
        axes.append((np.concatenate([straight, turned]) - microphone[side], np.concatenate([2 * np.abs(cells), np.abs(2 * cells - 1)])))
    away = np.sqrt(axes[0][0][:, None, None] ** 2 + axes[1][0][:, None] ** 2 + axes[2][0] ** 2)
    gain = kept ** (axes[0][1][:, None, None] + axes[1][1][:, None] + axes[2][1]) / away
    at = np.rint((away - away.min()) / SOUND_M_S * LISTEN_RATE_HZ).astype(int)
    count = round(reverberation_s * LISTEN_RATE_HZ)
    clicks = np.bincount(at[at < count], gain[at < count], count)
    return np.asarray(clicks / np.sqrt(np.sum(clicks**2)), np.float32)


class Acoustics:
    """One such place; each step is 32 ms of the microphone's time."""

    def __init__(self, place: Place) -> None:
        """Begin with silence."""
        self._place, self._rng = place, np.random.default_rng(place.seed)
        self._pace = 1.0 + place.drift_ppm * 1e-6
        taps = response(place.reverberation_s, place.seed) * 10 ** (place.level_db / 20)
        self._size = 1 << (taps.size + 2 * CHUNK_SAMPLES - 1).bit_length()
        self._spectrum, self._tail = np.fft.rfft(taps, self._size), silence(self._size)
        self._queue = silence(0)
        self._air = Varispeed()
        self._ahead = round(place.delay_s * LISTEN_RATE_HZ)  # what was played and is not heard yet
        self._air.write(silence(self._ahead))
        self.level = 1.0
        """How loud the speaker plays."""

    @property
    def waiting_s(self) -> float:
        """What the speaker has still to take."""
        return self._queue.size / LISTEN_RATE_HZ

    def play(self, samples: Samples, rate_hz: int) -> None:
        """Queue samples for the speaker."""
        self._queue = np.concatenate([self._queue, soxr.resample(samples, rate_hz, LISTEN_RATE_HZ)])

    def clear(self) -> None:
        """Play no more of it."""
        self._queue = silence(0)

    def step(self, near: Samples) -> tuple[Samples, Samples]:
        """Return what the speaker took in the next 32 ms, and what the microphone heard with `near`, somebody who speaks into it."""
        parts = []
        while self._air.missing(CHUNK_SAMPLES + self._ahead, self._pace):
            given, self._queue = self._queue[:_BLOCK], self._queue[_BLOCK:]
            parts.append(np.concatenate([given, silence(_BLOCK - given.size)]) * np.float32(self.level))
            self._air.write(self._echo(parts[-1]))
        noise = self._rng.standard_normal(CHUNK_SAMPLES, np.float32) * np.float32(10 ** (self._place.noise_db / 20))
        heard = self._air.read(CHUNK_SAMPLES, self._pace) + noise + near
        return np.concatenate([silence(0), *parts]), np.clip(heard, -1.0, 1.0)

    def _echo(self, block: Samples) -> Samples:
        self._tail += np.fft.irfft(np.fft.rfft(block, self._size) * self._spectrum, self._size).astype(np.float32)
        out, self._tail = self._tail[: block.size], np.concatenate([self._tail[block.size :], silence(block.size)])
        return out


def places(count: int, seed: int) -> list[Place]:
    """Return places of all levels (0 to -30 dB) and delays (0 to 300 ms), in furnished rooms, with clocks that drift."""
    rng = random.Random(seed)
    levels, delays = (0.0, -10.0, -20.0, -30.0), (0.0, 0.05, 0.15, 0.3)
    found = [(level, delay) for level in levels for delay in delays]
    return [
        Place(
            *found[number * 5 % len(found)],
            rng.uniform(0.2, 0.5),
            rng.choice((0.0, 30.0, -30.0, 100.0, -100.0)),
            -70.0,
            rng.getrandbits(30),
        )
        for number in range(count)
    ]
