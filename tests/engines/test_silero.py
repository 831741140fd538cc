from __future__ import annotations

import numpy as np
import pytest

from assistant.audio import Rechunker, silence
from clients.bench.room import recording
from models.silero import SileroDetector


def probabilities(samples: np.ndarray) -> list[float]:
    detector = SileroDetector()
    return [detector.probability(chunk) for chunk in Rechunker().push(samples)]


def test_speech_is_told_from_silence_and_noise() -> None:
    speech = probabilities(recording("seven-times-eight"))
    assert max(speech) > 0.9
    assert sum(p > 0.5 for p in speech) > 20
    assert max(probabilities(silence(32_000))) < 0.2
    noise = np.random.default_rng(0).normal(0, 0.02, 32_000).astype(np.float32)
    assert np.mean(probabilities(noise)) < 0.3


def test_each_stream_has_a_state_of_its_own() -> None:
    speech = recording("miles")
    alone = probabilities(speech)
    first, second = SileroDetector(), SileroDetector()
    together = []
    for chunk in Rechunker().push(speech):
        together.append(first.probability(chunk))
        second.probability(silence(512))
    assert together == pytest.approx(alone)
    first.reset()
    again = [first.probability(chunk) for chunk in Rechunker().push(speech)]
    assert again == pytest.approx(alone)


def test_a_chunk_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="512 samples"):
        SileroDetector().probability(silence(100))
