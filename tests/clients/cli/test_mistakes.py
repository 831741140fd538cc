"""What a person gets for a mistake: one sentence with the value and the remedy, exit status 2, no stack trace, nothing half-written."""

from __future__ import annotations

import errno
import io
import shutil
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from models import starter
from tests.clients.cli.conftest import Parley, Ran


def one_sentence(ran: Ran, *parts: str) -> None:
    assert ran.status == 2, ran
    assert ran.out == ""
    assert "Traceback" not in ran.err
    lines = [line for line in ran.err.splitlines() if line.strip()]
    assert len(lines) == 1, ran.err
    assert lines[0].startswith("parley: ")
    assert lines[0].endswith(".")
    for part in parts:
        assert part in lines[0]


@pytest.mark.parametrize("command", [["transcribe"], ["ask"], ["translate"]])
def test_a_file_that_is_not_there(parley: Parley, command: list[str]) -> None:
    one_sentence(parley(*command, "nothing.wav"), "There is no file 'nothing.wav'", "check the name")


@pytest.mark.parametrize("command", [["transcribe"], ["ask"], ["translate"]])
def test_a_file_without_sound(parley: Parley, tmp_path: Path, command: list[str]) -> None:
    empty, text, folder = tmp_path / "empty.wav", tmp_path / "text.mp3", tmp_path / "folder.flac"
    empty.touch()
    text.write_text("These are words and no sound at all. " * 50)
    folder.mkdir()
    one_sentence(parley(*command, empty), "empty.wav' is empty", "give a file with audio")
    one_sentence(parley(*command, text), "text.mp3' cannot be read as audio")
    one_sentence(parley(*command, folder), "folder.flac' is a folder")


def test_a_picture_has_no_sound(parley: Parley, tmp_path: Path) -> None:
    picture = tmp_path / "picture.bmp"
    picture.write_bytes(b"BM" + (58).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little") + (40).to_bytes(4, "little")
                        + (1).to_bytes(4, "little") * 2 + (1).to_bytes(2, "little") + (24).to_bytes(2, "little") + bytes(24) + bytes(4))  # fmt: skip
    one_sentence(parley("transcribe", picture), "give a")


def test_an_unknown_language(parley: Parley, tmp_path: Path) -> None:
    one_sentence(parley("say", "hello", "--lang", "xx", "-o", tmp_path / "x.wav"), "There is no voice for 'xx'", "en, es")
    one_sentence(parley("translate", "hello", "--to", "xx"), "does not interpret 'xx'", "en, es")
    one_sentence(parley("translate", "hello", "--to", "en"), "two different")
    recording = starter.FOLDER.parent.parent / "clients/cli/recordings/miles.wav"
    one_sentence(parley("transcribe", recording, "--lang", "xx"), "There is no recognizer for 'xx'", "en")
    assert list(tmp_path.iterdir()) == []


def test_nothing_to_do(parley: Parley) -> None:
    one_sentence(parley("say", "  "), "nothing to say")
    one_sentence(parley("ask", ""), "empty")
    one_sentence(parley("translate", " "), "empty")
    one_sentence(parley("bench", "latency", "--slow", "model=3"), "no engine 'model'", "language-model")
    one_sentence(parley("bench", "latency", "--slow", "voice"), "ENGINE=FACTOR")
    one_sentence(parley("bench", "latency", "--slow", "voice=0.5"), "give at least 1")
    one_sentence(parley("bench", "latency", "--profile", "nonsense"), "choose from starter, shape")
    one_sentence(parley("bench", "latency", "--compare", "nonsense"), "choose from drafts")


def test_two_forms_at_once(parley: Parley) -> None:
    one_sentence(parley("transcribe", "x.wav", "--srt", "--vtt"), "--srt and --vtt exclude each other")


def test_a_wrong_option_gets_its_usage(parley: Parley) -> None:
    ran = parley("say", "--loud", "hello")
    assert ran.status == 2
    assert "--loud" in ran.err
    assert "Traceback" not in ran.err


def test_a_place_that_takes_no_file(parley: Parley, tmp_path: Path) -> None:
    one_sentence(parley("say", "hello", "-o", tmp_path / "no" / "x.wav"), "There is no folder", "make it first")
    one_sentence(parley("say", "hello", "-o", tmp_path), "is a folder; give a file name")
    blocked = tmp_path / "file"
    blocked.touch()
    one_sentence(parley("demo", "--out", blocked), "cannot be written")


def test_no_room_on_the_disk_leaves_nothing_behind(parley: Parley, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Path.open

    def full(self: Path, mode: str = "r", *args: Any, **options: Any) -> Any:
        file = whole(self, mode, *args, **options)
        if "w" in mode:
            monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left on device")))
        return file

    monkeypatch.setattr(Path, "open", full)
    one_sentence(parley("say", "hello", "-o", tmp_path / "x.wav"), "There is no room on the disk", "free some")
    assert list(tmp_path.iterdir()) == []


def test_settings_that_cannot_be_read(parley: Parley, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('speaker = "x"\n\n[endpoint]\nend_s = "soon"\n')
    one_sentence(parley("--settings", file, "say", "x"), "settings.toml, line 4, endpoint.end_s", "'soon'", "valid number")
    file.write_text("[endpoint]\nend = 1\n")
    one_sentence(parley("--settings", file, "say", "x"), "line 2", "no key 'end'", "pause_s, least_s, end_s")
    file.write_text("a = = 1\n")
    one_sentence(parley("--settings", file, "say", "x"), "is no TOML", "line 1")
    one_sentence(parley("--settings", tmp_path / "none.toml", "say", "x"), "There is no settings file")
    one_sentence(parley("--set", "endpoint.end_s=99", "say", "x"), "--set endpoint.end_s", "'99'", "less than or equal to 5")
    one_sentence(parley("--set", "endpoint=1", "--set", "endpoint.end_s=2", "say", "x"), "--set endpoint.end_s=2 contradicts another")
    one_sentence(parley("--set", "endpoint.least_s=1", "say", "x"), "--set endpoint.least_s: least_s, end_s and most_s must grow")


def test_settings_in_the_environment(parley: Parley, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_ENDPOINT__END_S", "-1")
    one_sentence(parley("say", "x"), "PARLEY_ENDPOINT__END_S", "'-1'", "greater than or equal to 0.1")
    monkeypatch.setenv("PARLEY_MODELS", "abc")
    monkeypatch.delenv("PARLEY_ENDPOINT__END_S")
    one_sentence(parley("say", "x"), "PARLEY_MODELS: 'abc'", "keys of its own: recognizers")


def test_standard_input_that_is_no_use(parley: Parley, monkeypatch: pytest.MonkeyPatch) -> None:
    for command in ("say", "ask", "translate"):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"RIFF\xff\xfe\n"), encoding="utf-8"))
        one_sentence(parley(command, "-"), "Standard input is no text", "parley transcribe")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    one_sentence(parley("say", "-"), "nothing to say")
    monkeypatch.setattr(sys, "stdin", None)
    one_sentence(parley("say", "-"), "Standard input is closed", "a text or a file")


def test_standard_input_that_is_no_sound(parley: Parley, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"These are words. " * 100)))
    one_sentence(parley("transcribe", "-"), "Standard input cannot be read as audio", "give a sound file")


def test_a_name_that_no_file_can_have(parley: Parley) -> None:
    one_sentence(parley("transcribe", "x" * 5000), "cannot be opened (File name too long)")


def test_a_model_that_is_missing_or_damaged(parley: Parley, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "starter"
    shutil.copytree(starter.FOLDER, folder, ignore=shutil.ignore_patterns("recipe", "*.py"))
    monkeypatch.setattr("models.making.verified", partial(starter.verified, folder=folder))
    model = folder / starter.STARTER.language_model
    data = bytearray(model.read_bytes())
    data[len(data) // 2] ^= 1
    model.write_bytes(data)
    one_sentence(parley("translate", "hello"), "is damaged", "its SHA-256 is", "not", "git restore models/starter")
    model.unlink()
    one_sentence(parley("translate", "hello"), "is missing", "git restore models/starter")


def test_a_model_of_ones_own_that_is_none(parley: Parley, tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"GGUF" + bytes(100))
    one_sentence(parley("--set", f"models.language_model={file}", "translate", "hello"), "cannot be loaded", "model.gguf")
    one_sentence(parley("--set", f"models.voices.en={tmp_path / 'voice.onnx'}", "say", "hello", "-o", tmp_path / "x.wav"), "voice.onnx")
    recording = starter.FOLDER.parent.parent / "clients/cli/recordings/miles.wav"
    one_sentence(parley("--set", f"models.recognizers.en={tmp_path}", "transcribe", recording), "cannot be loaded")
