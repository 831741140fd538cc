"""One stream of samples brought to one rate, whatever rate its parts have."""

from __future__ import annotations

from typing import Any

import numpy as np
import soxr

from assistant.audio import Samples, silence


class Resampler:
    """Takes the parts of a stream as they come; their edges leave no trace. Some milliseconds stay inside until `flush`."""

    def __init__(self, to_hz: int) -> None:
        self._to_hz = self._from_hz = to_hz
        self._stream: Any = None

    def push(self, samples: Samples, rate_hz: int) -> Samples:
        """Return what is ready with these samples; a part of another rate than the one before ends that one's stretch first."""
        before = self.flush() if rate_hz != self._from_hz else silence(0)
        self._from_hz = rate_hz
        if rate_hz == self._to_hz:
            return np.concatenate([before, samples]) if before.size else samples
        if self._stream is None:
            self._stream = soxr.ResampleStream(rate_hz, self._to_hz, 1, dtype="float32")
        ready: Samples = self._stream.resample_chunk(np.ascontiguousarray(samples, np.float32))
        return np.concatenate([before, ready]) if before.size else ready

    def flush(self) -> Samples:
        """Return what is still inside; what is pushed next begins a new stretch."""
        stream, self._stream = self._stream, None
        if stream is None:
            return silence(0)
        rest: Samples = stream.resample_chunk(silence(0), last=True)
        return rest
