"""The echo canceller in rooms: the voice through a loudspeaker, walls and a microphone on another clock."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import soxr

from assistant.audio import LISTEN_RATE_HZ, Samples, silence
from clients.bench.acoustics import Acoustics, Place
from clients.desktop.echo import EchoCanceller, missing
from tests.clients.desktop.virtual_sound import RATE_HZ, spoken


@pytest.fixture(scope="module")
def speech() -> Samples:
    """Some 10 s of the English voice."""
    said = spoken("The train leaves from platform four at half past nine, and it will rain in the afternoon, so take an umbrella with you.")
    once = soxr.resample(said, RATE_HZ, LISTEN_RATE_HZ)
    return np.concatenate([once, silence(3000)] * (1 + 10 * LISTEN_RATE_HZ // once.size))[: 10 * LISTEN_RATE_HZ]


def in_room(canceller: EchoCanceller, place: Place, speech: Samples) -> tuple[Samples, Samples]:
    """Play the speech; return what was heard, and what the canceller made of it."""
    room, heard, clean = Acoustics(place), [], []
    room.play(speech, LISTEN_RATE_HZ)
    while room.waiting_s:
        played, block = room.step(silence(512))
        canceller.played(played)
        heard.append(block)
        clean.append(canceller.push(block))
    return np.concatenate(heard), np.concatenate(clean)


@pytest.mark.parametrize("level_db", [0.0, -10.0, -20.0])
@pytest.mark.parametrize(("delay_s", "drift_ppm"), [(0.0, 0.0), (0.05, 100.0), (0.3, -50.0)])
def test_takes_25_db_of_the_echo_away_after_2_s(speech: Samples, level_db: float, delay_s: float, drift_ppm: float) -> None:
    canceller = EchoCanceller()
    heard, clean = in_room(canceller, Place(level_db, delay_s, 0.3, drift_ppm, seed=3), speech)
    begin = 2 * LISTEN_RATE_HZ
    enhancement_db = 10 * np.log10(np.mean(heard[begin:] ** 2) / np.mean(clean[begin:] ** 2))
    assert enhancement_db >= 25
    assert canceller.settled
    assert canceller.delay_s == pytest.approx(delay_s, abs=0.025), "a block of the speaker, and what the clocks do"


def test_gives_silence_until_it_knows_the_room(speech: Samples) -> None:
    canceller = EchoCanceller()
    _, clean = in_room(canceller, Place(-10.0, 0.1, 0.3), speech[:LISTEN_RATE_HZ])
    assert not canceller.settled
    assert not clean[LISTEN_RATE_HZ // 10 :].any()


@pytest.mark.parametrize("size", [1, 160, 441, 512, 48_000])
def test_blocks_of_any_length_lose_nothing(speech: Samples, size: int) -> None:
    """Nobody plays anything: what is heard goes through, but for the rumble below a voice."""
    heard, canceller = 0.3 * speech[: 3 * LISTEN_RATE_HZ], EchoCanceller(latency_s=1.0)
    parts = []
    for start in range(0, heard.size, size):
        block = heard[start : start + size]
        canceller.played(silence(block.size))
        parts.append(canceller.push(block))
    clean = np.concatenate(parts)
    assert heard.size - 160 < clean.size <= heard.size
    assert np.mean(clean**2) == pytest.approx(np.mean(heard**2), rel=0.2)


def test_a_microphone_that_may_hear_at_once_is_held_back() -> None:
    assert EchoCanceller(latency_s=0.1).held_s == 0
    assert 0 < EchoCanceller(latency_s=0.0).held_s < 0.05


def test_says_why_it_cannot_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing() is None
    monkeypatch.setitem(sys.modules, "pywebrtc_audio", None)
    assert "pywebrtc_audio" in (missing() or "")
