"""Messages between processes: whatever is sent comes, in whatever pieces; what is no message is told from one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.frames import ALIGN, MARK, READ_BYTES, Deframer, Unreadable, framed

sounds = st.integers(0, 40_000).map(lambda size: np.arange(size, dtype=np.float32))
messages = st.lists(st.tuples(st.text(max_size=20), st.integers(), st.one_of(st.none(), sounds, st.lists(sounds, max_size=3))), max_size=6)


def fed(deframer: Deframer, data: bytes, most: int) -> list[Any]:
    """Give it the data in pieces as a socket would."""
    came = []
    while data:
        room = deframer.room()
        count = min(len(room), len(data), most)
        room[:count] = data[:count]
        came += deframer.took(count)
        data = data[count:]
    return came


def same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and one.dtype == other.dtype and np.array_equal(one, other)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


@given(messages, st.integers(1, 3 * READ_BYTES))
def test_what_is_sent_comes_in_order(sent: list[Any], piece: int) -> None:
    piece = max(piece, sum(len(framed(each)) for each in sent) // 500)
    assert same(fed(Deframer(), b"".join(map(framed, sent)), piece), sent)


def test_arrays_can_be_written_and_lie_as_engines_like_it() -> None:
    sent = [np.arange(size, dtype=np.float32) for size in (1, 3, 480_000)]
    for found in fed(Deframer(), framed(sent), 1 << 20)[0]:
        found[0] = 1
        assert found.ctypes.data % ALIGN == 0


@given(messages.filter(bool), st.data())
def test_a_byte_that_is_wrong_is_noticed_or_only_changes_a_sound(sent: list[Any], data: st.DataObject) -> None:
    frame = bytearray(framed(sent))
    at = data.draw(st.integers(0, len(frame) - 1))
    frame[at] ^= data.draw(st.integers(1, 255))
    try:
        came = fed(Deframer(), bytes(frame), 1 << 20)
    except Unreadable:
        return
    assert len(came) <= 1  # none: it waits for a rest that is longer than it was


@given(st.binary(min_size=16, max_size=200))
def test_what_is_no_frame_is_told(data: bytes) -> None:
    if data.startswith(MARK):
        return
    with pytest.raises(Unreadable):
        fed(Deframer(), data, 1 << 20)
