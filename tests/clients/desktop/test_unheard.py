"""A microphone that gives nothing is told of once, and when it gives something after all."""

from __future__ import annotations

import numpy as np

from assistant.audio import Samples, silence
from clients.desktop.unheard import LONG_S, News, Unheard

BLOCK = 512
NOISE: Samples = np.full(BLOCK, 1e-5, np.float32)


def pushed(blocks: list[Samples]) -> list[News]:
    unheard = Unheard()
    return [news for block in blocks if (news := unheard.push(block)) is not News.NOTHING]


def test_zeros_are_told_of_once() -> None:
    zeros = [silence(BLOCK)] * round(4 * LONG_S * 16_000 / BLOCK)
    assert pushed(zeros) == [News.UNHEARD]
    assert pushed([*zeros, NOISE, *zeros]) == [News.UNHEARD, News.HEARD]


def test_a_microphone_that_works_is_not() -> None:
    zeros = [silence(BLOCK)] * round(4 * LONG_S * 16_000 / BLOCK)
    assert pushed([*zeros[:20], NOISE, *zeros]) == []
    assert pushed([silence(0)] * 10_000) == [], "while there is no device, that is said already"
