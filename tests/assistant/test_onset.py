from __future__ import annotations

import numpy as np
import pytest

from assistant.audio import silence
from assistant.engines import Sound, Word
from assistant.onset import KEPT_S, prompt

RATE_HZ = 1000


def sound(before_s: float, level: float = 0.5, *words: Word) -> Sound:
    return Sound(np.concatenate([silence(round(before_s * RATE_HZ)), np.full(100, level, np.float32)]), words)


def test_silence_before_the_first_word_is_left_out_and_the_words_move_with_it() -> None:
    made = prompt(sound(0.05, 0.5, Word("It", 0.03, 0.08), Word("is", 0.08, 0.15)), RATE_HZ)
    assert made.samples.size == 100 + round(KEPT_S * RATE_HZ)
    assert [(word.text, round(word.start_s, 3), round(word.end_s, 3)) for word in made.words] == [("It", 0.0, 0.035), ("is", 0.035, 0.105)]


@pytest.mark.parametrize("samples", [silence(0), silence(300), np.full(300, 0.1, np.float32)])
def test_what_does_not_begin_with_silence_before_something_stays(samples: np.ndarray) -> None:
    whole = Sound(samples)
    assert prompt(whole, RATE_HZ) is whole


def test_a_soft_beginning_of_a_soft_voice_stays() -> None:
    soft = np.concatenate([silence(50), np.linspace(0, 0.01, 200, dtype=np.float32)])
    assert prompt(Sound(soft), RATE_HZ).samples.size > 200
