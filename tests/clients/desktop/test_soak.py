"""Two minutes of a long talk on a card with two clocks: every question is answered, and nothing gathers."""

from __future__ import annotations

from tests.clients.desktop.soak import soak


def test_nothing_drifts_or_gathers() -> None:
    found = soak(120, stretch_s=60)
    assert [len(stretch.lags_s) for stretch in found.stretches] == [stretch.asked for stretch in found.stretches]
    assert found.xruns == 0
    assert found.most_waiting_s < 0.2
