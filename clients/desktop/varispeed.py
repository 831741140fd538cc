"""Samples read a little faster or slower than they were written: two clocks that should tick alike, and do not quite."""

from __future__ import annotations

import numpy as np

from assistant.audio import Samples, silence

TAPS, PHASES = 16, 1024
"""Of the windowed sinc between samples: flat within 1 dB up to 6.5 kHz at 16 kHz, errors of a phase 60 dB down."""

_BEFORE = TAPS // 2 - 1
"""Samples in front of the one that is read that its filter needs."""


def _filters() -> Samples:
    """Return one filter a phase, shape (PHASES + 1, TAPS): row p reads p / PHASES of a sample behind tap `_BEFORE`."""
    at = np.arange(TAPS)[None, :] - _BEFORE - np.arange(PHASES + 1)[:, None] / PHASES
    taps = np.sinc(at) * np.kaiser(2 * TAPS * PHASES + 1, 6.0)[np.rint((at / (TAPS / 2) + 1) * TAPS * PHASES).astype(int)]
    return np.asarray(taps / taps.sum(axis=1, keepdims=True), np.float32)


_FILTERS: list[Samples] = []
"""Made when first needed: most of the time the clocks agree."""


class Varispeed:
    """A queue of samples. What is read at the pace at which it was written comes out unchanged."""

    def __init__(self) -> None:
        self._data: Samples = silence(_BEFORE)
        self._at = float(_BEFORE)  # what is read next, in samples of `_data`

    @property
    def waiting(self) -> float:
        """Samples that can be read at their own pace."""
        return max(0.0, self._data.size - self._at - (TAPS - _BEFORE))

    def write(self, samples: Samples) -> None:
        """Put samples behind what waits."""
        start = max(0, int(self._at) - _BEFORE)
        self._data, self._at = np.concatenate([self._data[start:], samples]), self._at - start

    def missing(self, count: int, pace: float = 1.0) -> int:
        """Return how many samples must still be written before `count` can be read at this pace."""
        return max(0, int(self._at + pace * count) + TAPS - _BEFORE - self._data.size)

    def skip(self, count: float) -> None:
        """Leave samples out; of those that are not there yet, none."""
        self._at += min(count, self.waiting)

    def wait(self, count: int) -> None:
        """Put silence in front of what is read next."""
        cut = int(self._at)
        self._data = np.concatenate([self._data[:cut], silence(count), self._data[cut:]])

    def read(self, count: int, pace: float = 1.0) -> Samples:
        """Return `count` samples, `pace` samples apart.

        Raises:
            ValueError: some are missing.
        """
        if missing := self.missing(count, pace):
            raise ValueError(f"{missing} samples are missing; write them first.")
        begin = int(self._at)
        if pace == 1.0 and begin == self._at:
            out = self._data[begin : begin + count].copy()
        elif not self._data[begin - _BEFORE : int(self._at + pace * count) + TAPS].any():
            out = silence(count)  # most of the time nobody speaks, and that is to cost little
        else:
            if not _FILTERS:
                _FILTERS.append(_filters())
            at = self._at + pace * np.arange(count)
            whole = at.astype(np.int64)
            window = np.lib.stride_tricks.sliding_window_view(self._data, TAPS)[whole - _BEFORE]
            out = np.einsum("ij,ij->i", window, _FILTERS[0][np.rint((at - whole) * PHASES).astype(np.int64)])
        self._at += pace * count
        return np.asarray(out, np.float32)
