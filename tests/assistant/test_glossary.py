from __future__ import annotations

import tomllib

import pytest

from assistant.errors import SettingsError
from assistant.glossary import MOST_TERMS, Glossary, inline

TEXT = """
[[term]]
en = ["gateway", "gateways"]
es = ["pasarela", "pasarelas"]
heard.en = ["gate way", "gate weigh"]

[[term]]
en = "on call"
es = "de guardia"

[[term]]
en = "Parley"
said.en = "par lee"
said.es = "párli"
es = "Parley"
"""


@pytest.fixture
def glossary() -> Glossary:
    return Glossary.read(tomllib.loads(TEXT), "words.toml")


def test_terms_are_found_as_whole_words_whatever_their_capitals(glossary: Glossary) -> None:
    found = glossary.pairs("Gateways are on call, but a megagateway is not.", "en", "es")
    assert found == (("Gateways", "pasarela"), ("on call", "de guardia"))
    assert glossary.pairs("Una pasarela.", "es", "en") == (("pasarela", "gateway"),)
    assert glossary.pairs("A gateway.", "en", "de") == ()


def test_a_term_takes_its_place_in_the_sentence() -> None:
    assert (
        inline("The Gateway and the gateway door", [("gateway", "pasarela"), ("gateway door", "puerta")]) == "The pasarela and the puerta"
    )
    assert inline("Nothing here.", []) == "Nothing here."


def test_what_is_heard_and_said(glossary: Glossary) -> None:
    assert glossary.correct("The gate weigh of Parley", "en") == "The gateway of Parley"
    assert glossary.respelled("Parley habla.", "es") == "párli habla."
    assert glossary.respelled("Parley habla.", "de") == "Parley habla."
    assert glossary.words("en") == ["gateway", "on call", "Parley"]
    assert glossary
    assert not Glossary()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("words = 3", r"words.toml is no glossary; write each term under \[\[term\]\]"),
        ("[[term]]\nen = 3\nes = 'a'", r"words.toml, term 1, en is 3; write a word"),
        ("[[term]]\nen = 'a'", "has only en; give the word of a second language"),
        ("[[term]]\nen = []\nes = 'a'", "write a word, or a list"),
        ("[[term]]\nen = 'a'\nes = 'b'\nsaid = 'c'", "said is 'c'; write it by language"),
        ("[[term]]\nen = 'a'\nes = 'b'\nsaid.de = 'c'", "says how 'de' sounds, but not its word"),
        ("term = [3]", "term 1 is 3"),
    ],
)
def test_mistakes(text: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        Glossary.read(tomllib.loads(text), "words.toml")


def test_a_glossary_has_an_end() -> None:
    with pytest.raises(SettingsError, match=f"at most {MOST_TERMS}"):
        Glossary.read({"term": [{"en": "a", "es": "b"}] * (MOST_TERMS + 1)}, "words.toml")


def test_terms_of_languages_without_spaces_are_found_and_put() -> None:
    glossary = Glossary.read({"term": [{"zh": "网关", "en": "gateway", "ko": "게이트웨이"}]}, "words.toml")
    assert glossary.pairs("这2个网关3天后", "zh", "en") == (("网关", "gateway"),)
    assert glossary.pairs("게이트웨이는 열려 있다", "ko", "en") == (("게이트웨이", "gateway"),)
    assert glossary.pairs("这个gateway是开的, megagateway", "en", "zh") == (("gateway", "网关"),)
    assert inline("这个网关是开的", [("网关", "gateway")]) == "这个gateway是开的"


def test_what_replaces_a_word_is_taken_as_it_stands() -> None:
    glossary = Glossary.read(
        {"term": [{"en": r"C:\g<0>", "es": "unidad", "heard": {"en": "see drive"}, "said": {"es": r"\q"}}]}, "words.toml"
    )
    assert glossary.correct("the see drive", "en") == r"the C:\g<0>"
    assert glossary.respelled("la unidad", "es") == r"la \q"
