"""A line is told of at most eight times a second."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from server.rooms.pacing import EVERY_S, Pacing


@given(st.lists(st.floats(0, 0.5), max_size=50))
def test_nothing_is_told_too_often_and_nothing_waits_too_long(pauses: list[float]) -> None:
    pacing, now_s, told = Pacing(), 0.0, []
    for pause_s in pauses:
        now_s += pause_s
        wait_s = pacing.wait_s("line", now_s)
        assert wait_s <= EVERY_S + 1e-9
        if wait_s == 0:
            pacing.tell("line", now_s, last=False)
            told.append(now_s)
    assert all(later - earlier >= EVERY_S - 1e-9 for earlier, later in pairwise(told))


def test_lines_do_not_wait_for_one_another_and_are_forgotten() -> None:
    pacing = Pacing()
    pacing.tell("a", 0.0, last=False)
    assert pacing.wait_s("b", 0.0) == 0
    assert pacing.wait_s("a", 0.0) == EVERY_S
    pacing.tell("a", 0.01, last=True)
    assert pacing.wait_s("a", 0.01) == 0
    assert not pacing._told_s
