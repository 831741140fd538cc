"""How many rows a step has, and how many answers share it: what most tokens a second come of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import threads
from models.widths import GAIN, LEAST_S, MOST_ROWS, Widths, measured

HALF_A_BILLION = [0.0143, 0.0387, 0.0536, 0.0500, 0.0759, 0.0875, 0.1009, 0.0679]
"""Seconds of a step of a model of 0.5 B in Q4_0 on one core of an AMD EPYC."""


def test_seven_are_computed_as_eight_and_two_in_turn() -> None:
    widths = Widths(HALF_A_BILLION)
    assert [widths.rows(answers) for answers in range(1, 10)] == [1, 2, 3, 4, 8, 8, 8, 8, 9]
    assert [widths.answers(waiting) for waiting in range(1, 10)] == [1, 1, 1, 4, 5, 6, 7, 8, 9]


def test_without_a_measure_all_share_a_step() -> None:
    assert [Widths().rows(answers) for answers in range(10)] == list(range(10))
    assert [Widths().answers(waiting) for waiting in range(10)] == list(range(10))


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=12), st.integers(0, 14))
def test_nothing_else_is_much_better(step_s: list[float], waiting: int) -> None:
    widths, bound = Widths(step_s), 1 + GAIN + 1e-9
    rows, answers = widths.rows(waiting), widths.answers(waiting)
    if not 0 < waiting <= len(step_s):
        assert rows == answers == waiting
        return
    assert waiting <= rows <= len(step_s)
    assert 1 <= answers <= waiting
    assert step_s[rows - 1] <= bound * min(step_s[waiting - 1 :])
    rates = [count / step_s[widths.rows(count) - 1] for count in range(1, waiting + 1)]
    assert max(rates) <= bound * rates[answers - 1]


class Machine:
    """One whose clock goes on by what a step takes."""

    def __init__(self, step_s: list[float]) -> None:
        self._step_s, self.now_s, self.rows = step_s, 0.0, list[int]()

    def step(self, rows: int) -> None:
        self.rows.append(rows)
        self.now_s += self._step_s[rows - 1]

    def perf_counter(self) -> float:
        return self.now_s


@pytest.mark.parametrize("most", [4, 8, 16])
def test_each_number_of_rows_is_tried(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    machine = Machine(HALF_A_BILLION)
    monkeypatch.setattr(threads, "time", machine)
    widths = measured(machine.step, most)
    assert set(machine.rows) == set(range(1, min(most, MOST_ROWS) + 1))
    assert widths.answers(2) == 1


def test_where_a_step_is_short_there_is_no_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine([0.9 * LEAST_S, 1.0])
    monkeypatch.setattr(threads, "time", machine)
    assert measured(machine.step, 8).answers(2) == 2
    assert set(machine.rows) == {1}
