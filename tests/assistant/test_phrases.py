from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.phrases import _END as END_OF_A_PHRASE
from assistant.phrases import AT_MOST, FIRST_AT_MOST, Phraser


def phrases(*tokens: str) -> list[str]:
    phraser = Phraser()
    return [phrase for token in tokens for phrase in phraser.push(token)] + phraser.flush()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("That's 56.", ["That's 56."]),
        ("3 miles is about 4.83 kilometers.", ["3 miles is about 4.83 kilometers."]),
        ("It's 3:05 PM.", ["It's 3:05 PM."]),
        ("Hello! What can I do for you?", ["Hello!", "What can I do for you?"]),
        ("Mr. Smith is here. So is Dr. Jones.", ["Mr. Smith is here.", "So is Dr. Jones."]),
        ("Well, that is a long story, and it is late.", ["Well,", "that is a long story, and it is late."]),
        ("¿Dónde está? Aquí.", ["¿Dónde está?", "Aquí."]),
        ("One\ntwo", ["One", "two"]),
        ('He said "no." Then he left.', ['He said "no."', "Then he left."]),
        ("No. I don't think so.", ["No.", "I don't think so."]),
        ("It is in room No. 5. Go.", ["It is in room No. 5.", "Go."]),
        ("So do I. We all do.", ["So do I.", "We all do."]),
        ("", []),
        ("   ", []),
    ],
)
def test_where_phrases_end(text: str, expected: list[str]) -> None:
    assert phrases(text) == expected
    assert phrases(*text) == expected  # a character at a time


def test_a_phrase_is_given_as_soon_as_it_is_complete() -> None:
    phraser = Phraser()
    assert phraser.push("Hello!") == []  # a closing quote, or more dots, may follow
    assert phraser.push(" What") == ["Hello!"]


def test_somebody_waits_for_the_first_phrase_so_it_is_cut_early() -> None:
    first, *_ = phrases("word " * 100)
    assert len(first) <= FIRST_AT_MOST


@given(st.lists(st.text(alphabet="ab .,!?¿\n;:'\"4。，」", max_size=12), max_size=60))
def test_no_word_is_lost_or_moved(tokens: list[str]) -> None:
    found = phrases(*tokens)
    assert "".join(found).replace(" ", "") == "".join("".join(tokens).split())
    assert all(phrase == phrase.strip() != "" for phrase in found)
    assert all(len(phrase) <= AT_MOST for phrase in found)
    assert found == phrases("".join(tokens)) == phrases(*"".join(tokens))  # whatever the tokens


@pytest.mark.parametrize("text", ["word ", "Mr. Smith, he said. ", "a", ".", "No. "])
def test_the_work_grows_with_the_text_only(text: str) -> None:
    short, long = (steps(text * n) for n in (1000, 4000))
    assert long < 4.5 * short


def steps(text: str) -> int:
    """Count the characters that the patterns are given to look at: the cost without a clock."""
    looked = 0

    class Counting:
        def finditer(self, window: str, start: int = 0) -> Iterator[re.Match[str]]:
            nonlocal looked
            looked += len(window) - start
            return END_OF_A_PHRASE.finditer(window, start)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("assistant.phrases._END", Counting())
        phrases(text)
        phrases(*text)  # a character at a time
    return looked


def test_a_chapter_at_once() -> None:
    """It took minutes: with a cost that grows as the square, this test does not end in a lifetime."""
    chapter = "Mr. Smith, who had been here before, did not say a word. " * 20_000
    assert len(phrases(chapter)) > 20_000
