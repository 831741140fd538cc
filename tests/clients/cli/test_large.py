"""`parley ask` with a hosted model, what it costs, and what a person gets wrong in its settings."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.cli.conftest import Parley

HARD = "who wrote the novel about the white whale"


@pytest.fixture(autouse=True)
def kept_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def provider() -> Iterator[str]:
    with subprocess.Popen([sys.executable, "-m", "tests.models.hosted.provider"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()


def settings(folder: Path, url: str, *, model: str = "gpt-6-luna", **large: str) -> Path:
    given = {"privacy": '"hard"'} | large
    lines = [f"{key} = {value}" for key, value in given.items() if "." not in key]
    extra = [f"{key.removeprefix('p.')} = {value}" for key, value in given.items() if key.startswith("p.")]
    provider = ["[[large.providers]]", 'name = "Mine"', f'url = "{url}"', f'model = "{model}"', *extra]
    (folder / "settings.toml").write_text("\n".join(["[large]", *lines, *provider]))
    return folder / "settings.toml"


def test_a_hard_question_is_asked_elsewhere_and_its_cost_is_shown(parley: Parley, provider: str, tmp_path: Path) -> None:
    file = settings(tmp_path, provider)
    ran = parley("--settings", file, "ask", HARD, "what is seven times eight")
    assert ran.status == 0, ran.err
    assert "asking  Mine (too hard for the small model" in ran.out
    assert "Paris is the capital." in ran.out
    assert ran.out.count("asking") == 1
    cost = parley("--settings", file, "cost", "--by", "provider", "--json")
    assert json.loads(cost.out) == {
        "provider": "Mine", "answers": 1, "tokens_read": 20, "tokens_written": 8, "usd": 0.000006, "estimated": 0, "unpriced": 0,
    }  # fmt: skip
    shown = parley("--settings", file, "cost")
    assert "Left today: $0.2500 of $0.25" in shown.out


def test_nothing_leaves_unless_somebody_says_so(parley: Parley, provider: str, tmp_path: Path) -> None:
    ran = parley("--settings", settings(tmp_path, provider, privacy='"never"'), "ask", HARD)
    assert "Paris" not in ran.out
    assert "No hosted model has been asked." in parley("cost").out


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"p.key_from": '"NO_SUCH_KEY"', "url": "https://api.example.org/v1"}, "NO_SUCH_KEY is not set; put the key of Mine there"),
        ({"url": "https://api.example.org/v1"}, "Mine needs a key; name the variable that holds it"),
        (
            {"model": "nobody-knows", "url": "https://api.example.org/v1", "p.key_from": '"HOME"'},
            "What nobody-knows of Mine costs is not known",
        ),
        ({"hide": '["iban"]'}, "large.hide knows no 'iban'; choose from email, card, phone."),
        ({"p.key_file": '"none"'}, "There is no file 'none' with the key of Mine"),
        ({"prices": '"none.toml"'}, "There is no table of prices 'none.toml'"),
        ({"privacy": '"sometimes"'}, "large.privacy"),
        ({"url": "api.example.org"}, "url"),
    ],
)
def test_mistakes_are_one_sentence(parley: Parley, tmp_path: Path, changes: dict[str, str], told: str) -> None:
    url, model = changes.pop("url", "http://localhost:1/v1"), changes.pop("model", "gpt-6-luna")
    ran = parley("--settings", settings(tmp_path, url, model=model, **changes), "ask", HARD)
    assert ran.status == 2
    assert told in ran.err
    assert "Traceback" not in ran.err


def test_nobody_to_ask(parley: Parley) -> None:
    ran = parley("--set", "large.privacy=always", "ask", HARD)
    assert ran.status == 2
    assert 'large.privacy is "always", but nobody is named who could be asked; add [[large.providers]].' in ran.err


def test_a_key_that_others_can_read(parley: Parley, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("sk-secret")
    key.chmod(0o644)
    ran = parley("--settings", settings(tmp_path, "https://api.example.org/v1", **{"p.key_file": f'"{key}"'}), "ask", HARD)
    assert ran.status == 2
    assert "Others can read the key" in ran.err
    assert "sk-secret" not in ran.err


def test_costs_by_nothing(parley: Parley) -> None:
    ran = parley("cost", "--by", "week")
    assert ran.status == 2
    assert "--by knows no 'week'; choose from day, provider, model, session." in ran.err
