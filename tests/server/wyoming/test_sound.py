"""Chunks of a Wyoming client's sound: samples, or a sentence before anything is made of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from wyoming.audio import AudioChunk

from assistant.errors import InputError
from server.wyoming.sound import Converter


@pytest.mark.parametrize(
    ("rate", "width", "channels", "count"), [(16_000, 2, 1, 640), (48_000, 2, 2, 3840), (8000, 1, 1, 160), (16_000, 4, 1, 1280)]
)
def test_twenty_milliseconds_are_320_samples(rate: int, width: int, channels: int, count: int) -> None:
    samples = Converter().push(AudioChunk(rate=rate, width=width, channels=channels, audio=bytes(count)))
    assert samples.dtype == np.float32
    assert abs(samples.size - 320) <= 2


@pytest.mark.parametrize(
    ("rate", "width", "channels"),
    [(1, 2, 1), (0, 2, 1), (-16_000, 2, 1), (10**400, 2, 1), (16_000.0, 2, 1), ("16000", 2, 1), (None, 2, 1), (True, 2, 1), (16_000, 0, 1), (16_000, 5, 1), (16_000, 2, 0), (16_000, 2, 60)],
)  # fmt: skip
def test_what_no_microphone_gives_is_refused(rate: Any, width: Any, channels: Any) -> None:
    with pytest.raises(InputError, match="send"):
        Converter().push(AudioChunk(rate=rate, width=width, channels=channels, audio=bytes(1 << 20)))


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(InputError, match="321 bytes"):
        Converter().push(AudioChunk(rate=16_000, width=2, channels=1, audio=bytes(321)))
