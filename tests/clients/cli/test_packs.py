"""`parley pack`, and `parley ask --pack` on the starter models."""

from __future__ import annotations

import json
import shutil
import wave
from pathlib import Path
from typing import Any

import pytest

from models.packs.places import folder_of
from models.starter import FOLDER
from tests.clients.cli.conftest import Parley, Ran


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


def lines(ran: Ran) -> list[dict[str, Any]]:
    assert ran.status == 0, ran.err
    return [json.loads(line) for line in ran.out.splitlines()]


def test_questions_to_a_shop(parley: Parley, tmp_path: Path) -> None:
    sound = tmp_path / "question.wav"
    assert parley("say", "when do you open on Saturday", "-o", sound).status == 0
    spoken, parcel, time, timer, cup, thanks = lines(
        parley("ask", "--pack", "shop", "--json", sound, "where is my parcel", "what time is it", "set a timer for two minutes",
               "who won the world cup", "thank you")
    )  # fmt: skip
    assert spoken["tool_calls"][0]["arguments"] == {"passage": "When are you open?"}
    assert "from ten to two" in spoken["reply"]
    assert parcel["tool_calls"][0]["name"] == "knowledge"
    assert "tracking link" in parcel["reply"]
    assert time["tool_calls"][0]["name"] == "time"
    unknown = "I have no answer to that; please call the shop at 555 0142."
    assert (timer["reply"], timer["tool_calls"]) == (unknown, [])  # the shop does not allow timers
    assert (cup["reply"], cup["tool_calls"]) == (unknown, [])
    assert thanks["reply"] == "You're welcome."


def test_questions_to_a_clinic_in_spanish(parley: Parley, tmp_path: Path) -> None:
    sound = tmp_path / "question.wav"
    assert parley("say", "--lang", "es", "¿dónde está la clínica?", "-o", sound).status == 0
    answer = tmp_path / "answer.wav"
    where, cup = lines(parley("--set", "pack=clinic", "ask", "--lang", "es", "--json", "--speak", answer, sound, "¿quién ganó el mundial?"))
    assert where["language"] == "es"
    assert "River Road" in where["reply"]
    assert cup["reply"].startswith("No tengo respuesta a eso")
    assert answer.stat().st_size > 100_000


def test_a_pack_speaks_with_its_own_voice(parley: Parley, tmp_path: Path) -> None:
    assert parley("pack", "new", "mine", "--in", tmp_path).status == 0
    folder = tmp_path / "mine"
    for name in ("tiny.onnx", "tiny.onnx.json"):
        shutil.copy(FOLDER / "voice-tiny" / name, folder)
    (folder / "pack.toml").write_text(f'voices.en = "tiny.onnx"\n{(folder / "pack.toml").read_text()}')
    assert parley("pack", "check", folder).status == 0
    named = ("--set", f"models.voices.en={FOLDER / 'voice-en' / 'voice.onnx'}")
    out, frames = tmp_path / "answer.wav", []
    for settings in ((), named):
        assert parley(*settings, "ask", "--pack", folder, "--speak", out, "what is your address").status == 0
        with wave.open(str(out)) as sound:
            frames.append(sound.getnframes())
    assert frames[0] != frames[1], "the settings win"


def test_a_pack_is_made_checked_tried_and_installed(parley: Parley, tmp_path: Path, data: Path) -> None:
    assert parley("pack", "new", "mine", "--in", tmp_path).status == 0
    checked = parley("pack", "check", tmp_path / "mine")
    assert (checked.status, checked.out) == (0, "mine is right: passages 2 in en; 1 terms; 6 cases.\n")
    (tried,) = lines(parley("pack", "eval", tmp_path / "mine", "--json"))
    assert tried["right_passage"] == {"without": 0.0, "with": 1.0, "of": 4}
    assert tried["nothing_claimed_out_of_the_pack"]["with"] == 1.0
    assert tried["right_tool"]["with"] == 1.0
    assert tried["word_error_rate_aloud"]["of"] == 4
    assert parley("pack", "install", tmp_path / "mine").status == 0
    assert [each["name"] for each in lines(parley("pack", "list", "--json"))] == ["clinic", "mine", "shop"]
    (answered,) = lines(parley("ask", "--pack", "mine", "--json", "what is your address"))
    assert answered["reply"] == "We are at 1 Main Street."


def test_an_adapter_is_told_of_and_measured(parley: Parley, tmp_path: Path) -> None:
    checked = parley("pack", "check", "shop")
    assert checked.status == 0, checked.err
    assert checked.out.endswith(" cases; an adapter for 50 of the passages.\n")
    folder = Path(shutil.copytree(folder_of("shop"), tmp_path / "shop"))
    (folder / "cases.toml").write_text('[[case]]\nlang = "en"\nask = ["where is the shop", "who won the world cup"]\n')
    (tried,) = lines(parley("pack", "eval", folder, "--json"))
    assert set(tried["nothing_claimed_out_of_the_pack"]) == {"without", "without_adapter", "with", "of"}
    table = parley("pack", "eval", folder).out
    assert "without its adapter" in table
    (folder / "adapter.gguf").write_bytes(b"GGUF")
    for command in (("pack", "check", folder), ("ask", "--pack", folder, "hello"), ("pack", "install", folder)):
        ran = parley(*command)
        assert (ran.status, ran.err.count("\n")) == (2, 1)
        assert (
            "adapter.gguf is no adapter of the starter model, or is broken; train it again (python -m models.starter.recipe adapter "
            in ran.err
        )


def test_what_other_thresholds_would_give(parley: Parley) -> None:
    rows = lines(parley("pack", "eval", "shop", "--scores", "--json"))
    claimed = [row["right"] for row in rows]
    assert claimed == sorted(claimed, reverse=True)
    assert [row["out_of_the_pack"] for row in rows] == sorted((row["out_of_the_pack"] for row in rows), reverse=True)
    assert " (now) " in parley("pack", "eval", "shop", "--scores").out


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("ask", "--pack", "shpo", "hello"), "There is no pack 'shpo'; choose from clinic, shop, or name the folder of one."),
        (("pack", "check", "shpo"), "There is no pack 'shpo'; choose from clinic, shop, or name the folder of one."),
        (("pack", "new", "My Pack"), "'My Pack' is no name of a pack; write small letters, digits and hyphens, such as flower-shop."),
        (("serve", "--pack", "shpo"), "There is no pack 'shpo'; choose from clinic, shop, or name the folder of one."),
    ],
)
def test_mistakes(parley: Parley, command: tuple[str, ...], says: str) -> None:
    ran = parley(*command)
    assert (ran.status, ran.err) == (2, f"parley: {says}\n")


def test_one_that_is_not_right_is_named_in_the_list(parley: Parley, data: Path) -> None:
    (data / "parley/packs/bad").mkdir(parents=True)
    (data / "parley/packs/bad/pack.toml").write_text("name = ")
    ran = parley("pack", "list")
    assert ran.status == 0
    assert "shop" in ran.out
    assert "bad/pack.toml is no TOML" in ran.err
