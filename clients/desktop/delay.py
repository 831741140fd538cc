"""From what the speaker was given to the microphone that hears it: how long that takes, and how it changes. Its clock is the audio."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.audio import LISTEN_RATE_HZ, Samples, silence

EARLIEST_S, LATEST_S = -0.064, 0.448
"""Delays that are looked for; a negative one means that the microphone heard what was told of later."""

_HEARD, _PLAYED = 8192, 16_384
"""Samples that are compared at a time: 0.5 s of the microphone with all that may be in it."""

LOOK_SAMPLES = 4096
"""New samples between two looks: 0.26 s, of which a look takes less than 0.3 % on one core."""

FADE_SAMPLES = 512

KEPT = 0.8
"""Of what was found earlier, kept at each look: a second later half of it counts."""

AUDIBLE = 1e-3
"""Effective level of the speaker's signal from which there is something to find: -60 dB."""

CLEAR = 9.0
"""How far the peak of a correlation must stand out of what is around it, in standard deviations: chance makes 6."""

TRACK_S = 60.0
"""Of that the drift is told, once `_LEAST` delays are known."""

_LEAST = 8

UNUSUAL_S = 0.02
"""A delay that is so far from the middle one is a mistake, and left out of the drift."""

EXACT_S = 2e-5
"""A delay is known no better: a third of a sample."""

ALONE = 4
"""Looks of which one is worth as much as all: they share most of what they compare."""


def _faded(count: int) -> Samples:
    """Return a window that is 1 but at its ends: hard ends would be found in one another."""
    ends = np.minimum(np.arange(count) + 0.5, np.arange(count)[::-1] + 0.5)
    return np.asarray(np.sin(np.minimum(ends / FADE_SAMPLES, 1.0) * np.pi / 2) ** 2, np.float32)


_FADED_HEARD, _FADED_PLAYED = _faded(_HEARD + round(EARLIEST_S * LISTEN_RATE_HZ)), _faded(_PLAYED)


class DelayTracker:
    """Takes both signals, side by side; tells the delay by the phases of their common spectrum (GCC-PHAT), which a room hardly blurs."""

    def __init__(self) -> None:
        self._played, self._heard = silence(_PLAYED), silence(_HEARD)
        self._new = 0
        self._at_s = 0.0
        self._cross: NDArray[Any] = np.zeros(_PLAYED // 2 + 1, np.complex128)
        self._track: deque[tuple[float, float]] = deque()

    @property
    def delay_s(self) -> float | None:
        """The newest delay that was found; None before."""
        return self._track[-1][1] if self._track else None

    @property
    def drift_ppm(self) -> float | None:
        """How the delay grows, in millionths: what the microphone's clock runs faster; None while too little is known."""
        return None if (drift := self.drift()) is None else drift[0] * 1e6

    def drift(self) -> tuple[float, float] | None:
        """Return how the delay grows, in seconds a second, and the standard error of that; None while too little is known."""
        if len(self._track) < _LEAST:
            return None
        at_s, delay_s = np.array(self._track).T
        usual = np.abs(delay_s - np.median(delay_s)) < UNUSUAL_S
        at_s, delay_s = at_s[usual] - np.mean(at_s[usual]), delay_s[usual] - np.mean(delay_s[usual])
        spread = max(float(at_s @ at_s), 1e-9)
        grows = float(at_s @ delay_s) / spread
        around = max(float(np.std(delay_s - grows * at_s)), EXACT_S)
        return grows, around * (ALONE / spread) ** 0.5

    def straighten(self, grows: float) -> None:
        """The reference is read at another pace from now on, so that the delay grows by so much less a second: see the past the same way."""
        self._track = deque((at_s, delay_s + grows * (self._at_s - at_s)) for at_s, delay_s in self._track)

    def forget(self) -> None:
        """The signals were shifted against one another: begin anew."""
        self._cross[:] = 0
        self._track.clear()

    def push(self, played: Samples, heard: Samples) -> float | None:
        """Take the same number of samples of both, 16 kHz; return a delay that was found just now.

        Raises:
            ValueError: their numbers differ.
        """
        if played.size != heard.size:
            raise ValueError(f"{played.size} samples were played and {heard.size} heard; give as many of both.")
        self._played = np.concatenate([self._played, played])[-_PLAYED:]
        self._heard = np.concatenate([self._heard, heard])[-_HEARD:]
        self._at_s += heard.size / LISTEN_RATE_HZ
        self._new += heard.size
        if self._new < LOOK_SAMPLES:
            return None
        self._new = 0
        return self._look()

    def _look(self) -> float | None:
        if float(np.mean(np.square(self._played))) < AUDIBLE**2:
            return None
        # The newest 64 ms of the microphone wait, so that earlier sound than the speaker's can be found.
        ahead = round(-EARLIEST_S * LISTEN_RATE_HZ)
        heard = np.fft.rfft(self._heard[: _HEARD - ahead] * _FADED_HEARD, _PLAYED)
        self._cross = KEPT * self._cross + heard * np.conj(np.fft.rfft(self._played * _FADED_PLAYED))
        phases = self._cross / np.maximum(np.abs(self._cross), 1e-12)
        found = np.fft.irfft(phases, _PLAYED)
        # Sample n of `heard` lies _PLAYED - _HEARD samples further back than sample n of `played`.
        first = _PLAYED - _HEARD
        delays = np.arange(round(EARLIEST_S * LISTEN_RATE_HZ), round(LATEST_S * LISTEN_RATE_HZ))
        near = found[(delays - first) % _PLAYED]
        best = int(np.argmax(near))
        if not near[best] > CLEAR * float(np.std(near)):  # nothing at all was heard, perhaps
            return None
        delay_s = (float(delays[best]) + _peak(near, best)) / LISTEN_RATE_HZ
        while self._track and self._track[0][0] < self._at_s - TRACK_S:
            self._track.popleft()
        self._track.append((self._at_s, delay_s))
        return delay_s


def _peak(values: NDArray[Any], best: int) -> float:
    """Return how far behind `best` the top of the parabola through it and its neighbours lies, within half a sample."""
    if not 0 < best < values.size - 1:
        return 0.0
    before, top, behind = (float(value) for value in values[best - 1 : best + 2])
    bend = before - 2 * top + behind
    return 0.5 * (before - behind) / bend if bend else 0.0
