"""Endpointing: probabilities in, changes out; blips, pauses and ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.audio import CHUNK_S
from assistant.endpoint import Change, Endpointer, EndpointTiming, Kind


def changes(*stretches: tuple[float, int]) -> list[tuple[Kind, int]]:
    """Return what stretches of (probability, chunks) change, with the chunk that each change is dated to."""
    endpointer = Endpointer()
    found = [change for probability, count in stretches for _ in range(count) for change in endpointer.push(probability)]
    return [(change.kind, round(change.at_s / CHUNK_S)) for change in found]


def test_an_utterance() -> None:
    assert changes((0.0, 10), (0.9, 20), (0.0, 20)) == [(Kind.STARTED, 10), (Kind.CONFIRMED, 10), (Kind.PAUSED, 30), (Kind.ENDED, 30)]


def test_a_click_starts_and_is_never_confirmed() -> None:
    assert changes((0.9, 2), (0.0, 30), (0.9, 2), (0.0, 30)) == [(Kind.STARTED, 0), (Kind.STARTED, 32)]


def test_a_breath_within_an_utterance() -> None:
    kinds = [kind for kind, _ in changes((0.9, 20), (0.0, 8), (0.9, 10), (0.0, 20))]
    assert kinds == [Kind.STARTED, Kind.CONFIRMED, Kind.PAUSED, Kind.RESUMED, Kind.PAUSED, Kind.ENDED]


def test_between_the_thresholds_nothing_changes() -> None:
    assert changes((0.4, 50)) == []  # too little to begin
    assert [kind for kind, _ in changes((0.9, 10), (0.4, 50))] == [Kind.STARTED, Kind.CONFIRMED]  # enough to go on
    assert [kind for kind, _ in changes((0.9, 10), (0.0, 6), (0.4, 4), (0.0, 10))][-1] is Kind.ENDED  # too little to resume


def test_the_end_of_the_audio_ends_what_is_being_said() -> None:
    endpointer = Endpointer()
    for _ in range(10):
        endpointer.push(0.9)
    assert endpointer.finish() == [Change(Kind.ENDED, 10 * CHUNK_S)]
    assert endpointer.finish() == []
    assert not endpointer.active


def test_what_is_over_is_told_again() -> None:
    endpointer = Endpointer()

    def over(probability: float, count: int) -> list[Kind]:
        for _ in range(count):
            endpointer.push(probability)
        return [change.kind for change in endpointer.over()]

    assert over(0.9, 10) == []
    assert over(0.0, 8) == [Kind.PAUSED]
    assert over(0.0, 60) == [Kind.PAUSED, Kind.ENDED]
    assert [change.at_s for change in endpointer.over()] == [10 * CHUNK_S] * 2


@given(st.lists(st.floats(0, 1), max_size=300))
def test_changes_come_in_order(probabilities: list[float]) -> None:
    follows = {
        None: {Kind.STARTED},
        Kind.STARTED: {Kind.CONFIRMED, Kind.STARTED},
        Kind.CONFIRMED: {Kind.PAUSED},
        Kind.PAUSED: {Kind.RESUMED, Kind.ENDED},
        Kind.RESUMED: {Kind.PAUSED},
        Kind.ENDED: {Kind.STARTED},
    }
    endpointer, before = Endpointer(), None
    for probability in probabilities:
        for change in endpointer.push(probability):
            assert change.kind in follows[before]
            before = change.kind


@pytest.mark.parametrize("wrong", [{"enter": 0.2}, {"leave": -0.1}, {"pause_s": 0.0}])
def test_timing_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        EndpointTiming(**wrong)


def test_a_click_behind_what_is_an_utterance_after_all_ends_with_it() -> None:
    endpointer = Endpointer()
    for probability, count in ((0.9, 10), (0.0, 40), (0.9, 2)):
        for _ in range(count):
            endpointer.push(probability)
    assert endpointer.over() == []  # it rises again
    kinds = [change.kind for _ in range(60) for change in endpointer.push(0.0)]
    assert kinds == [Kind.PAUSED, Kind.ENDED]
