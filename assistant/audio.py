"""Audio as numbers: float32 mono in [-1, 1], and the small classes that cut and keep it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""float32, mono, shape (n,), nominally in [-1, 1]."""

LISTEN_RATE_HZ = 16_000
"""What the detector and the recognizers hear."""

CHUNK_SAMPLES = 512
"""One chunk for the detector: 32 ms at `LISTEN_RATE_HZ`."""

CHUNK_S = CHUNK_SAMPLES / LISTEN_RATE_HZ


def silence(count: int) -> Samples:
    """Return `count` samples of silence."""
    return np.zeros(count, np.float32)


def from_pcm16(data: bytes) -> Samples:
    """Return little-endian 16-bit PCM as samples.

    Raises:
        ValueError: half a sample at the end.
    """
    if len(data) % 2:
        raise ValueError(f"{len(data)} bytes are no whole number of 16-bit samples.")
    return np.frombuffer(data, "<i2").astype(np.float32) / np.float32(32768)


def to_pcm16(samples: Samples) -> bytes:
    """Return samples as little-endian 16-bit PCM; what is beyond [-1, 1] is clipped."""
    return (np.clip(samples, -1.0, 32767 / 32768) * 32768).astype("<i2").tobytes()


class Rechunker:
    """Cuts a stream of arrays of any length into chunks of one length; loses and reorders nothing."""

    def __init__(self, size: int = CHUNK_SAMPLES) -> None:
        if size <= 0:
            raise ValueError(f"A chunk of {size} samples holds nothing; give at least 1.")
        self._size = size
        self._rest: Samples = silence(0)

    def push(self, samples: Samples) -> list[Samples]:
        """Return the whole chunks that are there now; what is left waits for the next push."""
        joined = np.concatenate([self._rest, samples]) if self._rest.size else samples
        whole = joined.size // self._size * self._size
        self._rest = joined[whole:].copy()  # a copy, so that a long input is not kept alive by its last samples
        return [joined[start : start + self._size] for start in range(0, whole, self._size)]

    def fill(self) -> list[Samples]:
        """Return what is left as a last chunk filled up with silence, if anything is left."""
        rest, self._rest = self._rest, silence(0)
        return [np.concatenate([rest, silence(self._size - rest.size)])] if rest.size else []
