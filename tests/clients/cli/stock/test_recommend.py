"""`parley models recommend` on speeds that are known, as a probe had kept them; and once with the probe itself."""

from __future__ import annotations

import json
import os
import re
import tomllib
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from models.advice import kept
from models.load import cores
from tests.clients.cli.conftest import Parley
from tests.clients.cli.test_mistakes import one_sentence
from tests.models.advice.speeds import speeds


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    kept.write(speeds(), cores(), None)
    return tmp_path


def settings() -> Path:
    return Path(os.environ["XDG_CONFIG_HOME"]) / "parley" / "settings.toml"


def test_the_table_fits_80_columns_and_has_what_is_here(measured: Path, parley: Parley, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    ran = parley("models", "recommend", "--memory", 8, "--deadline", 1.2)
    assert ran.status == 0
    rows = [line for line in ran.out.splitlines() if re.match(r"[a-z]+\*? +\S", line)]
    table = [row for row in rows if row.rstrip().endswith((" yes", " no"))]
    assert len([row for row in table if "*" in row]) == 1
    assert any("starter     starter" in row and "not publ." in row for row in table)
    assert max(map(len, table)) <= 80
    for part in (
        "--again",
        "IFEval",
        "https://",
        "prices of",
        "energy",
        "Left out",
        "Recommended: recognizer whisper-",
        "parley models pull whisper-",
    ):
        assert part in ran.out
    assert not settings().exists()


def test_use_writes_the_profile_and_names_what_has_to_be_fetched(measured: Path, parley: Parley) -> None:
    ran = parley("models", "recommend", "--lang", "en", "--lang", "es", "--memory", 8, "--deadline", 3, "--accept-licence", "--use")
    assert ran.status == 0
    written = tomllib.loads(settings().read_text())["models"]
    told = json.loads(
        parley("models", "recommend", "--lang", "en", "--lang", "es", "--memory", 8, "--deadline", 3, "--accept-licence", "--json").out
    )
    best = told["recommended"]
    assert written["recognizers"] == {"en": best["recognizer"], "es": best["recognizer"]}
    assert written["language_model"] == best["language_model"]
    assert json.loads(parley("models", "recommend", "--memory", 8, "--deadline", 3, "--json", "--use").out)["recommended"]
    pulled = re.search(r"parley models pull (.*)", ran.out)
    assert pulled
    names = [best["recognizer"], best["language_model"], *(v for v in best["voices"].values() if v not in ("starter", "espeak-ng"))]
    assert [word for word in pulled[1].split() if not word.startswith("--")] == names
    one_sentence(parley("ask", "hello"), best["recognizer"], "parley models pull")


def test_the_starter_is_meant_where_the_settings_name_none(measured: Path, parley: Parley) -> None:
    settings().parent.mkdir(parents=True, exist_ok=True)
    settings().write_text('[models]\nlanguage_model = "mine.gguf"\n')
    ran = parley("models", "recommend", "--memory", 0.4, "--use")
    assert "Recommended: recognizer starter, language model starter" in ran.out
    assert "take models.language_model out of" in ran.err
    assert settings().read_text() == '[models]\nlanguage_model = "mine.gguf"\n'


def test_json_has_every_figure_and_its_source(measured: Path, parley: Parley) -> None:
    told = json.loads(parley("models", "recommend", "--json", "--all", "--memory", 8).out)
    assert told["limits"] == {"memory_bytes": 8_000_000_000, "deadline_s": 1.2}
    assert told["local_usd_an_hour"] is None
    assert told["hosted_usd_an_hour"]["gpt-6-luna"] == pytest.approx(0.0057)
    assert {"recognizer": "starter", "language_model": "starter"}.items() <= told["profiles"][0].items()
    for profile in told["profiles"]:
        assert (profile["quality"] is None) == (profile["published"] == [])
        assert all("https://" in each for each in profile["published"])


@pytest.mark.parametrize("name", ["plot.svg", "plot.html"])
def test_the_plot_needs_nothing_else(name: str, measured: Path, parley: Parley) -> None:
    path = measured / name
    assert parley("models", "recommend", "--plot", path, "--memory", 8).status == 0
    text = path.read_text()
    assert "<circle" in text
    assert "allowed" in text
    assert not re.search(r"(src|href)=|url\(", text)
    if name.endswith("svg"):
        assert ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"


def test_mistakes_are_one_sentence(measured: Path, parley: Parley) -> None:
    one_sentence(parley("models", "recommend", "--lang", "xx"), "--lang 'xx' is no language that Parley can speak", "choose from")
    one_sentence(parley("models", "recommend", "--lang", "English"), "--lang 'English' is no language", "such as es")
    one_sentence(parley("models", "recommend", "--memory", 0.1), "No profile fits into 0.1 GB", "give --memory")
    one_sentence(parley("models", "recommend", "--plot", "plot.png"), "neither a picture nor a page", ".svg or .html")
    one_sentence(parley("models", "recommend", "--plot", measured / "no" / "p.svg", "--memory", 8), "There is no folder", "make it first")


def test_a_figure_of_another_machine_is_not_taken(measured: Path) -> None:
    assert kept.read(cores(), None) is not None
    assert kept.read(cores() + 1, None) is None
    assert kept.read(cores(), 3) is None
    kept.place().write_text("{")
    assert kept.read(cores(), None) is None


def test_what_was_measured_on_a_busy_machine_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    found = speeds()
    kept.write(type(found)(**{**vars(found), "busy": 0.5}), cores(), None)
    assert not kept.place().exists()


def test_with_the_probe_itself(parley: Parley, monkeypatch: pytest.MonkeyPatch) -> None:
    told = json.loads(parley("models", "recommend", "--json", "--again", "--memory", 8).out)
    found = told["probe"]
    assert found["took_s"] > 0
    assert found["copy_bytes_s"] > 1e8
    for curve in (each["batch"] for each in found["writing"].values()):
        assert curve[0][1] < curve[-1][1]
    assert found["medium"]["rtf"] < found["high"]["rtf"]
    assert told["profiles"][0]["voice_to_voice_s"] is not None


def test_a_check_holds_a_conversation_and_tells_both(measured: Path, parley: Parley, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clients.bench.predicted.TURNS", 2)
    told = json.loads(parley("models", "recommend", "--memory", 0.4, "--check", "--json").out)
    assert [part["part"] for part in told["check"]] == ["final", "first_token", "first_phrase", "voice_to_voice"]
    for part in told["check"]:
        assert part["measured_s"] > 0
        assert part["off"] == pytest.approx(part["predicted_s"] / part["measured_s"] - 1, abs=1e-3)
