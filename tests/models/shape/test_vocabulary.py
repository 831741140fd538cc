from __future__ import annotations

import pytest

from models.shape.vocabulary import LEARNED, byte_level, tokenizer

TEXT = " The train to Boston leaves at noon tomorrow; shall I set a timer for twenty minutes before? Sí, ¿por qué no? 日本 😀"


@pytest.mark.parametrize("size", [256, 300, LEARNED + 9000])
def test_a_vocabulary_has_its_size_and_makes_every_token(size: int) -> None:
    vocabulary = byte_level(size)
    assert len(vocabulary.tokens) == len(set(vocabulary.tokens)) == size
    made = set(vocabulary.tokens[:256])
    for left, right in vocabulary.merges:
        assert {left, right} <= made
        made.add(left + right)
    assert made == set(vocabulary.tokens)
    assert vocabulary == byte_level(size)


@pytest.mark.parametrize("size", [300, LEARNED + 9000])
def test_text_survives(size: int) -> None:
    words = tokenizer(byte_level(size))
    assert words.decode(words.encode(TEXT).ids) == TEXT


def test_everyday_words_take_as_many_tokens_as_in_public_vocabularies() -> None:
    text = "You are a voice assistant. Answer in one or two short sentences, plainly and without lists. The train leaves at noon tomorrow."
    count = len(tokenizer(byte_level(LEARNED + 9000)).encode(f" {text}").ids)
    assert 1.1 <= count / len(text.split()) <= 1.4
