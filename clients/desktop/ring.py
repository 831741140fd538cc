"""Samples from one thread to another without a lock."""

from __future__ import annotations

import numpy as np

from assistant.audio import Samples, silence


class Ring:
    """A buffer of fixed size between one thread that writes and one that reads; neither ever waits or allocates.

    Each side moves only its own counter, and moves it after the samples are in place.
    """

    def __init__(self, capacity: int) -> None:
        if capacity <= 0:
            raise ValueError(f"A ring of {capacity} samples holds nothing; give at least 1.")
        self._data = silence(capacity)
        self._written = 0
        self._read = 0

    @property
    def waiting(self) -> int:
        """Samples that were written and not read yet."""
        return self._written - self._read

    def write(self, samples: Samples) -> int:
        """Copy in as many samples as there is room for, the first ones, and return how many."""
        count = min(samples.size, self._data.size - self.waiting)
        start = self._written % self._data.size
        first = min(count, self._data.size - start)
        self._data[start : start + first] = samples[:first]
        if first < count:
            self._data[: count - first] = samples[first:count]
        self._written += count
        return count

    def read_into(self, out: Samples) -> int:
        """Move the oldest samples to the beginning of `out` and return how many; the rest of `out` stays as it is."""
        count = min(out.size, self.waiting)
        if not count:
            return 0
        start = self._read % self._data.size
        first = min(count, self._data.size - start)
        out[:first] = self._data[start : start + first]
        if first < count:
            out[first:count] = self._data[: count - first]
        self._read += count
        return count

    def read(self) -> Samples:
        """Return all that waits."""
        out = np.empty(self.waiting, np.float32)
        return out[: self.read_into(out)]
