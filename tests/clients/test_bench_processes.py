"""What a process of its own costs: the bench tells all of it."""

from __future__ import annotations

import asyncio
import json

import pytest

from clients.bench.processes import bench_processes


def test_steps_here_and_there_and_an_answer_that_is_interrupted(capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(bench_processes(2, as_json=True))
    (result,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(result["ms"]) == 6
    for kind, found in result["ms"].items():
        assert found["thread"]["p50"] > 0, kind
        assert found["process"]["p50"] > 0, kind
    assert result["back_ms"]["p50"] > 0
