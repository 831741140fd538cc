"""The words that must be said in a certain way: terms of a subject and names, through recognition, translation and speech."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, groupby
from typing import Any

from assistant.errors import SettingsError
from assistant.foreign import shown

MOST_TERMS = 500
"""A glossary is looked through for each sentence."""

MOST_FORMS = 100
"""Of a term in one language."""

_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
"""Letters of languages that write words without spaces between them, and of Korean, which hangs particles on its words."""

SPACED = rf"[^\W{_UNSPACED}]"
"""A pattern for a letter of the other languages: behind a word it makes another one."""


@dataclass(frozen=True, slots=True)
class Term:
    """One notion: how each language says it, with variants; the first of a language is what is written there."""

    forms: Mapping[str, tuple[str, ...]]
    """By language."""
    heard: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What a recognizer makes of it, by language."""
    said: Mapping[str, str] = field(default_factory=dict)
    """How it is spelled for a voice, by language."""


class Glossary:
    """Terms, looked up by whole words; capitals make no difference there."""

    def __init__(self, terms: Sequence[Term] = ()) -> None:
        self._terms = tuple(terms)
        self._patterns: dict[tuple[str, str], re.Pattern[str]] = {}

    def __bool__(self) -> bool:
        return bool(self._terms)

    @classmethod
    def read(cls, table: Mapping[str, Any], name: str) -> Glossary:
        """Return the glossary of a TOML table: `[[term]]`, with the words of each language, and `heard` and `said` by language.

        Raises:
            SettingsError: it has another form; the message names the file `name` and the term.
        """
        entries = table.get("term", [])
        if not isinstance(entries, list) or set(table) - {"term"}:
            raise SettingsError(f'{name} is no glossary; write each term under [[term]], such as: en = "gateway", es = "pasarela".')
        if len(entries) > MOST_TERMS:
            raise SettingsError(f"{name} has {len(entries)} terms; at most {MOST_TERMS} are allowed.")
        return cls([_term(entry, f"{name}, term {number}") for number, entry in enumerate(entries, 1)])

    def pairs(self, text: str, source: str, target: str) -> tuple[tuple[str, str], ...]:
        """Return the terms that occur in a `text` of the language `source`, as they stand there, each with its translation."""
        found = []
        for term in self._terms:
            if source in term.forms and target in term.forms:
                found += [(match.group(), term.forms[target][0]) for match in self._pattern(term, source, "forms").finditer(text)]
        return tuple(dict.fromkeys(found))

    def correct(self, text: str, language: str) -> str:
        """Return a transcript with what recognizers make of the terms put right."""
        for term in self._terms:
            if language in term.heard and language in term.forms:
                text = self._replaced(self._pattern(term, language, "heard"), term.forms[language][0], text)
        return text

    def respelled(self, text: str, language: str) -> str:
        """Return a text as a voice shall read it."""
        for term in self._terms:
            if language in term.said and language in term.forms:
                text = self._replaced(self._pattern(term, language, "forms"), term.said[language], text)
        return text

    def settled(self, text: str, language: str) -> str:
        """Return a text in which each term stands in its first form, so that its variants are one word."""
        for term in self._terms:
            if len(term.forms.get(language, ())) > 1:
                text = self._replaced(self._pattern(term, language, "forms"), term.forms[language][0], text)
        return text

    def joined(self, other: Glossary) -> Glossary:
        """Return the terms of both."""
        return Glossary([*self._terms, *other._terms])

    def forms(self, language: str) -> list[tuple[str, ...]]:
        """Return all forms of each term of a language."""
        return [term.forms[language] for term in self._terms if language in term.forms]

    def words(self, language: str) -> list[str]:
        """Return the terms of a language, for a recognizer that can be told what to expect."""
        return [term.forms[language][0] for term in self._terms if language in term.forms]

    @staticmethod
    def _replaced(pattern: re.Pattern[str], by: str, text: str) -> str:
        return pattern.sub(lambda _: by, text)  # as it stands: a backslash in it means nothing

    def _pattern(self, term: Term, language: str, of: str) -> re.Pattern[str]:
        forms: tuple[str, ...] = getattr(term, of)[language]
        key = (of, "\0".join(forms))
        if key not in self._patterns:
            self._patterns[key] = whole_words(forms)
        return self._patterns[key]


def whole_words(forms: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern that finds words, whatever their capitals, but not inside others."""
    letter = f"(?-i:{SPACED})"  # to fold the capitals of so large a set takes 40 ms, and makes no difference

    def edges(form: str) -> tuple[str, str]:
        before = f"(?<!{letter})" if re.match(SPACED, form) else ""
        behind = f"(?!{letter})" if re.search(rf"{SPACED}\Z", form) else ""
        return before, behind

    # The longest first; those with the same edges share them, as each costs 5 ms to compile.
    alike = groupby(sorted(forms, key=len, reverse=True), edges)
    return re.compile(
        "|".join(f"{before}(?:{'|'.join(map(re.escape, group))}){behind}" for (before, behind), group in alike), re.IGNORECASE
    )


def inline(text: str, pairs: Sequence[tuple[str, str]]) -> str:
    """Return a text in which each term stands in its translation already."""
    given = {term.casefold(): translation for term, translation in pairs}
    if not given:
        return text
    return whole_words(given).sub(lambda match: given[match.group().casefold()], text)


def _term(entry: Any, where: str) -> Term:
    if not isinstance(entry, dict):
        raise SettingsError(f'{where} is {shown(entry)}; write the words of each language, such as: en = "gateway".')
    forms = {language: _words(words, f"{where}, {language}") for language, words in entry.items() if language not in ("heard", "said")}
    heard = {language: _words(words, f"{where}, heard.{language}") for language, words in _by_language(entry, "heard", where)}
    said = {language: _words(words, f"{where}, said.{language}")[0] for language, words in _by_language(entry, "said", where)}
    if unknown := sorted(set(chain(heard, said)) - set(forms)):
        raise SettingsError(f'{where} says how {unknown[0]!r} sounds, but not its word; add {unknown[0]} = "...".')
    if len(forms) < 2 and not (heard or said):
        raise SettingsError(f"{where} has only {', '.join(forms) or 'no language'}; give the word of a second language, or how it sounds.")
    return Term(forms, heard, said)


def _by_language(entry: Mapping[str, Any], key: str, where: str) -> list[tuple[str, Any]]:
    found = entry.get(key, {})
    if not isinstance(found, dict):
        raise SettingsError(f'{where}: {key} is {shown(found)}; write it by language, such as: {key}.en = "...".')
    return list(found.items())


def _words(words: Any, where: str) -> tuple[str, ...]:
    listed = [words] if isinstance(words, str) else words
    if not isinstance(listed, list) or not listed or not all(isinstance(word, str) and word.strip() for word in listed):
        raise SettingsError(f"{where} is {shown(words)}; write a word, or a list of its forms.")
    if len(listed) > MOST_FORMS:
        raise SettingsError(f"{where} has {len(listed)} forms; at most {MOST_FORMS} are allowed.")
    return tuple(" ".join(word.split()) for word in listed)
