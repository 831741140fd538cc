from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.redaction import Redaction, Revealing


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Write to ann.b+c@mail.example.org, please.", "Write to [email 1], please."),
        ("Call +49 (30) 123-4567 or 030/1234567.", "Call [phone 1] or [phone 2]."),
        ("Pay with 4111 1111 1111 1111 now.", "Pay with [card 1] now."),
        ("It was 1989, and 12345 of 99,999 came.", "It was 1989, and 12345 of 99,999 came."),
        ("a@b.cd and a@b.cd", "[email 1] and [email 1]"),
        ("What is 7 times 8?", "What is 7 times 8?"),
    ],
)
def test_what_is_hidden(text: str, hidden: str) -> None:
    redaction = Redaction()
    assert redaction.hide(text) == hidden
    assert redaction.show(hidden) == text


def test_a_number_that_is_no_card_is_none() -> None:
    assert "[card" not in Redaction(["card"]).hide("4111 1111 1111 1112")


def test_names_and_kinds_are_chosen() -> None:
    redaction = Redaction([], ["Ann", "Ann Lee"])
    assert redaction.hide("ann lee wrote to Ann, not to Annie: a@b.cd") == "[name 1] wrote to [name 2], not to Annie: a@b.cd"
    assert redaction.count == 2
    with pytest.raises(KeyError):
        Redaction(["iban"])


def test_a_mark_keeps_its_meaning() -> None:
    redaction = Redaction()
    assert redaction.hide("a@b.cd") == redaction.hide("a@b.cd") == "[email 1]"
    assert redaction.hide("x@b.cd") == "[email 2]"


@given(st.text(alphabet="ab@.c 1[]", max_size=60), st.lists(st.integers(1, 9), max_size=40))
def test_pieces_make_no_difference(text: str, sizes: list[int]) -> None:
    redaction = Redaction()
    hidden = redaction.hide("a@b.cd " + text)
    revealing, shown, rest = Revealing(redaction), "", hidden
    for size in sizes:
        shown += revealing.push(rest[:size])
        rest = rest[size:]
    assert shown + revealing.push(rest) + revealing.flush() == redaction.show(hidden)
