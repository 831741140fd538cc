"""Our own voice, heard again: what a microphone picks up of the speech that a loudspeaker played, known by its words."""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

MEMORY_S = 4.0
"""After so long nothing that was played is heard again: a slow connection and a player's buffer are shorter."""

SHARE = 0.65
"""Of an utterance's words that stand, in order, in what was played: then it is that. A recognizer mishears some."""

LEAST_WORDS = 3
"""Fewer may be somebody's own: a greeting returned, a word repeated. Only what was said while it was played can then be an echo."""

SURE_WORDS, SOONER_WORDS, SURE_SHARE = 4, 2, 0.4
"""After so many words, with at most such a share of them, an utterance that goes on is none: sooner if it began when all had been played, as answers do."""

ALIKE, PERHAPS_ALIKE = 0.6, 0.45
"""Of the letters of an utterance and of what is played meanwhile: a small recognizer hears other words in a loudspeaker, but they sound alike. With
so many, it is our voice; with fewer than the second, it is not. Measured with the starter models on 40 echoes a language in a hard, noisy room: by
words alone 12 are known in English and 37 in Spanish, with this 24 and 40."""

LEAST_LETTERS = 4
"""Of those, beside a word that both have: fewer are chance."""

MOST_ALIKE_WORDS = 12
"""A longer utterance is known by its words; comparing letters takes time that grows with the square of their number."""

EARLIER_S, LATER_S = 1.0, 0.6
"""Of speech that goes on, what was played so long before it began and after may be its first word: by letters, the time of a word is not known better."""

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


class OwnVoice:
    """Remembers what was spoken, by language. Times are seconds on a clock that only grows."""

    def __init__(self, memory_s: float = MEMORY_S) -> None:
        """Begin with nothing said; what was played is heard again for `memory_s` at most."""
        self._memory_s = memory_s
        self._spoken: dict[str, deque[_Spoken]] = {}

    def push(self, language: str, text: str, seconds: float, now_s: float) -> None:
        """Take sound that is played now: so many seconds of the phrase `text`; it may come in parts."""
        phrases = self._spoken.setdefault(language, deque())
        while phrases and phrases[0].to_s + self._memory_s < now_s:
            phrases.popleft()
        from_s = max(now_s, phrases[-1].to_s) if phrases else now_s
        if phrases and phrases[-1].text == text and from_s - phrases[-1].to_s < 1.0:
            phrases[-1].to_s = from_s + seconds
        else:
            phrases.append(_Spoken(text, words_of(text), from_s, from_s + seconds))

    def stop(self, now_s: float) -> None:
        """What is not played yet never will be."""
        for phrases in self._spoken.values():
            while phrases and phrases[-1].from_s >= now_s:
                phrases.pop()
            if phrases and phrases[-1].to_s > now_s:
                phrases[-1].to_s = now_s

    def possible(self, language: str, began_s: float) -> bool:
        """Whether what began then may be an echo at all: whether something was played in that language lately."""
        return any(phrase.from_s <= began_s for phrase in self._lately(language, began_s))

    def excluded(self, text: str, language: str, began_s: float) -> bool:
        """Whether an utterance that goes on, of which `text` is known, is certainly none."""
        words = [word for word, _ in groupby(words_of(text))]  # the beginning of a word is often heard as the same one several times
        spoken, playing = self._words(language, began_s), self._playing(language, began_s)
        if len(words) < (SURE_WORDS if playing else SOONER_WORDS) or _matching(words, spoken) > SURE_SHARE * len(words):
            return False
        return not any(_alike(words, played, PERHAPS_ALIKE) for played in playing)

    def perhaps(self, text: str, language: str, began_s: float) -> bool:
        """Whether an utterance that goes on, of which `text` is known, may be what is played just then: its words stand there, in order, or sound so."""
        words, timed = words_of(text), self._timed(language, began_s)
        played, size = [word for word, _ in timed], _stretch(len(words))
        starts = [i for i, (_, at_s) in enumerate(timed) if began_s - EARLIER_S <= at_s <= began_s + LATER_S]
        least = len(words) if len(words) < LEAST_WORDS else SHARE * len(words)
        if words and any(_common(words, played[i : i + size]) >= least for i in starts):
            return True
        return any(_alike(words, phrases, ALIKE) for phrases in self._playing(language, began_s))

    def heard(self, text: str, language: str, began_s: float) -> bool:
        """Whether the whole utterance `text`, which began then, is what was spoken."""
        if not self.possible(language, began_s):
            return False
        words, spoken = words_of(text), self._words(language, began_s)
        matching, playing = _matching(words, spoken), self._playing(language, began_s)
        if matching >= SHARE * len(words) and matching >= (2 if playing else LEAST_WORDS):
            return True
        return any(_alike(words, played, ALIKE) for played in playing)

    def _playing(self, language: str, at_s: float) -> list[list[str]]:
        """Return what was played then, each phrase with what followed: an echo begins with a phrase, as that has silence before it."""
        lately = self._lately(language, at_s)
        begun = [i for i, phrase in enumerate(lately) if phrase.from_s <= at_s <= phrase.to_s]
        return [[word for phrase in lately[i:] for word in phrase.words] for i in begun]

    def _lately(self, language: str, began_s: float) -> list[_Spoken]:
        """Return what was still played shortly before then, or later: an echo goes on over several phrases."""
        return [phrase for phrase in self._spoken.get(language, ()) if began_s <= phrase.to_s + self._memory_s]

    def _timed(self, language: str, began_s: float) -> list[tuple[str, float]]:
        """Return what was still played shortly before then, or later: each word, and about when it was begun."""
        found = []
        for phrase in self._lately(language, began_s):
            letters = [*accumulate(map(len, phrase.words), initial=0)]
            pace = (phrase.to_s - phrase.from_s) / max(1, letters[-1])
            found += [(word, phrase.from_s + pace * before) for word, before in zip(phrase.words, letters, strict=False)]
        return found

    def _words(self, language: str, began_s: float) -> list[str]:
        return [word for phrase in self._lately(language, began_s) for word in phrase.words]


def _matching(words: Sequence[str], spoken: Sequence[str]) -> int:
    """Return how many of `words` stand, in order, in a stretch of `spoken` that is half as long again: elsewhere it is chance."""
    size = _stretch(len(words))
    last = max(0, len(spoken) - size)
    return max((_common(words, spoken[start : start + size]) for start in range(last + 1)), default=0)


def _stretch(count: int) -> int:
    """Return among how many words of what was spoken so many are looked for."""
    return count + count // 2 + 1


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """Return the length of the longest common subsequence."""
    row = [0] * (len(other) + 1)
    for word in one:
        before = row
        row = [0]
        for i, each in enumerate(other):
            row.append(before[i] + 1 if word == each else max(before[i + 1], row[i]))
    return row[-1]


def _alike(words: Sequence[str], spoken: Sequence[str], share: float) -> bool:
    """Whether the letters of `words` are, to this share and in order, those that `spoken` begins with, and not by one word that both have."""
    letters = "".join(words)
    if not 2 <= len(words) <= MOST_ALIKE_WORDS:
        return False
    lengths = accumulate(map(len, spoken))
    stretch = spoken[: next((count for count, length in enumerate(lengths, 1) if length >= len(letters)), len(spoken))]
    common, whole = _common(letters, "".join(stretch)), len(letters) + sum(map(len, stretch))
    same = max((len(word) for word in words if word in stretch), default=0)
    beside = common - same
    return 2 * common >= share * whole and beside >= LEAST_LETTERS and 2 * beside >= (share - 0.1) * (whole - 2 * same)
