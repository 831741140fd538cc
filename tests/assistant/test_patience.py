"""How long a silence must last: the less complete, the longer; between the limits; learned from the speaker."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.patience import Patience, Waits

WAITS = Waits()


def test_what_sounds_complete_ends_soon_and_what_does_not_ends_late() -> None:
    patience = Patience()
    assert patience.wait_s(0.99) == WAITS.least_s
    assert WAITS.least_s < patience.wait_s(0.5) < WAITS.most_s
    assert patience.wait_s(0.001) == WAITS.most_s
    assert patience.wait_s(None) == WAITS.unknown_s


@given(st.floats(0, 1), st.floats(0, 1), st.lists(st.floats(0.05, 3), max_size=20))
def test_the_wait_never_grows_with_completeness_and_keeps_its_limits(one: float, other: float, pauses: list[float]) -> None:
    patience = Patience()
    for pause_s in pauses:
        patience.learn(pause_s)
    low, high = sorted((one, other))
    assert WAITS.least_s <= patience.wait_s(high) <= patience.wait_s(low) <= WAITS.most_s


def test_a_speaker_with_long_pauses_is_given_more_time() -> None:
    slow, quick = Patience(), Patience()
    for _ in range(10):
        slow.learn(0.9)
        quick.learn(0.2)
    assert quick.wait_s(0.5) < Patience().wait_s(0.5) < slow.wait_s(0.5)


@pytest.mark.parametrize("wrong", [{"least_s": 0.5}, {"most_s": 0.5}, {"least_s": 0.0}, {"pause_s": 0.0}])
def test_waits_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        Waits(**wrong)


def test_an_end_that_was_none_teaches_and_a_change_of_mind_does_not() -> None:
    patience = Patience()
    patience.mistook(11.0)
    assert patience.wait_s(0.5) == Patience().wait_s(0.5)
    patience.mistook(1.0)
    assert patience.wait_s(0.5) > Patience().wait_s(0.5)
