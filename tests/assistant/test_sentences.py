from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.sentences import MOST_LETTERS, MOST_WORDS, joined, portions, sentences


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
        ("今天很冷。你好吗？好！", ["今天很冷。", "你好吗？", "好！"]),
        ("「はい。」と言った。本当？！", ["「はい。」", "と言った。", "本当？！"]),
        ("كيف حالك؟ بخير.", ["كيف حالك؟", "بخير."]),
        ("यह घर है। वह नदी है।", ["यह घर है।", "वह नदी है।"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_where_sentences_end(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text(alphabet="aDr .!?…\n'\")4。？」", max_size=80))
def test_no_word_is_lost_or_moved(text: str) -> None:
    found = sentences(text)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(sentence == sentence.strip() != "" for sentence in found)


def test_a_sentence_that_is_too_long_is_parted_at_a_comma() -> None:
    words = [f"w{number}" for number in range(100)]
    words[29] += ","
    found = portions(f"Short one. {' '.join(words)}.")
    assert [len(part.split()) for part in found] == [2, 30, MOST_WORDS, 30]
    assert " ".join(found) == f"Short one. {' '.join(words)}."
    assert [len(part) for part in portions("好" * 2 * MOST_LETTERS)] == [MOST_LETTERS, MOST_LETTERS]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["No", "sé", "dónde", "vive", ".", "El", "tren"], "No sé dónde vive. El tren"),
        (["¿Qué", "?!", "Nada", ",", "no", "..."], "¿Qué?! Nada, no..."),
        (["It", "is", ".5", "today."], "It is .5 today."),
        ([".", "x"], ". x"),
        ([], ""),
    ],
)
def test_a_mark_stands_behind_the_word_before(words: list[str], text: str) -> None:
    assert joined(words) == text
