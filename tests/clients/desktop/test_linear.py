"""An echo taken away by a filter that is begun where the echo arrives, and as loud as it is."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.audio import LISTEN_RATE_HZ, Samples, silence
from clients.desktop.linear import BLOCK_SAMPLES, PlacedCanceller


def left_db(canceller: PlacedCanceller, far: Samples, near: Samples, delay_s: float, known_s: float) -> float:
    """Push both; the delay is known after `known_s`. Return what is left of the microphone in the last second."""
    out = []
    for at in range(0, far.size - BLOCK_SAMPLES + 1, BLOCK_SAMPLES):
        block = slice(at, at + BLOCK_SAMPLES)
        out.append(canceller.push(far[block], near[block], delay_s if at >= known_s * LISTEN_RATE_HZ else None))
    left = np.concatenate(out)[-LISTEN_RATE_HZ:]
    heard = near[: far.size][-LISTEN_RATE_HZ:]
    return float(10 * np.log10(np.mean(left**2) / np.mean(heard**2)))


@pytest.mark.parametrize("known_s", [0.65, 1.0])
@pytest.mark.parametrize("level_db", [0.0, -30.0])
def test_a_late_echo_is_learnt_in_a_second_also_if_it_is_known_by_a_soft_beginning(known_s: float, level_db: float) -> None:
    """What was played before the echo came says nothing about how loud it is."""
    numbers = np.random.default_rng(2)
    far = numbers.standard_normal(3 * LISTEN_RATE_HZ).astype(np.float32) * np.float32(0.1)
    far[: round(0.6 * LISTEN_RATE_HZ)] *= np.float32(0.003)
    noise = numbers.standard_normal(far.size).astype(np.float32) * np.float32(1e-5)
    near = np.concatenate([silence(round(0.3 * LISTEN_RATE_HZ)), far])[: far.size] * np.float32(10 ** (level_db / 20)) + noise
    canceller = PlacedCanceller()
    assert left_db(canceller, far, near, 0.3, known_s) < -15
    assert canceller.begun == 1


def test_an_echo_that_comes_elsewhere_is_learnt_anew() -> None:
    far = np.random.default_rng(2).standard_normal(3 * LISTEN_RATE_HZ).astype(np.float32) * np.float32(0.1)
    canceller = PlacedCanceller()
    for delay_s in (0.05, 0.2):
        near = np.concatenate([silence(round(delay_s * LISTEN_RATE_HZ)), far])[: far.size]
        assert left_db(canceller, far, near, delay_s, 0.5) < -15
    assert canceller.begun == 2


def test_before_the_delay_is_known_the_microphone_goes_through() -> None:
    far = np.random.default_rng(2).standard_normal(LISTEN_RATE_HZ).astype(np.float32)
    assert left_db(PlacedCanceller(), far, far, 0.0, 2.0) == pytest.approx(0)
