"""Where a growing text may be cut so that each part can be spoken while the next is still being written."""

from __future__ import annotations

import re

from assistant.sentences import BEHIND_WIDE, CLOSERS, END, STOPS

FIRST_AT_LEAST = 4
"""Characters of a first phrase that ends at a clause: as short as "Well,", and whoever waits hears it a fifth of a second sooner."""

FIRST_AT_MOST = 48
"""Characters after which a first phrase is cut at a space: somebody is waiting for it."""

CLAUSE_AT_LEAST = 60
"""Characters from which a later phrase may end at a clause; until then it waits for its sentence, which sounds better."""

AT_MOST = 200
"""Characters after which any phrase is cut at a space: a synthesiser takes a phrase whole."""

_SPACED_BREAKS, _WIDE_BREAKS = ",;:–—،؛", "，、；："
_BREAKS = _SPACED_BREAKS + _WIDE_BREAKS
_END = re.compile(rf"{END}|(?P<clause>[{_SPACED_BREAKS}][{re.escape(CLOSERS)}]*+(?=\s)|[{_WIDE_BREAKS}]{BEHIND_WIDE})")


class Phraser:
    """Takes a reply token by token and gives phrases; together they hold all its words, in order.

    How the text is cut into tokens makes no difference to the phrases, and the work grows with the text's length only.
    """

    def __init__(self, first_at_most: int = FIRST_AT_MOST) -> None:
        """Cut the first phrase at a space after `first_at_most` characters: the fewer, the sooner it can be spoken."""
        self._first_limits = min(FIRST_AT_LEAST, first_at_most), first_at_most
        self._text = ""
        self._looked = 0  # up to here the text ends no phrase, whatever follows
        self._first = True

    def push(self, token: str) -> list[str]:
        """Take the next token and return the phrases that are complete."""
        text, start, phrases = self._text + token, 0, []
        while True:
            while start < len(text) and text[start].isspace():
                start += 1
            end = self._end(text, start)
            if not end:
                break
            phrases.append(text[start:end].strip())
            self._first = False
            start, self._looked = end, 0
        self._text = text[start:]
        return phrases

    def flush(self) -> list[str]:
        """Return what is left when the reply is complete."""
        rest, self._text, self._looked = self._text.strip(), "", 0
        return [rest] if rest else []

    def _end(self, text: str, start: int) -> int:
        """Return where the phrase that begins at `start` ends; 0 if that is not known yet."""
        least, most = self._first_limits if self._first else (CLAUSE_AT_LEAST, AT_MOST)
        window = text[start : start + most + 1]  # what one phrase may look at, so that a long text costs no more a phrase
        for found in _END.finditer(window, self._looked):
            if found.lastgroup != "clause" or found.end() >= least:
                return start + found.end()
        if len(window) > most:
            return start + (window.rfind(" ", 1, most) if " " in window[1:most] else most)
        self._looked = len(window.rstrip().rstrip(STOPS + CLOSERS + _BREAKS))
        return 0
