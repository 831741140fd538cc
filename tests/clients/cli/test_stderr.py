"""Complaints and progress: beside the results, and gone afterwards."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from assistant.errors import EngineError
from clients.cli import stderr
from clients.cli.stderr import Attempts, complain, counted, told


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What a terminal on standard error is sent, without colours."""
    monkeypatch.setenv("TERM", "xterm")
    sent = io.StringIO()
    monkeypatch.setattr(stderr, "errors", Console(file=sent, force_terminal=True, color_system=None, width=100))
    return sent


def test_a_complaint_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    complain("There is no file '[x].wav'; " + "check the name. " * 20)
    assert capsys.readouterr().err == "parley: There is no file '[x].wav'; " + "check the name. " * 20 + "\n"


def test_one_that_fails_does_not_end_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    attempts, done = Attempts(), []
    for number in (1, 2, 3):
        with attempts.attempt(f"text {number}"):
            if number == 2:
                raise EngineError("It is tired.")
            done.append(number)
    assert (done, attempts.failed) == ([1, 3], 1)
    assert capsys.readouterr().err == "parley: text 2: It is tired.\n"


def test_a_mistake_of_ours_is_no_attempt() -> None:
    with pytest.raises(TypeError), Attempts().attempt("text 1"):
        raise TypeError


def test_progress_needs_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with counted("Translating", 3) as done, told("[x].wav") as tell:
        done()
        tell("3 s heard")
    assert capsys.readouterr() == ("", "")


def test_progress_leaves_results_alone(terminal: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    with counted("Translating", 3) as done:
        print("a result")
        done()
    with told("[x].wav") as tell:
        tell("3 s heard [y]")
    assert capsys.readouterr().out == "a result\n"
    for part in ("Translating", "0/3", "1/3", "[x].wav: 3 s heard [y]"):
        assert part in terminal.getvalue()


def test_one_piece_of_work_has_no_bar(terminal: io.StringIO) -> None:
    with counted("Translating", 1) as done:
        done()
    assert terminal.getvalue() == ""


def test_a_fingerprint_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    stderr.errors.print("9F:AB:25:CD", highlight=False)
    assert capsys.readouterr().err == "9F:AB:25:CD\n"
