from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.desktop.ring import Ring


@given(st.integers(1, 40), st.lists(st.tuples(st.booleans(), st.integers(0, 60)), max_size=30))
def test_what_is_read_is_what_was_written_in_order(capacity: int, steps: list[tuple[bool, int]]) -> None:
    ring, written, read, next_sample = Ring(capacity), [], [], 0
    for writes, count in steps:
        if writes:
            samples = np.arange(next_sample, next_sample + count, dtype=np.float32)
            room = capacity - ring.waiting
            fitted = ring.write(samples)
            assert fitted == min(count, room)
            written += samples[:fitted].tolist()
            next_sample += fitted
        else:
            out = np.full(count, -1, np.float32)
            got = ring.read_into(out)
            assert (out[got:] == -1).all()
            read += out[:got].tolist()
        assert ring.waiting == len(written) - len(read)
    read += ring.read().tolist()
    assert read == written
    assert ring.waiting == 0


def test_writes_to_a_column() -> None:
    """PortAudio hands over frames: shape (n, 1)."""
    ring = Ring(4)
    ring.write(np.array([[1], [2]], np.float32)[:, 0])
    out = np.zeros((3, 1), np.float32)
    assert ring.read_into(out[:, 0]) == 2
    assert out[:, 0].tolist() == [1, 2, 0]


def test_holds_something() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Ring(0)
