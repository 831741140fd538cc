"""The bench of echoes: its rooms, and a small run with the starter recognizer and voice."""

from __future__ import annotations

import json

import numpy as np
import pytest

from assistant.audio import LISTEN_RATE_HZ, Samples, silence
from assistant.settings import Settings
from clients.bench.acoustics import Acoustics, Place, places, response
from clients.bench.echo import bench_echo


@pytest.mark.parametrize("reverberation_s", [0.2, 0.5])
def test_a_room_falls_silent_as_it_should(reverberation_s: float) -> None:
    taps = response(reverberation_s, 1)
    left_db = 10 * np.log10(np.cumsum(taps[::-1] ** 2)[::-1])
    assert left_db[0] == pytest.approx(0, abs=1e-3)
    half = round(reverberation_s / 2 * LISTEN_RATE_HZ)
    assert -45 < left_db[half] < -15, "half of the time, half of the 60 dB, about"


def test_an_echo_has_its_level_and_its_delay() -> None:
    click: Samples = silence(LISTEN_RATE_HZ)
    click[0] = 1.0
    room = Acoustics(Place(-20.0, 0.1, 0.3, noise_db=-120.0))
    room.play(click, LISTEN_RATE_HZ)
    heard = np.concatenate([room.step(silence(512))[1] for _ in range(25)])
    assert 10 * np.log10(np.sum(heard**2)) == pytest.approx(-20, abs=0.5)
    first = int(np.argmax(np.abs(heard) > 1e-4))
    assert first / LISTEN_RATE_HZ == pytest.approx(0.1, abs=0.001)


def test_all_levels_meet_all_delays() -> None:
    assert len({(place.level_db, place.delay_s) for place in places(16, 0)}) == 16
    assert places(16, 0) == places(16, 0)


def test_an_assistant_that_hears_itself_leaves_itself_alone(capsys: pytest.CaptureFixture[str]) -> None:
    bench_echo(Settings(), 0.7, 3, seed=0, as_json=True, count=3)
    result = json.loads(capsys.readouterr().out)
    assert result["minutes"] >= 0.7
    assert result["disturbed"] == []
    assert result["erle_db"] >= 20
    assert result["interrupted"] == 3
    by_level = {row["level_db"]: row for row in result["places"]}
    assert by_level[-20.0]["caught"] == by_level[-20.0]["interrupted"]
