from __future__ import annotations

import pytest

from models.restarts import FIRST_WAIT_S, FORGIVEN_S, MOST_WAIT_S, Restarts


@pytest.mark.parametrize(
    ("served", "waits"),
    [
        ([3600.0, FORGIVEN_S, FORGIVEN_S, FORGIVEN_S], [0.0, 0.0, 0.0, 0.0]),
        ([0.0, 0.0, 0.0, 0.0], [0.0, FIRST_WAIT_S, 2 * FIRST_WAIT_S, 4 * FIRST_WAIT_S]),
        ([3600.0, 1.0, 1.0], [0.0, FIRST_WAIT_S, 2 * FIRST_WAIT_S]),
        ([0.0, 0.0, 10 * FORGIVEN_S, 0.0], [0.0, FIRST_WAIT_S, 0.0, FIRST_WAIT_S]),
    ],
)
def test_at_once_unless_that_has_not_helped(served: list[float], waits: list[float]) -> None:
    restarts = Restarts()
    assert [restarts.ended(served_s) for served_s in served] == waits


def test_there_is_a_longest_wait_and_it_stays_while_nothing_helps() -> None:
    restarts = Restarts()
    waits = [restarts.ended(0.0) for _ in range(2000)]
    assert waits == sorted(waits)
    assert waits[-1] == MOST_WAIT_S
    assert restarts.ended(3600.0) == 0.0
