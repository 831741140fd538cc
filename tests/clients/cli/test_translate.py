"""`parley translate` on scripted engines: sentence by sentence, with times that cover all of it."""

from __future__ import annotations

import io
import json
import sys
import wave
from pathlib import Path

import pytest

from assistant.errors import EngineError
from tests.clients.cli.conftest import Parley, Script


def test_sentence_by_sentence(parley: Parley, script: Script) -> None:
    script.answers |= {"Dr. Smith left.": ["El Dr. Smith", " se fue."], 'He said "no."': ["Dijo que no."]}
    ran = parley("translate", 'Dr. Smith left. He said "no."')
    assert (ran.status, ran.out, ran.err) == (0, "El Dr. Smith se fue. Dijo que no.\n", "")


def test_the_times_cover_all_of_it(parley: Parley, script: Script, tmp_path: Path) -> None:
    script.recording(tmp_path / "talk.wav", "One.", "Two.")
    ran = parley("translate", "One. Two. Three.", tmp_path / "talk.wav", "--json", "--speak", tmp_path / "out.wav")
    text, talk = map(json.loads, ran.out.splitlines())
    assert talk["text"] == "One. Two."
    assert talk["translation"] == "Yes. Yes."
    assert 0.09 <= text["timing"]["first_token"] <= text["timing"]["first_phrase"] <= text["timing"]["first_audio"]
    assert text["timing"]["total"] >= 3 * 0.16  # three first tokens and three first samples
    assert talk["timing"]["final"] >= 0.09  # two windows of 50 ms
    assert talk["timing"]["total"] >= talk["timing"]["first_token"] + 0.16
    with wave.open(str(tmp_path / "out.wav")) as sound:
        assert sound.getnframes() / sound.getframerate() == pytest.approx(5 * 4 * 0.05)


def test_a_failure_does_not_end_the_rest(parley: Parley, script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script.answers["two"] = [EngineError("The model is tired; let it rest.")]  # type: ignore[list-item]
    monkeypatch.setattr(sys, "stdin", io.StringIO("one\ntwo\nthree\n"))
    ran = parley("translate", "-", "--speak", tmp_path / "out.wav")
    assert ran.status == 2
    assert ran.out == "Yes.\nYes.\n"
    assert ran.err == "parley: text 2: The model is tired; let it rest.\n"
    assert (tmp_path / "out.wav").exists()


def test_nothing_was_said(parley: Parley, script: Script, tmp_path: Path) -> None:
    (result,) = map(json.loads, parley("translate", script.recording(tmp_path / "silent.wav"), "--json").out.splitlines())
    assert (result["text"], result["translation"], list(result["timing"])) == ("", "", ["total"])
