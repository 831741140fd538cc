"""Words that a recognizer was told to expect, put where it nearly heard them, if the model itself finds them about as likely.

A model that is told words as if they had just been said takes little notice of names that it never learned. So what it wrote is searched
for words that look like an expected one, and the model is asked how probable the text would be with that word in their place: rescoring
with a bias for the expected (as in arXiv:1808.02480, whose bias also works within the search).
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import lru_cache

ALIKE = 0.4
"""Share of letters that words have in common with the term in whose place they may have been written."""

PLACES, MOST = 2, 4
"""Texts with a term, and texts in all, that the model is asked about: it reads each of them."""

BIAS = 6.0
"""Nats by which a text with an expected word may be less probable and yet be the one that was said."""

LEAST_LETTERS = 4
"""Of a term: shorter ones are like too many words."""

FOUND_BEFORE = 32
"""Searches whose result is kept: many passes over an utterance hear what the one before did. Few, since they hold what people said."""

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@lru_cache(FOUND_BEFORE)
def alternatives(text: str, terms: tuple[str, ...], begins: int = 0) -> tuple[str, ...]:
    """Return the text with one of the terms in the place of words that are like it, the likest first; none for terms that stand in it.

    Args:
        text: what was heard.
        terms: what is expected.
        begins: characters at the beginning that stay as they are.
    """
    matches = [match for match in _WORD.finditer(text) if match.start() >= begins]
    words = [_letters(match.group()) for match in matches]
    there = f" {_letters(text, ' ')} "
    found: list[tuple[float, str]] = []
    for term in dict.fromkeys(terms):
        letters, size = _letters(term), len(term.split())
        if len(letters) < LEAST_LETTERS or f" {_letters(term, ' ')} " in there:
            continue
        matcher, places = SequenceMatcher(None, b=letters, autojunk=False), list[tuple[float, str]]()
        for first in range(len(words)):
            for last in range(first + max(1, size - 1) - 1, min(first + size + 2, len(words))):
                heard = "".join(words[first : last + 1])
                if 2 * min(len(heard), len(letters)) < ALIKE * (len(heard) + len(letters)):
                    continue  # not even if all letters were the same
                matcher.set_seq1(heard)
                if matcher.quick_ratio() >= ALIKE and (likeness := matcher.ratio()) >= ALIKE:
                    places.append((likeness, text[: matches[first].start()] + term + text[matches[last].end() :]))
        found += sorted(places, reverse=True)[:PLACES]
    return tuple(changed for _, changed in sorted(found, reverse=True)[:MOST])


def _letters(text: str, between: str = "") -> str:
    return between.join(re.findall(r"[^\W_]+", text.casefold()))
