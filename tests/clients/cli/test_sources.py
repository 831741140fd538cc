"""What an argument is: a sound, a text, or the lines of standard input."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from assistant.audio import LISTEN_RATE_HZ, silence
from assistant.errors import InputError
from clients.cli.media import write_wav
from clients.cli.sources import called, check, each, is_sound


@pytest.mark.parametrize("argument", ["no-such-file.wav", "Talk.MP3", "folder/talk.ogg", __file__])
def test_a_sound(argument: str) -> None:
    assert is_sound(argument)


@pytest.mark.parametrize("argument", ["Hello.", "What is 3.5 times 2?", "-", "x" * 5000, "nul\0byte", "", "It ends in wav"])
def test_a_text(argument: str) -> None:
    assert not is_sound(argument)


def test_what_is_wrong_is_said_before_the_work(tmp_path: Path) -> None:
    write_wav(tmp_path / "good.wav", [silence(LISTEN_RATE_HZ)], LISTEN_RATE_HZ)
    check([str(tmp_path / "good.wav"), "Hello.", "-"])
    with pytest.raises(InputError, match="A text is empty"):
        check(["Hello.", " \n"])
    with pytest.raises(InputError, match="There is no file"):
        check(["Hello.", str(tmp_path / "none.wav")])
    with pytest.raises(InputError, match=r"cannot be opened \(File name too long\)"):
        check([f"{'x' * 5000}.wav"])


def test_lines_stand_where_the_dash_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("one\n\n  two \n"))
    assert list(each(["zero", "-", "three"])) == ["zero", "one", "two", "three"]


def test_a_line_is_given_before_the_next_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("one\ntwo\n"))
    assert next(each(["-"])) == "one"
    assert sys.stdin.read() == "two\n"


def test_names_in_complaints() -> None:
    assert called("talk.wav", 2, "text") == "talk.wav"
    assert called("What they said is not for logs.", 2, "text") == "text 2"
