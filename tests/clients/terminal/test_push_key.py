from __future__ import annotations

import pytest

from clients.terminal.push_key import Push, PushKey

B, E = Push.BEGIN, Push.END


@pytest.mark.parametrize(
    ("presses", "wanted"),
    [
        ([0.0, 2.0], [(0.0, B), (2.0, E)]),  # tap, and tap
        ([0.0, 2.0, 3.0, 5.0], [(0.0, B), (2.0, E), (3.0, B), (5.0, E)]),
        ([0.0, 0.5, 0.53, 0.56, 0.6, 0.65, 0.7], [(0.0, B), (1.0, E)]),  # held: it is over when it repeats no more
        ([0.0], [(0.0, B)]),
    ],
)
def test_where_releases_are_not_told(presses: list[float], wanted: list[tuple[float, Push]]) -> None:
    key = PushKey()
    steps = sorted(
        [(at_s, key.press) for at_s in presses] + [(tenth / 10 + 0.001, key.tick) for tenth in range(60)], key=lambda step: step[0]
    )
    found = [(at_s, push) for at_s, step in steps if (push := step(at_s))]
    assert found == [(pytest.approx(at_s, abs=0.01), push) for at_s, push in wanted]


def test_where_they_are() -> None:
    key = PushKey()
    key.tells_releases = True
    assert key.release() is None
    assert key.press(0.0) is B
    assert [key.press(0.5), key.tick(0.9), key.press(1.0), key.tick(9.0)] == [None] * 4
    assert key.release() is E
    assert key.release() is None
