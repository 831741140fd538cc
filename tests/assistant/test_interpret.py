from __future__ import annotations

import pytest

from assistant.errors import InputError
from assistant.interpret import instruction, sentences


def test_sentences_are_translated_one_by_one() -> None:
    assert sentences("One. Two?  Three!\nFour") == ["One.", "Two?", "Three!", "Four"]
    assert sentences(" 3.5 is a number. ") == ["3.5 is a number."]
    assert sentences("") == []


def test_directions() -> None:
    assert instruction("en", "es") == "Translate English to Spanish."
    with pytest.raises(InputError, match="'xx'; choose from en, es"):
        instruction("xx", "es")
    with pytest.raises(InputError, match="two different"):
        instruction("es", "es")
