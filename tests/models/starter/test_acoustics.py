"""What rooms, noise, telephones and microphones do to speech in the recipe."""

import random

import numpy as np
import pytest

from assistant.audio import LISTEN_RATE_HZ, Samples
from models.starter.recipe import acoustics


@pytest.fixture
def tone() -> Samples:
    at_s = np.arange(LISTEN_RATE_HZ) / LISTEN_RATE_HZ
    return (0.5 * np.sin(2 * np.pi * 997 * at_s)).astype(np.float32)


def power(sound: Samples) -> float:
    return float(np.mean(sound.astype(float) ** 2))


@pytest.mark.parametrize("snr_db", [5.0, 20.0])
def test_noise_lies_below_speech_by_what_is_asked(snr_db: float, tone: Samples) -> None:
    noise = acoustics.in_noise(tone, snr_db, np.random.default_rng(0)) - tone
    assert 10 * np.log10(power(tone) / power(noise)) == pytest.approx(snr_db, abs=0.2)


def test_a_room_goes_on_sounding_and_dies_away() -> None:
    click = np.zeros(LISTEN_RATE_HZ, np.float32)
    click[0] = 1
    heard = acoustics.in_room(click, 0.3, np.random.default_rng(0))
    assert heard[0] == pytest.approx(1)
    early, late = power(heard[100:1000]), power(heard[3000:4000])
    assert early > 100 * late > 0
    assert power(heard[6000:]) < 1e-12


def test_a_telephone_carries_nothing_above_4_khz(tone: Samples) -> None:
    at_s = np.arange(tone.size) / LISTEN_RATE_HZ
    high = np.sin(2 * np.pi * 6000 * at_s).astype(np.float32)
    heard = acoustics.through_telephone(tone + high)
    assert heard.size == tone.size
    np.testing.assert_allclose(heard[1000:-1000], tone[1000:-1000], atol=0.01)


def test_clipping_keeps_the_peak(tone: Samples) -> None:
    heard = acoustics.clipped(tone, 0.5)
    assert np.abs(heard).max() == pytest.approx(np.abs(tone).max())
    assert np.mean(np.abs(heard) > 0.499) > 0.5


def test_somewhere_follows_from_its_seed(tone: Samples) -> None:
    heard = [acoustics.somewhere(tone, random.Random(seed)) for seed in range(40)]
    np.testing.assert_array_equal(heard[7], acoustics.somewhere(tone, random.Random(7)))
    assert {sound.size for sound in heard} == {tone.size}
    assert any(np.array_equal(sound, tone) for sound in heard)
    assert not all(np.array_equal(sound, tone) for sound in heard)
