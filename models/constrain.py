"""The words of a glossary put into a translation that was written without them.

Each takes the place of what it contradicts: the words of the translation that become unlikely once the model is asked with the term.
What is around them stays as it is. (Alignment by what a change of the input does to the output: Li et al. 2019, "On the Word Alignment
from Neural Machine Translation", whose prediction difference this is.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from assistant.glossary import SPACED, whole_words

LEAST_LOSS = 3.0
"""How much of their log-probability words lose at least that a term contradicts. With the starter model 98 in 100 do, and
12 in 100 of a translation's other words; the term is not forced on these, as its place may be still to come, or be past."""

_INSIDE = re.compile(SPACED)
_CORE = re.compile(r"(\W*)(.*?)(\W*)\Z", re.DOTALL)
_SENTENCE_BEGINS = re.compile(r"(\A|[.!?…]\s)\W*\Z")

_TWO_BYTES = range(0xC3, 0xE0)
"""With which letters begin that are two bytes of UTF-8, cut off by the token's end: accented ones, Greek, Cyrillic, Hebrew, Arabic."""
_CONTINUED = range(0x80, 0xC0)
"""Of which bytes no letter begins."""


def words(spellings: Sequence[bytes]) -> list[range]:
    """Return which tokens of a text make up each of its words, the blank in front included; a mark is a word of its own."""
    begins = [place for place, spelling in enumerate(spellings) if not place or not _goes_on(spelling)]
    return [range(begin, end) for begin, end in pairwise([*begins, len(spellings)])]


def _goes_on(spelling: bytes) -> bool:
    if spelling[:1] and (spelling[0] in _CONTINUED or (spelling[0] in _TWO_BYTES and len(spelling) == 1)):
        return True
    return _INSIDE.match(spelling.decode(errors="replace")) is not None


def missing(text: str, term: str, times: int = 1) -> int:
    """Return how many times a term still has to come into a text in which it should stand so many times."""
    return max(0, times - len(whole_words([term]).findall(text)))


class Draft:
    """A translation word by word, in which terms take the place of others."""

    def __init__(self, begun: str, words: Sequence[str]) -> None:
        """Hold the words behind what is `begun`, each with the blank in front of it."""
        self._begun, self._words = begun, list(words)
        self._free = [re.search(r"\w", word) is not None for word in words]

    def put(self, term: str, losses: Sequence[float], most: int, *, times: int, must: bool) -> None:
        """Put a term in the place of what it contradicts, up to so many times.

        Args:
            term: the word or words.
            losses: how much log-probability each word has lost through the term.
            most: how many words that stand together it may replace.
            times: how often it is wanted.
            must: it stands there once whatever the losses are, if need be at the end.
        """
        for place in self._places(losses, most, times, must=must):
            if not place:
                self._words.append(f" {term}")
                self._free.append(False)
                continue
            before = "".join([self._begun, *self._words[: place.start]])
            blank, core, marks = _parted("".join(self._words[i] for i in place))
            capital = core[:1].isupper() and _SENTENCE_BEGINS.search(before + blank) is not None
            for i in place:
                self._words[i], self._free[i] = "", False
            self._words[place.start] = blank + (term[:1].upper() + term[1:] if capital else term) + marks

    def _places(self, losses: Sequence[float], most: int, times: int, *, must: bool) -> Iterator[range]:
        for time in range(times):
            free = [place for place, free in enumerate(self._free[: len(losses)]) if free]
            place = max(free, key=losses.__getitem__, default=None)
            if place is not None and (losses[place] >= LEAST_LOSS or (must and not time)):
                yield self._grown(place, losses, most)
            elif must and not time:
                yield range(0)

    def _grown(self, place: int, losses: Sequence[float], most: int) -> range:
        begin, end = place, place + 1
        while end - begin < most:
            beside = [i for i in (begin - 1, end) if 0 <= i < len(losses) and self._free[i] and losses[i] >= LEAST_LOSS]
            if not beside:
                break
            chosen = max(beside, key=losses.__getitem__)
            begin, end = min(begin, chosen), max(end, chosen + 1)
        return range(begin, end)

    def __str__(self) -> str:
        return "".join(self._words)


def _parted(text: str) -> tuple[str, str, str]:
    found = _CORE.match(text)
    assert found is not None  # it matches everything
    before, core, behind = found.groups()
    return before, core, behind
