"""How long each of Piper's phonemes lasts in a teacher's speech, which tells the times of phonemes of its own.

Both are sequences of symbols for the same words, nearly the same where the two pronounce alike; the cheapest way to turn one
into the other says which stands for which.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

PAUSE = "_"
"""A teacher's symbol for silence."""

MARKS = frozenset("ˈˌː̩")
"""They last no time of their own."""

VOWELS = frozenset("aeiouæɐɑɒɔəɚɛɜɪʊʌᵻɨʉøœ")
LIKE = ("tdɾʔ", "ɹrɾɚɜ", "jʝiɪ", "wuʊ", "bβv", "ɡɣ", "dð", "sz", "ʃʒ", "mnŋɲ", "əɐʌᵻɪ", "ɑɔɒ", "æɛa", "θð", "hx")
"""Symbols that one writes for what the other writes otherwise."""

LIKE_COST, VOWEL_COST, CONSONANT_COST, UNLIKE_COST = 0.3, 0.6, 1.2, 2.0
SKIP_COST = 1.0
NEVER = 1e6


class Sounded(NamedTuple):
    """A teacher's symbol, and the time in seconds from the start of the sound at which it ends."""

    symbol: str
    end_s: float


def ends(phonemes: Sequence[str], sounded: Sequence[Sounded]) -> tuple[list[float], float]:
    """Return the time at which each phoneme ends, in seconds, and how unlike the sequences are: the cost of a teacher's symbol.

    What the teacher says beyond the phonemes counts to the one before.

    Args:
        phonemes: Piper's, from the mark of the beginning to that of the end.
        sounded: what the teacher said, in order, at least one symbol.
    """
    cost = _costs(phonemes, [symbol for symbol, _ in sounded])
    over = [0] * len(phonemes)  # how many of the teacher's symbols are over when a phoneme is
    i, j = len(phonemes), len(sounded)
    while i > 0:
        over[i - 1] = max(over[i - 1], j)
        if j > 0 and cost[i][j] == cost[i][j - 1] + SKIP_COST:
            j -= 1
            continue
        if j > 0 and cost[i][j] == cost[i - 1][j - 1] + _difference(phonemes[i - 1], sounded[j - 1].symbol):
            j -= 1
        i -= 1
    times = [0.0, *(end_s for _, end_s in sounded)]
    return [times[count] for count in over], cost[-1][-1] / len(sounded)


def _costs(phonemes: Sequence[str], symbols: Sequence[str]) -> list[list[float]]:
    """Return the least cost to make the first j symbols of the first i phonemes, for all i and j."""
    cost = [[j * SKIP_COST for j in range(len(symbols) + 1)]]
    for phoneme in phonemes:
        above, skipped = cost[-1], SKIP_COST if _sounds(phoneme) else 0.0
        row = [above[0] + skipped]
        for j, symbol in enumerate(symbols):
            row.append(min(above[j] + _difference(phoneme, symbol), above[j + 1] + skipped, row[j] + SKIP_COST))
        cost.append(row)
    return cost


def _sounds(phoneme: str) -> bool:
    return phoneme.isalnum() and phoneme not in MARKS


def _difference(phoneme: str, symbol: str) -> float:
    """Return what it costs that one stands for the other; silence falls to the ends first, then to punctuation, then between words."""
    if symbol == PAUSE:
        if _sounds(phoneme) or phoneme in MARKS:
            return NEVER
        return 0.0 if phoneme in "^$" else 0.3 if phoneme == " " else 0.05
    if not _sounds(phoneme):
        return NEVER
    if phoneme == symbol:
        return 0.0
    if any(phoneme in kind and symbol in kind for kind in LIKE):
        return LIKE_COST
    vowels = (phoneme in VOWELS) + (symbol in VOWELS)
    return (CONSONANT_COST, UNLIKE_COST, VOWEL_COST)[vowels]
