from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.words import spread, word_spans


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I'm here.", ["I'm", "here."]),
        ("It's 3.5 kilometers, well-known!", ["It's", "3.5", "kilometers,", "well-known!"]),
        ("“Yes,” — she said — “no…”", ["“Yes,” —", "she", "said —", "“no…”"]),
        ("— ¿Dónde está?", ["— ¿Dónde", "está?"]),
        ("$3.50 & 20% = _ ?", ["$3.50 &", "20% = _ ?"]),
        (" 1  2 ", ["1", "2"]),
        ("- 5", ["- 5"]),
        ("…", ["…"]),
        ("", []),
        ("  ", []),
    ],
)
def test_punctuation_belongs_to_a_word(text: str, words: list[str]) -> None:
    assert [text[span] for span in word_spans(text)] == words


texts = st.text(st.sampled_from("aé1 .—'_¿\n&😀"), max_size=30)


@given(texts)
def test_nothing_but_spaces_lies_between_words(text: str) -> None:
    assert " ".join(text[span] for span in word_spans(text)).split() == text.split()


def test_long_words_take_longer() -> None:
    words = spread("A long word: 10!", 1.0, 2.2)
    assert [word.text for word in words] == ["A", "long", "word:", "10!"]
    assert [word.start_s for word in words] == pytest.approx([1.0, 1.0 + 1.2 / 11, 1.0 + 6 / 11, 1.0 + 10.8 / 11])
    assert words[-1].end_s == pytest.approx(2.2)


@given(texts, st.floats(0, 10), st.floats(0, 10))
def test_spread_words_lie_one_behind_the_other(text: str, start_s: float, length_s: float) -> None:
    words = spread(text, start_s, start_s + length_s)
    assert [word.text for word in words] == [text[span] for span in word_spans(text)]
    assert all(a.end_s == b.start_s for a, b in itertools.pairwise(words))
    assert not words or (words[0].start_s == start_s and words[-1].end_s == pytest.approx(start_s + length_s))
