from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.sentences import sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two?  Three!\nFour", ["One.", "Two?", "Three!", "Four"]),
        (" 3.5 is a number. ", ["3.5 is a number."]),
        ("Dr. Smith left. He was late.", ["Dr. Smith left.", "He was late."]),
        ("J. R. Jones is here (e.g. now).", ["J. R. Jones is here (e.g. now)."]),
        ('He said "go." She went.', ['He said "go."', "She went."]),
        ("«¿Qué?» Nada… (Nada.) Ya.", ["«¿Qué?»", "Nada…", "(Nada.)", "Ya."]),
        ("El Sr. Ruiz no está. Ud. lo sabe.", ["El Sr. Ruiz no está.", "Ud. lo sabe."]),
        ("It's 5 p.m. in Lima. Late!", ["It's 5 p.m. in Lima.", "Late!"]),
        ("No. I won't. No. 7 is mine. No.", ["No.", "I won't.", "No. 7 is mine.", "No."]),
        ("Neither do I. You know that.", ["Neither do I.", "You know that."]),
        ("What?! Yes.", ["What?!", "Yes."]),
        ("", []),
        (" \n ", []),
    ],
)
def test_where_sentences_end(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text(alphabet="aDr .!?…\n'\")4", max_size=80))
def test_no_word_is_lost_or_moved(text: str) -> None:
    found = sentences(text)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(sentence == sentence.strip() != "" for sentence in found)
