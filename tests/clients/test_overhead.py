"""What the conversation itself costs: the bench tells all of it, and neither quiet nor a turn leaves memory behind."""

from __future__ import annotations

import json

import pytest

from clients.bench.overhead import bench_overhead


def test_turns_and_quiet_without_and_with_the_real_detector(capsys: pytest.CaptureFixture[str]) -> None:
    bench_overhead(3, as_json=True)
    results = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(result["detector"], result["n"]) for result in results] == [("none", 3), ("silero", 3)]
    for result in results:
        assert "cores" in result["machine"]
        assert result["turn_ms"].keys() == {"p50", "p95", "max"}
        assert result["turn_and_listening_ms"]["p50"] > 0
        assert result["idle_percent_of_a_core"] > 0
        idle, turn = result["idle_second"], result["turn"]
        assert 64_000 < idle["passing_bytes"] < 1_000_000  # the audio itself is the least
        assert idle["kept_bytes"] < 10_000
        assert idle["kept_blocks"] < 100
        assert turn["most_bytes"] < 5_000_000
        assert turn["kept_bytes"] < 50_000  # the audio of a turn, which is gone by now, is five times that
        assert turn["kept_blocks"] < 1_000
