"""The storm of faults itself, for seconds: what takes half an hour is run by hand."""

from __future__ import annotations

from tests.server.faults.storm import storm
from tests.server.serving import run


def test_a_short_storm_does_no_harm() -> None:
    assert run(storm(0.2, 6, seed=1, calm_s=8)) == []
