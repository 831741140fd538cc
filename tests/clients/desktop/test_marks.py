"""When a point of the sound was heard, and what turns took."""

from __future__ import annotations

import pytest

from assistant.latency import Timing
from clients.desktop.marks import KEPT, Marks, SentClock


def test_the_clock_goes_by_the_promptest_block() -> None:
    clock = SentClock()
    assert clock.when(0.0) is None
    for number in range(1, 101):
        clock.push(0.032, 5.0 + number * 0.032 + (0.02 if number % 7 else 0.0))
    assert clock.when(1.0) == pytest.approx(6.0)


def test_a_gap_in_the_sound_moves_it() -> None:
    clock = SentClock()
    clock.push(1.0, 1.0)
    clock.push(1.0, 60.0)
    assert clock.when(1.5) == pytest.approx(59.5)


def test_a_break_makes_it_unsure_until_the_server_tells() -> None:
    clock = SentClock()
    clock.interrupted()
    clock.push(1.0, 1.0)
    assert clock.when(0.5) == pytest.approx(0.5), "nothing was sent before"
    clock.interrupted()
    clock.push(1.0, 2.0)
    assert clock.when(0.5) is None
    clock.told(1.0)
    assert clock.sent_s == pytest.approx(1.0)
    assert clock.when(0.5) == pytest.approx(1.5)
    clock.push(1.0, 3.0)
    clock.told(2.5)  # half a second of what seemed lost was only late
    assert clock.when(2.5) == pytest.approx(3.0)


@pytest.mark.parametrize("marks_first", [True, False])
def test_a_turn_is_timed_once_both_are_known(marks_first: bool) -> None:
    timings: list[Timing] = []
    marks = Marks(timings.append)
    if marks_first:
        marks.mark(3, {"final": 100, "unknown": 5, "playing": 1}, 10.0)
    marks.played(3, 10.5)
    if not marks_first:
        marks.mark(3, {"final": 100, "unknown": 5, "playing": 1}, 10.0)
    [timing] = timings
    assert timing == Timing(3, 10.0, {"final": 0.1, "playing": 0.5})


def test_turns_without_the_other_half_are_forgotten() -> None:
    marks = Marks(lambda _: None)
    for turn in range(3 * KEPT):
        marks.played(turn, 1.0)
    assert len(marks._played_s) == KEPT
