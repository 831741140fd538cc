from __future__ import annotations

import numpy as np
import pytest

from clients.desktop.ears import TAIL_S, Ears, Way

SPEECH = np.full(512, 0.5, np.float32)


def heard(ears: Ears, now_s: float) -> tuple[bool, bool]:
    found = ears.push(SPEECH, now_s)
    assert found.samples.size == SPEECH.size
    assert found.samples.any() == found.samples.all()
    return bool(found.samples.any()), found.over


@pytest.mark.parametrize(("way", "muted", "open_"), [
    (Way.OPEN, False, True), (Way.WAKE, False, True), (Way.PUSH, False, False),
    (Way.OPEN, True, False), (Way.WAKE, True, False), (Way.PUSH, True, False),
])  # fmt: skip
def test_what_is_heard_without_a_key(way: Way, muted: bool, open_: bool) -> None:
    ears = Ears(way)
    ears.muted = muted
    assert heard(ears, 0.0) == (open_, False)


def test_push_to_talk_and_its_tail() -> None:
    ears = Ears(Way.PUSH, latency_s=0.1)
    assert ears.closed
    ears.talk()
    assert ears.talking
    assert heard(ears, 1.0) == (True, False)
    ears.talked(2.0)
    assert not ears.talking
    assert heard(ears, 2.0 + TAIL_S) == (True, False), "the last syllable is still on its way"
    assert heard(ears, 2.0 + TAIL_S + 0.11) == (False, True)
    assert heard(ears, 9.0) == (False, False)


def test_a_key_that_is_pressed_again_within_the_tail_goes_on() -> None:
    ears = Ears(Way.PUSH)
    ears.talk()
    ears.talked(2.0)
    assert not ears.closed
    ears.talk()
    assert heard(ears, 9.0) == (True, False)


def test_keys_mean_nothing_where_there_is_no_push_to_talk() -> None:
    ears = Ears(Way.OPEN)
    ears.talk()
    assert not ears.talking
    ears.turn(Way.PUSH)
    assert heard(ears, 0.0) == (False, False)


def test_muted_wins_over_the_key() -> None:
    ears = Ears(Way.PUSH)
    ears.talk()
    ears.muted = True
    assert heard(ears, 0.0) == (False, False)
