from __future__ import annotations

import pytest

from models.restarts import FIRST_WAIT_S, MOST_WAIT_S, Restarts


@pytest.mark.parametrize(
    ("ends", "waits"),
    [
        ([0.0, 100.0, 200.0, 300.0], [0.0, 0.0, 0.0, 0.0]),
        ([0.0, 1.0, 60.0], [0.0, 0.0, FIRST_WAIT_S]),
        ([0.0, 1.0, 61.0, 62.0], [0.0, 0.0, 0.0, 0.0]),
        ([0.0, 1.0, 2.0, 70.0, 71.0, 72.0], [0.0, 0.0, FIRST_WAIT_S, 0.0, 0.0, 2 * FIRST_WAIT_S]),
    ],
)
def test_at_once_unless_that_has_not_helped(ends: list[float], waits: list[float]) -> None:
    restarts = Restarts()
    assert [restarts.ended(at_s) for at_s in ends] == waits


def test_there_is_a_longest_wait() -> None:
    restarts = Restarts()
    waits = [restarts.ended(0.0) for _ in range(60)]
    assert max(waits) == MOST_WAIT_S
