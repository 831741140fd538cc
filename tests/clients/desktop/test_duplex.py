from __future__ import annotations

import numpy as np

from clients.desktop.duplex import HalfDuplex

SPEECH = np.full(512, 0.5, np.float32)


def heard(duplex: HalfDuplex, *, sounding: bool, now_s: float) -> bool:
    block = duplex.push(SPEECH, sounding=sounding, now_s=now_s)
    assert block.size == SPEECH.size
    assert block.any() == block.all()
    return bool(block.any())


def test_is_open_until_something_sounds() -> None:
    assert heard(HalfDuplex(0.2), sounding=False, now_s=0.0)


def test_is_silent_while_something_sounds_and_a_little_longer() -> None:
    duplex = HalfDuplex(0.2)
    assert not heard(duplex, sounding=True, now_s=5.0)
    assert not heard(duplex, sounding=True, now_s=6.0)
    assert not heard(duplex, sounding=False, now_s=6.19)
    assert heard(duplex, sounding=False, now_s=6.21)


def test_without_a_hangover_the_sound_itself_is_still_kept_out() -> None:
    duplex = HalfDuplex(0.0)
    assert not heard(duplex, sounding=True, now_s=1.0)
    assert heard(duplex, sounding=False, now_s=1.0)


def test_does_not_change_what_it_was_given() -> None:
    HalfDuplex(0.2).push(SPEECH, sounding=True, now_s=0.0)
    assert (SPEECH == 0.5).all()
