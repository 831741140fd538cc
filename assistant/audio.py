"""Audio as numbers: float32 mono in [-1, 1], and the small classes that cut and keep it."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""float32, mono, shape (n,), nominally in [-1, 1]."""

LISTEN_RATE_HZ = 16_000
"""What the detector and the recognizers hear."""

CHUNK_SAMPLES = 512
"""One chunk for the detector: 32 ms at `LISTEN_RATE_HZ`."""


def silence(count: int) -> Samples:
    """Return `count` samples of silence."""
    return np.zeros(count, np.float32)
