"""What is measured of many requests at once, on the starter model."""

from __future__ import annotations

import asyncio
import json

import pytest

from assistant.errors import InputError
from assistant.sections import ModelSettings
from assistant.settings import Settings
from clients.bench.batch import SESSIONS, _model, _writing, bench_batch

SETTINGS = Settings(models=ModelSettings(threads=1))


def test_both_ways_are_measured(capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(bench_batch(SETTINGS, profile="starter", tokens=12, newcomers=3, as_json=True))
    together, in_turn = map(json.loads, capsys.readouterr().out.splitlines())
    assert (together["steps"], in_turn["steps"]) == ("together", "in turn")
    for result in (together, in_turn):
        assert list(result["tokens_s"]) == [str(sessions) for sessions in SESSIONS]
        assert min(result["tokens_s"].values()) > 0
        assert 0 < result["first_token_s"]["p50"] <= result["first_token_s"]["p95"] <= result["first_token_s"]["max"]


@pytest.mark.parametrize("together", [True, False])
def test_no_prompt_is_computed_again_in_either_way(*, together: bool) -> None:
    async def work() -> None:
        async with _writing(_model("starter", SETTINGS)[0], SETTINGS, together=together) as worker:
            assert (await worker.ready()).context.parallel >= max(SESSIONS)

    asyncio.run(work())


def test_it_is_shown_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(bench_batch(SETTINGS, profile="starter", tokens=8, newcomers=1, as_json=False))
    shown = capsys.readouterr().out
    assert "starter language model, 8 tokens each" in shown
    assert "together" in shown
    assert "in turn" in shown


def test_what_cannot_be_measured_is_said() -> None:
    with pytest.raises(InputError, match="no profile 'large'"):
        asyncio.run(bench_batch(SETTINGS, profile="large", tokens=8, newcomers=1, as_json=False))
    with pytest.raises(InputError, match="do not fit"):
        asyncio.run(bench_batch(SETTINGS, profile="starter", tokens=5000, newcomers=1, as_json=False))
