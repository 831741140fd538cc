from __future__ import annotations

import random

import numpy as np

from assistant.audio import LISTEN_RATE_HZ
from models.starter.recipe.asr_data import make_noise_shard
from models.starter.recipe.noises import noise


def test_sounds_without_speech() -> None:
    rng = random.Random(0)
    for _ in range(40):
        sound = noise(rng)
        assert sound.dtype == np.float32
        assert 0.5 <= sound.size / LISTEN_RATE_HZ <= 9.0
        assert np.isfinite(sound).all()
        assert 0 < float(np.abs(sound).max()) <= 0.51


def test_their_transcripts_are_empty_and_they_can_be_made_again() -> None:
    one, other = make_noise_shard(3, seed=5), make_noise_shard(3, seed=5)
    assert one.texts == ["", "", ""]
    assert np.array_equal(one.mel, other.mel)
    assert one.mel.shape == (80, one.lengths.sum())
