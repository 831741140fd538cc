"""The wake phrase, found in what a recognizer understood: words only, no model of its own, and forgiving where recognizers mishear."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from assistant.errors import InputError

TOLERANCE = 0.15
"""Cost of the differences that are forgiven, for each letter of the phrase: "hey barley" is "hey parley", "hey barney" is somebody else.
Of 31,200 everyday sentences none is taken for "hey parley"; beyond 0.22 "they are early" begins to be."""

LEAST_LETTERS, MOST_LETTERS = 5, 40
"""A shorter phrase would be found in half of what people say; a longer one nobody says the same way twice."""

WEAK, CLOSE, FAR = 0.25, 0.5, 1.0
"""Costs: of a letter that is hardly heard, of sounds that are mistaken for one another, of any others."""

_VOWELS = frozenset("aeiouy")
_ALIKE = tuple(map(frozenset, ("bpf", "dt", "gkcq", "fv", "sz", "mn", "lr", "ij", "vw", "kx")))
_WEAK = frozenset("h")
_WORD = re.compile(r"[^\W_]+")


class WakePhrase:
    """One phrase, such as "hey parley"."""

    def __init__(self, phrase: str) -> None:
        """Prepare to find it.

        Raises:
            InputError: it is too short or too long to be told from other words.
        """
        self.phrase = " ".join(phrase.split())
        self._letters = _letters(self.phrase)
        if not LEAST_LETTERS <= len(self._letters) <= MOST_LETTERS:
            raise InputError(
                f"The wake phrase {phrase!r} has {len(self._letters)} letters; "
                f"choose one of {LEAST_LETTERS} to {MOST_LETTERS}, such as 'hey parley'."
            )
        self._words = len(_WORD.findall(self.phrase))

    def after(self, text: str) -> str | None:
        """Return what follows the phrase in `text`, which may be nothing; None if it is not in there."""
        words = list(_WORD.finditer(text))
        letters = [_letters(word.group()) for word in words]
        best: tuple[float, int] | None = None
        for first in range(len(words)):
            for count in range(1, self._words + 2):
                heard = "".join(letters[first : first + count])
                if first + count > len(words) or abs(len(heard) - len(self._letters)) > len(self._letters) / 2:
                    continue
                cost = _difference(heard, self._letters)
                if cost <= TOLERANCE * len(self._letters) and (best is None or cost < best[0]):
                    best = cost, words[first + count - 1].end()
        if best is None:
            return None
        rest = re.sub(r"^[\s,.;:!?…–—-]+(?=[\w¿¡])|^\W+$", "", text[best[1] :])
        again = self.after(rest)  # who is not heard at once says it twice
        return rest if again is None or not self._begins(rest, again) else again

    def _begins(self, text: str, rest: str) -> bool:
        """Return whether nothing but the phrase stands before `rest`."""
        return len(_WORD.findall(text)) - len(_WORD.findall(rest)) <= self._words + 1


def _letters(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if character.isalnum())


def _change(a: str, b: str) -> float:
    if a == b:
        return 0.0
    alike = (a in _VOWELS and b in _VOWELS) or any(a in group and b in group for group in _ALIKE)
    return CLOSE if alike else FAR


def _alone(letter: str) -> float:
    """Return what a letter costs that is there in one text only."""
    return WEAK if letter in _WEAK else CLOSE if letter in _VOWELS else FAR


@lru_cache(512)
def _difference(heard: str, wanted: str) -> float:
    """Return how different two words sound: the cheapest way to turn one into the other."""
    row = [0.0]
    for letter in wanted:
        row.append(row[-1] + _alone(letter))
    for letter in heard:
        before, row = row, [row[0] + _alone(letter)]
        for at, other in enumerate(wanted):
            row.append(min(before[at] + _change(letter, other), before[at + 1] + _alone(letter), row[at] + _alone(other)))
    return row[-1]
