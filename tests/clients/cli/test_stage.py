from __future__ import annotations

import pytest

from assistant.errors import InputError
from assistant.settings import read_settings
from clients.cli.stage import is_full, phrase, ways
from clients.desktop.ears import Way

OPEN, PUSH, WAKE = Way.OPEN, Way.PUSH, Way.WAKE


@pytest.mark.parametrize(
    ("flags", "interprets", "wanted"),
    [
        ([], False, [OPEN, PUSH]),
        (["push_to_talk=true"], False, [PUSH, OPEN]),
        (["wake=hey parley"], False, [WAKE, OPEN, PUSH]),
        (["wake=hey parley", "push_to_talk=true"], False, [PUSH, OPEN, WAKE]),
        ([], True, [OPEN, PUSH]),
        (["wake=hey parley"], True, [OPEN, PUSH]),
    ],
)
def test_the_ways_of_listening(flags: list[str], interprets: bool, wanted: list[Way]) -> None:
    assert ways(read_settings(flags=flags), full=True, interprets=interprets) == wanted


def test_what_does_not_go_together() -> None:
    with pytest.raises(InputError, match="needs a terminal and its keys"):
        ways(read_settings(flags=["push_to_talk=true"]), full=False)
    with pytest.raises(InputError, match="'hm' has 2 letters"):
        phrase(read_settings(flags=["wake=hm"]))
    assert phrase(read_settings()) is None


def test_without_a_terminal_there_is_no_full_screen() -> None:
    assert not is_full(plain=False, verbose=False)
