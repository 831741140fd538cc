"""How long each of Piper's phonemes lasts in a teacher's speech, which tells the times of phonemes of its own.

Both are sequences of symbols for the same words, nearly the same where the two pronounce alike; the cheapest way to turn one
into the other says which stands for which.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

PAUSE = "_"
MARKS = frozenset("ˈˌː̩")
"""They last no time of their own."""

VOWELS = frozenset("aeiouæɐɑɒɔəɚɛɜɪʊʌᵻɨʉøœ")
GLIDES = frozenset("jwɹrɾlʲʝɣβðʎɥ")
_LIKE = [
    set(kinds) for kinds in ("tdɾʔ", "ɹrɾɚɜ", "jʝiɪ", "wuʊ", "bβv", "ɡɣ", "dð", "sz", "ʃʒ", "mnŋɲ", "əɐʌᵻɪ", "ɑɔɒ", "æɛa", "θð", "hx")
]  # fmt: skip
NEVER = 1e6


class Sounded(NamedTuple):
    """A teacher's symbol, `PAUSE` for silence, and the time in seconds from the start of the sound at which it ends."""

    symbol: str
    end_s: float


def ends(phonemes: Sequence[str], sounded: Sequence[Sounded]) -> tuple[list[float], float]:
    """Return the time at which each phoneme ends, in seconds, and how unlike the sequences are: edits a teacher's symbol.

    Args:
        phonemes: Piper's, from the mark of the beginning to that of the end.
        sounded: what the teacher said, in order, at least one.
    """
    rows, columns = len(phonemes) + 1, len(sounded) + 1
    cost = [[0.0] * columns for _ in range(rows)]
    for j in range(1, columns):
        cost[0][j] = cost[0][j - 1] + 1
    for i in range(1, rows):
        skipped = _silence_of(phonemes[i - 1])
        row, above = cost[i], cost[i - 1]
        row[0] = above[0] + skipped
        for j in range(1, columns):
            row[j] = min(above[j - 1] + _difference(phonemes[i - 1], sounded[j - 1].symbol), above[j] + skipped, row[j - 1] + 1)
    reached = [0] * len(phonemes)  # how many of the teacher's symbols are over when a phoneme is
    i, j = rows - 1, columns - 1
    while i > 0:
        if j > 0 and cost[i][j] == cost[i][j - 1] + 1:
            reached[i - 1] = max(reached[i - 1], j)
            j -= 1
            continue
        reached[i - 1] = max(reached[i - 1], j)
        if j > 0 and cost[i][j] == cost[i - 1][j - 1] + _difference(phonemes[i - 1], sounded[j - 1].symbol):
            j -= 1
        i -= 1
    times = [0.0, *(symbol.end_s for symbol in sounded)]
    return [times[count] for count in reached], cost[-1][-1] / len(sounded)


def _silence_of(phoneme: str) -> float:
    """Return the cost of a phoneme that the teacher did not say."""
    return 1.0 if phoneme.isalnum() and phoneme not in MARKS else 0.0


def _difference(phoneme: str, symbol: str) -> float:
    if phoneme == symbol:
        return 0.0
    if symbol == PAUSE:
        return 0.0 if phoneme in "^$" else 0.05 if not phoneme.isalnum() and phoneme not in MARKS and phoneme != " " else 0.3 if phoneme == " " else NEVER  # fmt: skip
    if not phoneme.isalnum() or phoneme in MARKS:
        return NEVER
    if any(phoneme in kind and symbol in kind for kind in _LIKE):
        return 0.3
    if phoneme in VOWELS and symbol in VOWELS:
        return 0.6
    return 1.2 if (phoneme in VOWELS) == (symbol in VOWELS) else 2.0
