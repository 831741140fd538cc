"""The passages of a pack in SQLite's full-text index, in memory. A search takes some milliseconds."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from math import log

from assistant.glossary import Glossary
from assistant.knowledge import SMALL_WEIGHT, Hit, Passage, covered, scored, worded
from assistant.lexicon import SMALL, alike, closest, content, language_of, stems

QUESTION, ANSWER = 3.0, 1.0
"""What a word weighs in bm25: in a question of the passage, and in its answer."""

CANDIDATES = 8
"""Passages by bm25 that are looked at closely."""

MOST_CHARACTERS = 500
"""Of a question: who speaks longer than half a minute does not ask for a passage, and the event loop waits meanwhile."""

UNKNOWN = 2
"""In how many passages a word counts as standing that is in none: it says that something else is meant, but people say much."""


class _Shelf:
    """The passages of one language. Stems are indexed, so that "returned" finds "returning"."""

    def __init__(self, passages: Sequence[Passage], language: str, glossary: Glossary, database: sqlite3.Connection) -> None:
        self._passages, self._language, self._glossary, self._database = passages, language, glossary, database
        self._small = SMALL.get(language, frozenset())
        self._table = f"passages_{language}"
        database.execute(f"CREATE VIRTUAL TABLE {self._table} USING fts5(question, answer, tokenize = 'unicode61 remove_diacritics 2')")
        self._stems = [(self._content(" ".join(each.questions)), self._content(each.answer)) for each in passages]
        self._wordings = [[stems(self._settled(question), language) for question in each.questions] for each in passages]
        rows = [(number, " ".join(question), " ".join(answer)) for number, (question, answer) in enumerate(self._stems)]
        database.executemany(f"INSERT INTO {self._table} (rowid, question, answer) VALUES (?, ?, ?)", rows)
        self._vocabulary = {word: 0 for both in self._stems for words in both for word in words}
        for word in self._vocabulary:
            self._vocabulary[word] = sum(any(alike(word, other) for words in both for other in words) for both in self._stems)

    def _settled(self, text: str) -> str:
        return self._glossary.settled(text, self._language)

    def _content(self, text: str) -> list[str]:
        return content(self._settled(text), self._language)

    def search(self, text: str) -> list[Hit]:
        said = self._settled(text[:MOST_CHARACTERS])
        wording = [self._known(word) for word in stems(said, self._language)]
        asked = [word for word in wording if word not in self._small]
        if not asked:
            return []
        query = " OR ".join(f'"{word}"*' for word in asked)
        found = self._database.execute(
            f"SELECT rowid FROM {self._table} WHERE {self._table} MATCH ? ORDER BY bm25({self._table}, {QUESTION}, {ANSWER}) LIMIT ?",
            (query, CANDIDATES),
        )
        hits = [
            Hit(
                self._passages[row],
                scored(
                    covered(asked, self._stems[row][0], self._stems[row][1], self._weight),
                    (worded(wording, question, self._weight) for question in self._wordings[row]),
                ),
            )
            for (row,) in found
        ]
        return sorted(hits, key=lambda hit: -hit.score)  # of equals, the one that bm25 likes more stays first

    def _known(self, word: str) -> str:
        """Return a word as the passages have it, if it is one of theirs or sounds like one; else the small word that it sounds like."""
        if word in self._vocabulary or word in self._small:
            return word
        same = next((other for other in self._vocabulary if alike(word, other)), None)
        return same or closest(word, self._vocabulary) or closest(word, self._small) or word

    def _weight(self, word: str) -> float:
        if word in self._small:
            return SMALL_WEIGHT
        return log(1 + len(self._stems) / self._vocabulary.get(word, UNKNOWN))


class PassageIndex:
    """A `Knowledge`."""

    def __init__(self, passages: Sequence[Passage], glossary: Glossary) -> None:
        """Index the passages; the variants that `glossary` knows of a term are one word."""
        database = sqlite3.connect(":memory:")
        languages = dict.fromkeys(passage.language for passage in passages)
        self._shelves = {
            language: _Shelf([each for each in passages if each.language == language], language, glossary, database)
            for language in languages
        }

    def search(self, text: str) -> list[Hit]:
        """Return what may answer, in whatever language it is asked; of equals, the one in the language of the question comes first."""
        spoken = language_of(text, tuple(self._shelves))
        shelves = sorted(self._shelves.items(), key=lambda each: each[0] != spoken)
        return sorted((hit for _, shelf in shelves for hit in shelf.search(text)), key=lambda hit: -hit.score)
