"""The linear part of an echo taken away: an adaptive filter that goes on learning a room while somebody speaks into it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.audio import LISTEN_RATE_HZ, Samples, silence

BLOCK_SAMPLES = 128
"""Taken at a time: 8 ms, a quarter of a chunk. Of blocks that do not fill a chunk, the rest would come a chunk later."""

PARTS = 38
"""Blocks that the filter is long: 0.3 s of a room."""

FORGETS = 0.9992
"""How much of the room is the same a block later."""

_FIRST, _FADES = 0.1, 7.5
"""How unsure the filter is of its beginning, as a share of the echo's power, and in how many blocks that falls to a third."""

_SMOOTH = 0.92
"""Of the near end's power, kept from block to block."""

BEFORE_S = 0.008
"""So much of the filter lies before the echo's first arrival."""

WITHIN_S = (0.001, 0.05)
"""Where the arrival may drift to, in the filter, before it is moved, and learns anew."""

_REACH_S = 1.0
"""Of both signals, kept."""

_SILENT, _SILENT_SPECTRA = silence(round(_REACH_S * LISTEN_RATE_HZ)), np.zeros((PARTS, BLOCK_SAMPLES + 1), np.complex128)
"""What all of that is after a rest; never written to, so that a rest, which is most of the time, costs nothing."""

_FAINTEST = 1e-3
"""An echo of less power, as a share of the reference's, is learnt as fast as this one: a filter that expects none never learns."""


class LinearCanceller:
    """A partitioned frequency-domain Kalman filter (Kuech, Mabande and Enzner, 2014): its steps get small by themselves in double talk."""

    def __init__(self, share: float) -> None:
        """Know nothing of the room but how much of the speaker's power comes back, about."""
        bins = BLOCK_SAMPLES + 1
        self._far = np.zeros(2 * BLOCK_SAMPLES)
        self._spectra: NDArray[Any] = _SILENT_SPECTRA  # of the last blocks, the newest first
        self._filter: NDArray[Any] = np.zeros((PARTS, bins), np.complex128)
        self._unsure = np.tile(_FIRST * share * np.exp(-np.arange(PARTS) / _FADES)[:, None], bins)
        self._near = np.zeros(bins)

    def rest(self) -> None:
        """Nothing was played for longer than the filter is."""
        self._far[:] = 0
        self._spectra = _SILENT_SPECTRA

    def push(self, far: Samples, near: Samples) -> Samples:
        """Take one block of the reference and of the microphone, 8 ms each; return the microphone's without the echo."""
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


class PlacedCanceller:
    """Such a filter where the echo arrives: it begins there, and begins anew when the echo comes elsewhere."""

    def __init__(self) -> None:
        self._past = self._heard = _SILENT
        self._filter: LinearCanceller | None = None
        self._behind = 0  # samples from the reference to the filter's beginning
        self.begun = 0
        """How often a filter was begun."""

    def rest(self) -> None:
        """The reference has been silent for as long as it is kept."""
        self._past = self._heard = _SILENT
        if self._filter is not None:
            self._filter.rest()

    def push(self, far: Samples, near: Samples, delay_s: float | None) -> Samples:
        """Return a block of the microphone without what a filter knows of the echo; all of it before the delay is known."""
        self._past = np.concatenate([self._past[far.size :], far])
        self._heard = np.concatenate([self._heard[near.size :], near])
        if delay_s is not None and (self._filter is None or not WITHIN_S[0] <= delay_s - self._behind / LISTEN_RATE_HZ <= WITHIN_S[1]):
            self._behind = max(0, round((delay_s - BEFORE_S) * LISTEN_RATE_HZ))
            self._filter = LinearCanceller(self._share())
            self.begun += 1
        if self._filter is None:
            return near
        end = self._past.size - self._behind
        return self._filter.push(self._past[end - near.size : end], near)

    def _share(self) -> float:
        """Return how much of the reference's power comes back, at most all: of what can have come back by now, or a late echo seems faint for long."""
        heard, played = self._heard[self._behind :], self._past[: self._past.size - self._behind]
        return min(1.0, max(_FAINTEST, float(heard @ heard) / max(float(played @ played), 1e-9)))
