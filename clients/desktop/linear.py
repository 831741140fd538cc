"""The linear part of an echo taken away: an adaptive filter that goes on learning a room while somebody speaks into it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.audio import Samples

BLOCK_SAMPLES = 160
"""Taken at a time: 10 ms."""

PARTS = 20
"""Blocks that the filter is long: 0.2 s of a room."""

FORGETS = 0.997
"""How much of the room is the same a block later."""

_SMOOTH = 0.8
"""Of the near end's power, kept from block to block."""


class LinearCanceller:
    """A partitioned frequency-domain Kalman filter (Kuech, Mabande and Enzner, 2014): its steps get small by themselves in double talk."""

    def __init__(self, share: float) -> None:
        """Know nothing of the room but how much of the speaker's power comes back, about."""
        bins = BLOCK_SAMPLES + 1
        self._far = np.zeros(2 * BLOCK_SAMPLES)
        self._spectra: NDArray[Any] = np.zeros((PARTS, bins), np.complex128)  # of the last blocks, the newest first
        self._filter: NDArray[Any] = np.zeros((PARTS, bins), np.complex128)
        self._unsure = np.tile(0.3 * share * np.exp(-np.arange(PARTS) / 6.0)[:, None], bins)
        self._near = np.zeros(bins)

    def push(self, far: Samples, near: Samples) -> Samples:
        """Take one block of the reference and of the microphone, 10 ms each; return the microphone's without the echo."""
        self._far = np.concatenate([self._far[BLOCK_SAMPLES:], far])
        self._spectra = np.concatenate([np.fft.rfft(self._far)[None], self._spectra[:-1]])
        echo = np.fft.irfft(np.sum(self._filter * self._spectra, axis=0))[BLOCK_SAMPLES:]
        left = near - echo
        error = np.fft.rfft(np.concatenate([np.zeros(BLOCK_SAMPLES), left]))
        power = np.abs(self._spectra) ** 2
        self._near = _SMOOTH * self._near + (1 - _SMOOTH) * np.abs(error) ** 2
        gain = self._unsure / (0.5 * np.sum(power * self._unsure, axis=0) + self._near + 1e-6)
        step = np.fft.irfft(gain * np.conj(self._spectra) * error, axis=1)
        step[:, BLOCK_SAMPLES:] = 0
        self._filter += np.fft.rfft(step, axis=1)
        self._unsure *= FORGETS**2 * (1 - 0.5 * gain * power)
        self._unsure += (1 - FORGETS**2) * np.abs(self._filter) ** 2
        return np.asarray(left, np.float32)
