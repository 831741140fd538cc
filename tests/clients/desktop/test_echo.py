"""The echo canceller in rooms: the voice through a loudspeaker, walls and a microphone on another clock."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import soxr

from assistant.audio import CHUNK_SAMPLES, LISTEN_RATE_HZ, Rechunker, Samples, silence
from clients.bench.acoustics import Acoustics, Place
from clients.desktop.echo import EchoCanceller, missing
from clients.desktop.linear import BLOCK_SAMPLES
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


@pytest.mark.parametrize("drift_ppm", [-100.0, 0.0, 100.0])
def test_follows_the_microphones_clock(speech: Samples, drift_ppm: float) -> None:
    canceller = EchoCanceller()
    in_room(canceller, Place(-10.0, 0.05, 0.3, drift_ppm, seed=3), np.concatenate([speech, speech]))
    assert canceller.drift_ppm == pytest.approx(drift_ppm, abs=15)


def test_who_speaks_into_the_echo_is_let_through(speech: Samples) -> None:
    """A sentence as loud as the echo, 10 s after the speaker began, while it goes on: of the echo alone, nothing is left that is as loud."""
    room, canceller, clean = Acoustics(Place(-10.0, 0.05, 0.3, seed=3)), EchoCanceller(), []
    room.play(np.concatenate([speech, speech]), LISTEN_RATE_HZ)
    somebody = 0.3 * speech[2 * LISTEN_RATE_HZ : 4 * LISTEN_RATE_HZ]
    rest = np.concatenate([silence(10 * LISTEN_RATE_HZ), somebody, silence(10 * LISTEN_RATE_HZ)])
    while room.waiting_s:
        near, rest = rest[:512], rest[512:]
        played, block = room.step(near)
        canceller.played(played)
        clean.append(canceller.push(block))
    power = np.square(np.concatenate(clean))
    said = slice(10 * LISTEN_RATE_HZ, 12 * LISTEN_RATE_HZ)
    assert np.mean(power[said]) > 0.3 * np.mean(somebody**2)
    assert np.mean(power[said]) > 100 * np.mean(power[6 * LISTEN_RATE_HZ : 10 * LISTEN_RATE_HZ])


def test_what_is_heard_long_after_the_speaker_is_passed_on_as_it_is(speech: Samples) -> None:
    canceller = EchoCanceller(latency_s=1.0)
    canceller.played(speech[: 2 * LISTEN_RATE_HZ])
    canceller.push(silence(2 * LISTEN_RATE_HZ))
    canceller.played(silence(4 * LISTEN_RATE_HZ))
    heard = np.concatenate([silence(2 * LISTEN_RATE_HZ), speech[: 2 * LISTEN_RATE_HZ]])
    clean = canceller.push(heard)
    np.testing.assert_allclose(clean[-LISTEN_RATE_HZ:], heard[-LISTEN_RATE_HZ - BLOCK_SAMPLES : -BLOCK_SAMPLES], atol=1e-5)


def test_gives_silence_until_it_knows_the_room(speech: Samples) -> None:
    canceller = EchoCanceller()
    _, clean = in_room(canceller, Place(-10.0, 0.1, 0.3), speech[:LISTEN_RATE_HZ])
    assert not canceller.settled
    assert not clean[LISTEN_RATE_HZ // 10 :].any()


@pytest.mark.parametrize("size", [1, 160, 441, 512, 48_000])
def test_blocks_of_any_length_lose_nothing(speech: Samples, size: int) -> None:
    """Nobody plays anything: what is heard goes through."""
    heard, canceller = 0.3 * speech[: 3 * LISTEN_RATE_HZ], EchoCanceller(latency_s=1.0)
    parts = []
    for start in range(0, heard.size, size):
        block = heard[start : start + size]
        canceller.played(silence(block.size))
        parts.append(canceller.push(block))
    clean = np.concatenate(parts)
    assert clean.size == heard.size
    assert np.mean(clean**2) == pytest.approx(np.mean(heard**2), rel=0.2)


def test_a_chunk_comes_out_with_the_block_that_fills_it(speech: Samples) -> None:
    """Whoever takes chunks does not wait for the microphone's next block, and what comes out is 8 ms late."""
    canceller, chunks, come = EchoCanceller(latency_s=1.0), Rechunker(), []
    for number in range(50):
        canceller.played(silence(CHUNK_SAMPLES))
        come += chunks.push(canceller.push(speech[number * CHUNK_SAMPLES : (number + 1) * CHUNK_SAMPLES]))
        assert len(come) == number + 1
    late = np.concatenate(come)[BLOCK_SAMPLES:]
    np.testing.assert_allclose(late, speech[: late.size], atol=1e-5)


def test_a_microphone_that_may_hear_at_once_is_held_back() -> None:
    assert EchoCanceller(latency_s=0.1).held_s == 0
    assert 0 < EchoCanceller(latency_s=0.0).held_s < 0.05


def test_says_why_noise_cannot_be_suppressed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing() is None
    monkeypatch.setitem(sys.modules, "pywebrtc_audio", None)
    assert "pywebrtc_audio" in (missing() or "")
