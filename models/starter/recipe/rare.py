"""Rare words of a corpus: what a glossary would hold."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

from models.starter.recipe.lexicon import MARKS

MOST_TIMES, LEAST_LETTERS = 3, 4
"""How often a word occurs at most, and how long it is at least."""

MOST_TERMS = 5


class Rare:
    """Gives the terms that one would expect in a text, and others that do not occur in it."""

    def __init__(self, texts: Sequence[str]) -> None:
        counts = Counter(word for text in texts for word in set(_words(text)))
        self._rare = {word for word, count in counts.items() if count <= MOST_TIMES and len(word) >= LEAST_LETTERS}
        self._all = sorted(self._rare)

    def terms(self, text: str, rng: random.Random) -> list[str]:
        """Return terms in random order: mostly one or two of the text, if it has any, among those of other texts."""
        own = sorted(set(_words(text)) & self._rare)
        chosen = rng.sample(own, min(len(own), rng.choice([1, 1, 2]))) if rng.random() < 0.8 else []
        others = [rng.choice(self._all) for _ in range(rng.randint(0 if chosen else 1, MOST_TERMS - len(chosen)))] if self._all else []
        terms = [*chosen, *others]
        rng.shuffle(terms)
        return terms


def _words(text: str) -> list[str]:
    return [bare for word in text.split() if (bare := word.strip(MARKS))]
