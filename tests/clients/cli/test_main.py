"""How a command ends when something is wrong."""

from __future__ import annotations

import sys

import pytest

from assistant.errors import InputError
from clients.cli.main import one_sentence


def test_a_mistake_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, one_sentence():
        raise InputError("There is no file 'x'; check the name.")
    assert ended.value.code == 2
    assert capsys.readouterr() == ("", "parley: There is no file 'x'; check the name.\n")


def test_ctrl_c_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, one_sentence():
        raise KeyboardInterrupt
    assert ended.value.code == 130
    assert capsys.readouterr() == ("", "")


def test_a_closed_pipe_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[bool] = []
    monkeypatch.setattr(sys.stderr, "close", lambda: closed.append(True))
    with pytest.raises(SystemExit) as ended, one_sentence():
        raise BrokenPipeError
    assert ended.value.code == 141
    assert closed == [True]


def test_our_own_mistakes_are_shown() -> None:
    with pytest.raises(TypeError), one_sentence():
        raise TypeError
