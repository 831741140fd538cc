"""Sound on its way to a server: nothing lost, nothing added, and hardly later."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.audio import CHUNK_SAMPLES, LISTEN_RATE_HZ, from_pcm16
from clients.desktop.wire import RATE_HZ, Uplink, decoded, inner, number, text


@given(st.lists(st.integers(0, 2000), max_size=30))
def test_the_length_stays(sizes: list[int]) -> None:
    uplink = Uplink()
    sent = sum(len(uplink.push(np.zeros(size, np.float32))) // 2 for size in sizes)
    assert sent == sum(sizes) * 3 // 2


def test_a_chunk_is_sent_at_once() -> None:
    uplink = Uplink()
    assert [len(uplink.push(np.zeros(CHUNK_SAMPLES, np.float32))) // 2 for _ in range(10_000)] == [CHUNK_SAMPLES * 3 // 2] * 10_000


@pytest.mark.parametrize("pitch_hz", [100, 1000, 4000])
def test_a_tone_stays_that_tone(pitch_hz: int) -> None:
    uplink = Uplink()
    tone = 0.5 * np.sin(2 * np.pi * pitch_hz * np.arange(2 * LISTEN_RATE_HZ) / LISTEN_RATE_HZ).astype(np.float32)
    pcm = b"".join(uplink.push(block) for block in np.array_split(tone, 61))
    sent = from_pcm16(pcm)
    wanted = 0.5 * np.sin(2 * np.pi * pitch_hz * (np.arange(sent.size) / RATE_HZ - 0.001))
    middle = slice(RATE_HZ // 10, -RATE_HZ // 10)
    assert np.abs(sent[middle] - wanted[middle]).max() < 0.01


def test_sound_that_is_none() -> None:
    for delta in ("A", "AAA", "AA==", "é", "A B="):
        with pytest.raises(ValueError, match=r"."):
            decoded(delta)


def test_values_of_another_kind_are_none() -> None:
    message = {"text": 5, "number": "x", "infinite": float("inf"), "inner": [1]}
    assert text(message, "text") == text(message, "missing") == ""
    assert number(message, "number") == number(message, "infinite") == 0.0
    assert inner(message, "inner", "further") == {}
