"""Which English word stands for which Spanish one: IBM's first model (Brown et al. 1993), learned in both directions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

MARKS = ".,;:?!¿¡…\"“”«»()'"
LONGEST = 16
"""Words of a sentence that is learned from: longer ones align badly and cost most of the memory."""

LEAST_COUNT = 3
ROUNDS = 4
LEAST_STRENGTH = 0.03
"""Below this a pair of words is chance."""


def words(sentence: str) -> list[str]:
    """Return the words between spaces, in small letters and without marks; what is only a mark is an empty word."""
    return [word.strip(MARKS).lower() for word in sentence.split()]


class Lexicon:
    """How strongly an English and a Spanish word belong together: the geometric mean of their two probabilities, in [0, 1]."""

    def __init__(self, strength: dict[tuple[str, str], float]) -> None:
        self._strength = strength

    def aligned(self, english: Sequence[str], spanish: Sequence[str], least: float = LEAST_STRENGTH) -> list[tuple[int, int]]:
        """Return the places of words that are each other's strongest partner in the sentence, by the English place."""
        found = [(s, i, j) for i, e in enumerate(english) for j, w in enumerate(spanish) if (s := self._strength.get((e, w), 0.0)) >= least]
        found.sort(key=lambda link: (-link[0], abs(link[1] * len(spanish) - link[2] * len(english))))
        taken_e, taken_s, pairs = set(), set(), []
        for _, i, j in found:
            if i not in taken_e and j not in taken_s:
                taken_e.add(i)
                taken_s.add(j)
                pairs.append((i, j))
        return sorted(pairs)

    @property
    def strengths(self) -> Mapping[tuple[str, str], float]:
        """By English and Spanish word; only those that are not chance."""
        return self._strength

    @property
    def entries(self) -> list[tuple[str, str]]:
        """Pairs of words that mostly stand for each other, sorted."""
        return sorted(pair for pair, strength in self._strength.items() if strength > 0.4 and min(map(len, pair)) > 3)


def mine(pairs: Sequence[tuple[str, str]]) -> Lexicon:
    """Learn the lexicon of (English, Spanish) sentence pairs; 110,000 take some seconds."""
    sentences = [(words(e), words(s)) for e, s in pairs]
    sentences = [pair for pair in sentences if max(map(len, pair)) <= LONGEST]
    vocabularies = [_vocabulary([pair[side] for pair in sentences]) for side in (0, 1)]
    # one link for each English with each Spanish word of a sentence pair, ordered by the Spanish word's place
    numbered = [[np.array([v.get(w, 0) for w in pair[side]], np.int64) for pair in sentences] for side, v in enumerate(vocabularies)]
    tokens_e, tokens_s = np.concatenate(numbered[0]), np.concatenate(numbered[1])
    count_e, count_s = (np.array([n.size for n in side]) for side in numbered)
    start_e = np.cumsum(count_e) - count_e
    sources = np.repeat(count_e, count_s)  # for each Spanish token: how many English ones stand beside it
    token_s = np.repeat(np.arange(tokens_s.size), sources)
    first = np.cumsum(sources) - sources
    token_e = np.arange(token_s.size) - np.repeat(first, sources) + np.repeat(np.repeat(start_e, count_s), sources)
    codes, inverse = np.unique(tokens_e[token_e] * len(vocabularies[1]) + tokens_s[token_s], return_inverse=True)
    link: NDArray[np.int32] = inverse.astype(np.int32)
    e, s = np.divmod(codes, len(vocabularies[1]))
    known = (e > 0) & (s > 0)  # 0 stands for all rare words
    there = _probabilities(link, codes.size, token_s, e)
    back = _probabilities(link, codes.size, token_e, s)
    strength = np.where(known, np.sqrt(there * back), 0)
    names = [["", *list(v)] for v in vocabularies]
    kept = np.flatnonzero(strength >= LEAST_STRENGTH)
    return Lexicon({(names[0][e[k]], names[1][s[k]]): float(strength[k]) for k in kept})


def _vocabulary(sentences: list[list[str]]) -> dict[str, int]:
    """Return a number from 1 on for each word that is not rare."""
    counts = Counter(word for sentence in sentences for word in sentence if word)
    return {word: number for number, word in enumerate(sorted(w for w, n in counts.items() if n >= LEAST_COUNT), start=1)}


def _probabilities(link: NDArray[np.int32], size: int, token: NDArray[np.int64], given: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return p(other word | given word) of each of `size` word pairs.

    Args:
        link: for each link, which word pair it is.
        size: how many word pairs there are.
        token: for each link, the token that is explained: its links share one unit of count.
        given: for each word pair, the word that explains.
    """
    p = np.ones(size)
    for _ in range(ROUNDS):
        weights = p[link]
        weights /= np.bincount(token, weights)[token]
        counts = np.bincount(link, weights, size)
        p = counts / np.bincount(given, counts)[given]
    return p
