"""What a talk takes while nobody speaks: the bench tells it for both views, in silence and in noise, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import json

import pytest

from assistant.settings import Settings
from clients.bench.idle import bench_idle


def test_tells_both_views_in_silence_and_in_noise(capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(bench_idle(Settings(), 1.0, as_json=True))
    result = json.loads(capsys.readouterr().out)
    assert result["seconds"] == 1
    assert "cores" in result["machine"]
    assert result["percent_of_a_core"].keys() == {"plain", "view"}
    for rooms in result["percent_of_a_core"].values():
        assert rooms.keys() == {"silence", "noise"}
        assert all(0 < percent < 400 for percent in rooms.values())
