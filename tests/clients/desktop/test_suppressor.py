"""What a filter leaves of an echo, and somebody who speaks into it."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.audio import Samples, silence
from clients.desktop.linear import BLOCK_SAMPLES
from clients.desktop.suppressor import Suppressor

NUMBERS = np.random.default_rng(4)


def noise(seconds: float, level: float) -> Samples:
    """Return white noise, in whole blocks."""
    return NUMBERS.standard_normal(round(seconds * 100) * BLOCK_SAMPLES).astype(np.float32) * np.float32(level)


def push(suppressor: Suppressor, left: Samples, echo: Samples) -> Samples:
    blocks = range(0, left.size, BLOCK_SAMPLES)
    return np.concatenate([suppressor.push(left[at : at + BLOCK_SAMPLES], echo[at : at + BLOCK_SAMPLES]) for at in blocks])


@pytest.fixture
def learnt() -> Suppressor:
    """One that has heard five seconds of an echo, of which a filter left a tenth (-20 dB)."""
    suppressor = Suppressor()
    push(suppressor, noise(5, 0.01), noise(5, 0.1))
    return suppressor


def test_the_rest_of_an_echo_is_taken_out(learnt: Suppressor) -> None:
    left = noise(2, 0.01)
    out = push(learnt, left, noise(2, 0.1))
    assert not learnt.speaks
    assert 10 * np.log10(np.mean(out**2) / np.mean(left**2)) < -30


def test_somebody_who_speaks_into_it_is_let_through(learnt: Suppressor) -> None:
    voice = noise(0.5, 0.05)
    out = push(learnt, voice + noise(0.5, 0.01), noise(0.5, 0.1))
    assert learnt.speaks
    heard = slice(10 * BLOCK_SAMPLES, -BLOCK_SAMPLES)
    late = np.concatenate([silence(BLOCK_SAMPLES), voice])[: out.size]
    assert np.corrcoef(out[heard], late[heard])[0, 1] > 0.8
    push(learnt, noise(1, 0.01), noise(1, 0.1))
    assert not learnt.speaks


def test_an_echo_of_which_more_is_left_becomes_the_usual(learnt: Suppressor) -> None:
    push(learnt, noise(20, 0.02), noise(20, 0.1))
    assert not learnt.speaks


def test_blocks_go_through_whole_and_one_later_while_nothing_is_played() -> None:
    suppressor, sound = Suppressor(), noise(1, 0.1)
    blocks = range(0, sound.size, BLOCK_SAMPLES)
    out = np.concatenate([suppressor.rest(sound[at : at + BLOCK_SAMPLES]) for at in blocks])
    np.testing.assert_allclose(out[BLOCK_SAMPLES:], sound[:-BLOCK_SAMPLES], atol=1e-6)
