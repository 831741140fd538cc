"""What a filter leaves of an echo, taken out by frequency; and whether somebody speaks into it, which is let through."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.audio import LISTEN_RATE_HZ, Samples, silence
from clients.desktop.linear import BLOCK_SAMPLES

_WINDOW = np.sqrt(np.hanning(2 * BLOCK_SAMPLES + 1)[:-1])

_VOICE_HZ = (200, 5000)
"""Where a voice is looked for."""

ROOM = 0.8
"""Of the echo's power by frequency, what is still heard a block later: -60 dB in half a second."""

FIRST_DB, STEP_DB = -10.0, 0.08
"""What is left of an echo, at first, and how fast that is learnt, a block. It is the middle value that is followed, which speech does not move."""

ABOVE_DB = 6.0
"""So much more than the usual may be left."""

TAKEN_DB = 4.5
"""So much more than the usual is taken away."""

LOUD_DB = 15.0
"""No more counts, of one frequency: one is not a voice."""

UNLEARNT_DB = 6.0
"""Mean of what stands out by which somebody speaks for sure, so that nothing is learnt of the echo."""

SPEAKS_DB, SPEAKS_BLOCKS, SPEAKS_ON_BLOCKS = 3.5, 4, 38
"""Mean of what stands out, over a voice's frequencies, by which somebody speaks; how many blocks it must, and how long that is then believed.
Measured in 16 rooms with the echo at 0 to -30 dB: within 50 ms after the onset in the middle; without anybody, in the loudest rooms 6 % of the time."""

CLOSED, LEAST = 0.03, 0.1
"""What is let through of a block while nobody speaks, and of a frequency that is all echo while somebody does."""

OPENS, CLOSES = 1.0, 0.16
"""Of the way, a block."""

_SMOOTH = 0.66
"""Of what is left, by frequency, kept from block to block."""

_NOISE_RISES, _QUIETER = 1.0016, 4.0
"""The noise floor follows the least; it rises by so much a block, and what is not so much louder than it is noise."""

_ASLEEP_BLOCKS = 12
"""Between two looks at the noise floor while nothing is played."""


class Suppressor:
    """Takes blocks of 8 ms, and gives each a block later. What is left of an echo is expected from the echo, and from what was left before."""

    def __init__(self) -> None:
        bins = BLOCK_SAMPLES + 1
        self._before, self._echo_before = silence(BLOCK_SAMPLES), silence(BLOCK_SAMPLES)
        self._tail: NDArray[Any] = np.zeros(BLOCK_SAMPLES)
        self._echo: NDArray[Any] = np.zeros(bins)
        self._left: NDArray[Any] = np.zeros(bins)
        self._usual_db = np.full(bins, FIRST_DB)
        self._noise = np.full(bins, 1e-3)
        at_hz = np.arange(bins) * LISTEN_RATE_HZ / (2 * BLOCK_SAMPLES)
        self._voice = slice(*np.searchsorted(at_hz, _VOICE_HZ))
        self._run = self._hold = self._asleep = 0
        self._open = 0.0

    @property
    def speaks(self) -> bool:
        """Whether somebody speaks, beside the speaker."""
        return self._hold > 0

    def push(self, left: Samples, echo: Samples) -> Samples:
        """Take a block that a filter left, and what it took away; return the block before, without the rest of the echo."""
        spectrum = np.fft.rfft(np.concatenate([self._before, left]) * _WINDOW)
        taken = np.fft.rfft(np.concatenate([self._echo_before, echo]) * _WINDOW)
        power = np.abs(spectrum) ** 2
        self._echo = ROOM * self._echo + np.abs(taken) ** 2
        self._left = _SMOOTH * self._left + (1 - _SMOOTH) * power
        self._noise = np.minimum(self._noise * _NOISE_RISES, np.maximum(self._left, 1e-6))
        usual = self._echo * 10 ** (self._usual_db / 10)
        expected = usual * 10 ** (ABOVE_DB / 10)
        self._judge(usual, expected)
        through = np.clip(1 - usual * 10 ** (TAKEN_DB / 10) / (power + 1e-12), LEAST, 1) * (CLOSED + (1 - CLOSED) * self._open)
        self._echo_before = echo
        return self._add(left, np.fft.irfft(spectrum * through) * _WINDOW)

    def _judge(self, usual: NDArray[Any], expected: NDArray[Any]) -> None:
        beyond_db = 10 * np.log10((self._left + 1e-9) / (expected + _QUIETER * self._noise + 1e-9))
        beyond = float(np.mean(np.clip(beyond_db[self._voice], 0, LOUD_DB)))
        if beyond < UNLEARNT_DB:
            more_db = 10 * np.log10((self._left + 1e-12) / (usual + 1e-12))
            self._usual_db += STEP_DB * np.where(usual > 2 * self._noise, np.clip(more_db, -1, 1), 0)
        self._run = self._run + 1 if beyond > SPEAKS_DB else 0
        self._hold = SPEAKS_ON_BLOCKS if self._run >= SPEAKS_BLOCKS else self._hold - 1
        self._open += max(-CLOSES, min(OPENS, self.speaks - self._open))

    def rest(self, near: Samples) -> Samples:
        """Take a block while nothing is played, and has not been for long; return the block before as it was."""
        self._asleep += 1
        if self._asleep % _ASLEEP_BLOCKS == 0:
            power = np.abs(np.fft.rfft(np.concatenate([self._before, near]) * _WINDOW)) ** 2
            self._noise = np.minimum(self._noise * _NOISE_RISES**_ASLEEP_BLOCKS, np.maximum(power, 1e-6))
        self._echo[:] = 0
        self._echo_before = silence(BLOCK_SAMPLES)
        self._open, self._run, self._hold = 1.0, 0, 0
        return self._add(near, np.concatenate([self._before, near]) * _WINDOW**2)

    def _add(self, block: Samples, frame: NDArray[Any]) -> Samples:
        out = self._tail + frame[:BLOCK_SAMPLES]
        self._tail, self._before = frame[BLOCK_SAMPLES:], block
        return np.asarray(out, np.float32)
