from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import InputError
from assistant.wake import WakePhrase

HEY = WakePhrase("hey parley")


@pytest.mark.parametrize(
    ("said", "request_"),
    [
        ("Hey Parley, what is seven times eight?", "what is seven times eight?"),
        ("Hey. Parley. What time is it", "What time is it"),
        ("hey parlay set a timer", "set a timer"),
        ("Hey barley, what time is it?", "what time is it?"),
        ("hi parley what time is it", "what time is it"),
        ("hey parly what time is it", "what time is it"),
        ("ey parley, what time is it", "what time is it"),
        ("heyparley what time is it", "what time is it"),
        ("So I said hey parley ¿qué hora es?", "¿qué hora es?"),
        ("Hey Parley, hey Parley, what time is it?", "what time is it?"),
        ("Hey Parley.", ""),
        ("hey parley hey parley", ""),
        ("hey barney what time is it", None),
        ("hey charlie what time is it", None),
        ("hey party people", None),
        ("the parade is on Sunday", None),
        ("Where is the train station?", None),
        ("a parley, what time is it", "what time is it"),
        ("parley", ""),  # its weak beginning was lost
        ("hey", None),
        ("", None),
        ("… !", None),
    ],
)
def test_what_follows_the_phrase(said: str, request_: str | None) -> None:
    assert HEY.after(said) == request_


@pytest.mark.parametrize(
    ("phrase", "said", "request_"),
    [
        ("computer", "Computer, stop.", "stop."),
        ("computer", "come puter stop", "stop"),
        ("computer", "the compound was shut", None),
        ("oye máquina", "Oye, maquina: ¿qué hora es?", "¿qué hora es?"),
        ("Hallo  Haus", "hallo haus licht an", "licht an"),
    ],
)
def test_other_phrases(phrase: str, said: str, request_: str | None) -> None:
    assert WakePhrase(phrase).after(said) == request_


@pytest.mark.parametrize("phrase", ["", "hey", "x" * 41, "- - -"])
def test_a_phrase_must_be_one_that_can_be_told_from_others(phrase: str) -> None:
    with pytest.raises(InputError, match="letters; choose one of 5 to 40, such as 'hey parley'"):
        WakePhrase(phrase)


@given(st.text(max_size=60), st.text(alphabet="abc ,.", max_size=20))
def test_any_text_behind_the_phrase_is_the_request_or_has_the_phrase_in_it(before: str, request_: str) -> None:
    found = HEY.after(f"{before} hey parley {request_}")
    assert found is not None
    assert request_.strip(" ,.") in f"{found} {request_}"
    assert found == "" or f"{before} hey parley {request_}".endswith(found)
