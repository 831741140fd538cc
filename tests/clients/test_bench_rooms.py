"""`bench rooms`: a server of its own, two people and an audience; the figures follow from what they hear."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.errors import InputError
from assistant.settings import read_settings
from clients.bench.meeting import flags
from clients.bench.rooms import PARTS, _first, _Found, _result
from clients.cli.main import run


def test_two_people_before_an_audience(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["parley", "bench", "rooms", "-n", "1", "--listeners", "2", "--json"])
    with pytest.raises(SystemExit) as ended:
        run()
    assert not ended.value.code
    found = json.loads(capsys.readouterr().out)
    assert (found["n"], found["listeners"]) == (2, 2)
    for part in ("translated", "sounded"):
        for which in ("alone", "before"):
            assert found[part][which]["p50"] <= found[part][which]["p95"]
    assert found["translated"]["ratio"]["p50"] == pytest.approx(
        found["translated"]["before"]["p50"] / found["translated"]["alone"]["p50"], rel=0.01
    )


def test_a_part_without_values_has_no_figures() -> None:
    alone, before = _Found(), _Found()
    alone.values["translated"], before.values["translated"] = [0.5, 0.5], [0.6, 0.9]
    found = _result({0: alone, 20: before}, 1, 20)
    assert found["translated"] == {
        "alone": {"p50": 0.5, "p95": 0.5, "max": 0.5},
        "before": {"p50": 0.6, "p95": 0.9, "max": 0.9},
        "ratio": {"p50": 1.2, "p95": 1.8, "max": 1.8},
    }
    assert found["words"] == {"alone": {}, "before": {}, "ratio": {}}
    assert set(PARTS) < set(found)


def test_the_server_gets_the_same_settings() -> None:
    settings = read_settings(flags=["models.voices.es=/x.onnx", "endpoint.end_s=0.5"])
    given = list(flags(settings))
    assert read_settings(flags=given).model_dump() == settings.model_dump()
    assert "endpoint.end_s=0.5" in given


def test_what_went_wrong_first_is_told() -> None:
    assert str(_first(ExceptionGroup("x", [ExceptionGroup("y", [InputError("no room")])]))) == "no room"
