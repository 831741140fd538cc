"""Where a growing text may be cut so that each part can be spoken while the next is still being written."""

from __future__ import annotations

import re

FIRST_AT_LEAST = 8
"""Characters of a first phrase that ends at a clause: shorter ones sound torn off."""

FIRST_AT_MOST = 48
"""Characters after which a first phrase is cut at a space: somebody is waiting for it."""

CLAUSE_AT_LEAST = 60
"""Characters from which a later phrase may end at a clause; until then it waits for its sentence, which sounds better."""

AT_MOST = 200
"""Characters after which any phrase is cut at a space: a synthesiser takes a phrase whole."""

_SENTENCE = re.compile(r"[.!?…]+[\"'”»)\]]*(?=\s)|\n")
_CLAUSE = re.compile(r"[,;:–—][\"'”»)\]]*(?=\s)")
_ABBREVIATION = re.compile(r"(?:^|\s)(?:Mr|Mrs|Ms|Dr|St|Prof|Sr|Sra|Dra|vs|etc|e\.g|i\.e|No|[A-Z])\.$")


class Phraser:
    """Takes a reply token by token and gives phrases; together they hold all its words, in order."""

    def __init__(self) -> None:
        self._text = ""
        self._first = True

    def push(self, token: str) -> list[str]:
        """Take the next token and return the phrases that are complete."""
        self._text += token
        phrases = []
        while end := self._end():
            phrase, self._text = self._text[:end].strip(), self._text[end:].lstrip()
            if phrase:
                phrases.append(phrase)
                self._first = False
        return phrases

    def flush(self) -> list[str]:
        """Return what is left when the reply is complete."""
        rest, self._text = self._text.strip(), ""
        return [rest] if rest else []

    def _end(self) -> int:
        """Return where the first phrase of the text ends; 0 if that is not known yet."""
        text = self._text
        ends = [m.end() for m in _SENTENCE.finditer(text) if not _ABBREVIATION.search(text[: m.end()])][:1]
        least = FIRST_AT_LEAST if self._first else CLAUSE_AT_LEAST
        ends += [m.end() for m in _CLAUSE.finditer(text) if m.end() >= least][:1]
        most = FIRST_AT_MOST if self._first else AT_MOST
        if ends and min(ends) <= most:
            return min(ends)
        if len(text) <= most:
            return 0
        return text.rfind(" ", 1, most) if " " in text[1:most] else most
