"""Words that an answer must contain: where the model would most likely have said each, it is made to.

A greedy answer is written first. Its logits tell at every word how likely the missing one would have come next; the answer is cut at
the likeliest place, the word is put there, and the model goes on behind it. (One beam of the lexically constrained decoding of Hokamp
and Liu 2017, arXiv:1704.07138, with the place chosen once.)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.glossary import SPACED, whole_words

_INSIDE = re.compile(SPACED)

_TWO_BYTES = range(0xC3, 0xE0)
"""With which letters begin that are two bytes of UTF-8, cut off by the token's end: accented ones, Greek, Cyrillic, Hebrew, Arabic."""


def goes_on(spelling: bytes) -> bool:
    """Tell whether a token of this spelling makes another word of the one before it."""
    if spelling[:1] and spelling[0] in _TWO_BYTES and len(spelling) == 1:
        return True
    return _INSIDE.match(spelling.decode(errors="replace")) is not None


@dataclass
class Draft:
    """An answer as it is written, token by token."""

    kept: int
    """Tokens at its head that stay."""
    tokens: list[int]
    places: list[int] = field(default_factory=list)
    """Where a word begins behind those."""
    chances: list[float] = field(default_factory=list)
    """How likely the missing word would have begun at each."""

    def consider(self, chance: float) -> None:
        """Take how likely the missing word would come next, at a place where one may begin."""
        self.places.append(len(self.tokens))
        self.chances.append(chance)

    @property
    def forces(self) -> bool:
        """Whether its last token is the last one of a word that was put there."""
        return 0 < self.kept == len(self.tokens)

    def forced(self, word: Sequence[int]) -> Draft:
        """Return the answer as far as the likeliest place, with the word behind it."""
        place = self.places[max(range(len(self.places)), key=self.chances.__getitem__)] if self.places else len(self.tokens)
        tokens = [*self.tokens[:place], *word]
        return Draft(len(tokens), tokens)


def missing(text: str, must: Sequence[str]) -> str | None:
    """Return the first of the words that is not in the text, as a word of its own."""
    return next((word for word in must if not whole_words([word]).search(text)), None)
