"""Passages that ship, asked for in other words, as a recognizer writes them, and in both languages."""

from __future__ import annotations

import pytest

from assistant.glossary import Glossary, Term
from assistant.knowledge import Passage, claimed
from models.packs.index import PassageIndex
from models.packs.places import pack_of

SHOP, CLINIC = pack_of("shop"), pack_of("clinic")


def found(pack: str, text: str) -> str | None:
    chosen = {"shop": SHOP, "clinic": CLINIC}[pack]
    assert chosen is not None
    hit = claimed(chosen.knowledge.search(text))
    return hit.passage.name if hit else None


@pytest.mark.parametrize(
    ("pack", "text", "name"),
    [
        ("shop", "where has my parcel gone", "Where is my order?"),
        ("shop", "I'd like my money back, when do I get it", "When do I get my refund?"),
        ("shop", "quisiera devolver una lámpara", "¿Puedo devolver algo que compré?"),
        ("shop", "¿cuánto cobran por el envío?", "¿Cuánto cuesta el envío?"),
        ("clinic", "I need my prescription renewed", "How do I get a repeat prescription?"),
        ("clinic", "tengo que anular la cita", "¿Cómo cancelo o cambio mi cita?"),
    ],
)
def test_other_words(pack: str, text: str, name: str) -> None:
    assert found(pack, text) == name


@pytest.mark.parametrize(
    ("pack", "text", "name"),
    [
        ("shop", "Wher is my ordar?", "Where is my order?"),
        ("shop", "how often does an orkid need water", "How often does an orchid need water?"),
        ("shop", "when do I get my refuhd", "When do I get my refund?"),
        ("clinic", "do I have to fast before a bloot test", "Do I have to fast before a blood test?"),
        ("clinic", "hay que ir en allunas al analisis de sangre", "¿Hay que ir en ayunas al análisis de sangre?"),
        ("clinic", "cuando estan los resultatos", "¿Cuándo están los resultados?"),
    ],
)
def test_words_as_a_recognizer_mishears_them(pack: str, text: str, name: str) -> None:
    assert found(pack, text) == name


@pytest.mark.parametrize("text", ["", "?!", "who won the world cup", "¿quién ganó el mundial?", '" OR *', "NEAR(a b)", "it is", "x" * 5000])
def test_what_nobody_knows_gets_no_claim(text: str) -> None:
    assert found("shop", text) is None
    assert found("clinic", text) is None


def test_a_word_of_both_languages_is_answered_in_that_of_the_question() -> None:
    passages = [
        Passage("Do you take PayPal?", "en", ("Do you take PayPal?",), "Yes."),
        Passage("¿Aceptan PayPal?", "es", ("¿Aceptan PayPal?",), "Sí."),
    ]
    index = PassageIndex(passages, Glossary())
    assert index.search("do you take PayPal")[0].passage.language == "en"
    assert index.search("¿aceptan PayPal?")[0].passage.language == "es"


def test_a_variant_of_a_term_is_the_term() -> None:
    passages = [
        Passage("Do you give refunds?", "en", ("Do you give refunds?",), "Yes."),
        Passage("Where are you?", "en", ("Where are you?",), "Here."),
    ]
    plain, knowing = PassageIndex(passages, Glossary()), PassageIndex(passages, Glossary([Term({"en": ("refund", "money back")})]))
    assert plain.search("money back") == []
    assert knowing.search("money back")[0].passage is passages[0]
