"""Which words of the corpus are nouns, and of what gender and number: found by the Spanish determiners in front of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from models.starter.recipe.lexicon import Lexicon, words

KINDS = {
    determiner: kind
    for kind, determiners in enumerate(("el un este ese al del", "la una esta esa", "los unos estos esos", "las unas estas esas"))
    for determiner in determiners.split()
}
"""Masculine, feminine, and these in the plural."""

LEAST_COUNT, LEAST_DETERMINED, LEAST_AGREEING = 5, 0.4, 0.9
"""Of a noun: how often it occurs, which part of that behind a determiner, and which part of these says the same of it."""


class Nouns:
    """Nouns of both languages that mostly stand for each other, by the Spanish one's gender and number."""

    def __init__(self, lexicon: Lexicon, corpus: Sequence[tuple[str, str]]) -> None:
        """Find them in (English, Spanish) pairs of sentences."""
        total, determined = Counter[str](), Counter[tuple[str, int]]()
        for _, sentence in corpus:
            said = words(sentence)
            total.update(said)
            determined.update((word, KINDS[before]) for before, word in pairwise(said) if before in KINDS)
        self._kinds: dict[str, int] = {}
        for word, n in total.items():
            counts = [determined[word, kind] for kind in sorted(set(KINDS.values()))]
            most = max(counts)
            if n >= LEAST_COUNT and sum(counts) >= LEAST_DETERMINED * n and most >= LEAST_AGREEING * sum(counts):
                self._kinds[word] = counts.index(most)
        self._alike = defaultdict[int, list[tuple[str, str]]](list)
        for english, spanish in lexicon.entries:
            if spanish in self._kinds:
                self._alike[self._kinds[spanish]].append((english, spanish))

    def __contains__(self, spanish: str) -> bool:
        return spanish in self._kinds

    def like(self, spanish: str) -> list[tuple[str, str]]:
        """Return the (English, Spanish) nouns of the gender and number of `spanish`, a noun, without itself."""
        return [pair for pair in self._alike[self._kinds[spanish]] if pair[1] != spanish]
