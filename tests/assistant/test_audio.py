from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.audio import Rechunker, from_pcm16, silence, to_pcm16


def ramp(count: int, start: int = 0) -> np.ndarray:
    return np.arange(start, start + count, dtype=np.float32)


@given(st.lists(st.integers(0, 50)), st.integers(1, 17))
def test_rechunking_loses_and_reorders_nothing(sizes: list[int], size: int) -> None:
    rechunker, at, out = Rechunker(size), 0, []
    for count in sizes:
        chunks = rechunker.push(ramp(count, at))
        assert all(chunk.size == size for chunk in chunks)
        out += chunks
        at += count
    last = rechunker.fill()
    assert all(chunk.size == size for chunk in last)
    joined = np.concatenate([silence(0), *out, *last])
    assert np.array_equal(joined[:at], ramp(at))
    assert not joined[at:].any()
    assert joined.size - at < size
    assert rechunker.fill() == []


def test_a_chunk_holds_at_least_one_sample() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Rechunker(0)


@given(st.binary().filter(lambda data: len(data) % 2 == 0))
def test_pcm_survives_the_round_trip(data: bytes) -> None:
    assert to_pcm16(from_pcm16(data)) == data


def test_pcm_clips_and_refuses_half_a_sample() -> None:
    assert to_pcm16(np.array([2.0, -2.0], np.float32)) == b"\xff\x7f\x00\x80"
    with pytest.raises(ValueError, match="3 bytes"):
        from_pcm16(b"abc")
    assert silence(3).dtype == np.float32
