"""Our own voice, heard again: what a microphone picks up of the speech that was played to somebody in the room."""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

MEMORY_S = 8.0
"""After so long nothing that was played is heard again: a slow connection and a player's buffer are shorter."""

SHARE = 0.6
"""Of an utterance's words that stand, in order, in what was played: then it is that. A recognizer mishears some."""

LEAST_WORDS = 3
"""Fewer may be somebody's own: a greeting returned, a word repeated. Only what was said while it was played can then be an echo."""

SURE_WORDS, SURE_SHARE = 4, 0.4
"""After so many words, with at most such a share of them, an utterance that goes on is none."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def words_of(text: str) -> list[str]:
    """Return the words of a text as they are compared: without case, accents and punctuation."""
    bare = "".join(each for each in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(each))
    return _WORD.findall(bare)


@dataclass(slots=True)
class _Spoken:
    """A phrase, and when it is heard if it is played at once, behind what is played already."""

    text: str
    words: list[str]
    from_s: float
    to_s: float


class Echo:
    """Remembers what was spoken, by language. Times are seconds on a clock that only grows."""

    def __init__(self) -> None:
        self._spoken: dict[str, deque[_Spoken]] = {}

    def push(self, language: str, text: str, seconds: float, now_s: float) -> None:
        """Take sound that is played now: so many seconds of the phrase `text`; it may come in parts."""
        phrases = self._spoken.setdefault(language, deque())
        while phrases and phrases[0].to_s + MEMORY_S < now_s:
            phrases.popleft()
        from_s = max(now_s, phrases[-1].to_s) if phrases else now_s
        if phrases and phrases[-1].text == text and from_s - phrases[-1].to_s < 1.0:
            phrases[-1].to_s = from_s + seconds
        else:
            phrases.append(_Spoken(text, words_of(text), from_s, from_s + seconds))

    def possible(self, language: str, began_s: float) -> bool:
        """Whether what began then may be an echo at all: whether something was played in that language lately."""
        return any(phrase.from_s <= began_s for phrase in self._lately(language, began_s))

    def excluded(self, text: str, language: str, began_s: float) -> bool:
        """Whether an utterance that goes on, of which `text` is known, is certainly none."""
        words = words_of(text)
        return len(words) >= SURE_WORDS and _matching(words, self._words(language, began_s)) <= SURE_SHARE * len(words)

    def heard(self, text: str, language: str, began_s: float) -> bool:
        """Whether the whole utterance `text`, which began then, is what was spoken."""
        words, lately = words_of(text), self._lately(language, began_s)
        matching = _matching(words, self._words(language, began_s))
        if not self.possible(language, began_s) or matching < 2 or matching < SHARE * len(words):
            return False
        return matching >= LEAST_WORDS or any(phrase.from_s <= began_s <= phrase.to_s for phrase in lately)

    def _lately(self, language: str, began_s: float) -> list[_Spoken]:
        """Return what was still played shortly before then, or later: an echo goes on over several phrases."""
        return [phrase for phrase in self._spoken.get(language, ()) if began_s <= phrase.to_s + MEMORY_S]

    def _words(self, language: str, began_s: float) -> list[str]:
        return [word for phrase in self._lately(language, began_s) for word in phrase.words]


def _matching(words: Sequence[str], spoken: Sequence[str]) -> int:
    """Return how many of `words` stand, in order, in a stretch of `spoken` that is half as long again: elsewhere it is chance."""
    size = len(words) + len(words) // 2 + 1
    last = max(0, len(spoken) - size)
    return max((_common(words, spoken[start : start + size]) for start in range(last + 1)), default=0)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """Return the length of the longest common subsequence."""
    row = [0] * (len(other) + 1)
    for word in one:
        before = row
        row = [0]
        for i, each in enumerate(other):
            row.append(before[i] + 1 if word == each else max(before[i + 1], row[i]))
    return row[-1]
