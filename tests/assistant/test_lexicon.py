from __future__ import annotations

import pytest

from assistant.lexicon import alike, closest, content, language_of, stem, words


@pytest.mark.parametrize(
    ("language", "same"),
    [
        ("en", ["return", "returns", "returned", "returning"]),
        ("en", ["exchange", "exchanged", "exchanging"]),
        ("en", ["ship", "shipping", "shipped"]),
        ("en", ["orchid", "orchids", "orchid's"]),
        ("es", ["regar", "regamos", "regado"]),
        ("es", ["lampara", "lamparas"]),
        ("es", ["vacunar", "vacunas", "vacunado"]),
    ],
)
def test_endings_make_no_difference(language: str, same: list[str]) -> None:
    assert len({stem(word, language) for word in same}) == 1


def test_a_word_is_never_taken_apart_to_nothing() -> None:
    assert [stem(word, "en") for word in ("s", "es", "ing", "key")] == ["s", "es", "ing", "key"]


def test_what_a_question_is_about() -> None:
    assert content("When will you send it to me, please?", "en") == ["send"]
    assert content("¿Me puede decir dónde está la clínica?", "es") == ["clinic"]
    assert content("what is it", "en") == []


def test_words_are_plain() -> None:
    assert words("¿Qué hora es? — It’s 5 o'clock") == ["que", "hora", "es", "it's", "5", "o'clock"]


def test_the_language_of_a_question() -> None:
    assert language_of("where is the shop", ("en", "es")) == "en"
    assert language_of("¿dónde está la tienda?", ("en", "es")) == "es"
    assert language_of("PayPal", ("es", "en")) == "es"  # nothing tells: the first one


def test_words_that_are_one() -> None:
    assert alike("deliver", "delivery")
    assert not alike("car", "cardboard")  # so short a beginning says nothing


def test_a_mishearing_is_close_and_as_long() -> None:
    assert closest("refuhd", ["refund", "order"]) == "refund"
    assert closest("president", ["present"]) is None
    assert closest("cap", ["cat"]) is None
