"""Byte-level BPE of any size: what the project's own sentences teach, filled up with three letters each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from itertools import islice, product
from string import ascii_letters
from typing import NamedTuple

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from models.starter.recipe.corpus import pairs

LEARNED = 20_000
"""Tokens learned from text: enough for the 1.3 tokens a word of the vocabularies this stands for."""

EVERY = 4
"""One sentence pair of so many is learned from: half a second instead of two, and the same 1.3."""

SPACE = "Ġ"
"""How byte-level BPE writes a space."""


class Vocabulary(NamedTuple):
    """Tokens by their number, and the merges that make them, most important first."""

    tokens: list[str]
    merges: list[tuple[str, str]]


def byte_level(size: int) -> Vocabulary:
    """Return a vocabulary of `size` tokens, 256 to 160,000, the same one each time.

    What is filled up is readable: what a random model says can be shown and spoken.
    """
    tokens, merges = _learned(min(size, LEARNED))
    known = set(tokens)
    filled = (pair for pair in _made_up() if "".join(pair) not in known)
    merges = [*merges, *islice(filled, size - len(tokens))]
    return Vocabulary([*tokens, *("".join(pair) for pair in merges[len(tokens) - 256 :])], merges)


def tokenizer(vocabulary: Vocabulary) -> Tokenizer:
    """Return the vocabulary at work, without special tokens."""
    numbers = {token: number for number, token in enumerate(vocabulary.tokens)}
    made = Tokenizer(models.BPE(numbers, vocabulary.merges))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    return made


@cache
def _learned(size: int) -> Vocabulary:
    learning = Tokenizer(models.BPE())
    learning.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False)
    learning.train_from_iterator((f" {text}" for pair in pairs("train")[::EVERY] for text in pair), trainer)
    merges = [(left, right) for left, right in json.loads(learning.to_str())["model"]["merges"]]
    numbers = learning.get_vocab()
    return Vocabulary(sorted(numbers, key=numbers.__getitem__), merges)


def _made_up() -> Iterator[tuple[str, str]]:
    letters = [*ascii_letters, SPACE]
    yield from product(letters, letters)
    yield from ((first + second, third) for first, second, third in product(letters, letters, letters))
