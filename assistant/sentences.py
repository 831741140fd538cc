"""Where sentences end: the one place that knows abbreviations, closing quotes and decimal points."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from textwrap import wrap

CLOSERS = "\"'”’»)]」』）》】"
"""What may stand between the end of a sentence, or of a clause, and what follows."""

_SPACED_STOPS, _WIDE_STOPS = ".!?…؟۔।", "。！？"
STOPS = _SPACED_STOPS + _WIDE_STOPS
"""What ends a sentence; behind the wide ones of Chinese and Japanese there is no space."""

PHRASE_ENDS = (",", ";", ":")

MOST_WORDS = 40
"""Of one sentence: a longer one is translated in parts. Small models lose their way in it, and what a model holds has an end."""
MOST_LETTERS = 300
"""Of the same, where words are long or stand without spaces between them."""

_SHORT = r"Mr Mrs Ms Dr St Prof Sr Sra Srta Dra Ud Uds vs etc e\.g i\.e a\.m p\.m".split()
"""Abbreviations, without their last full stop."""

_NOT_SHORT = "".join(rf"(?<!\b{short}\.)" for short in (*_SHORT, "No", "[A-HJ-Z]"))
"""Behind a full stop: it belongs to no abbreviation and no initial ("I." is a word at its end more often than a name)."""

_NUMBER = r"(?<=\bNo\.)(?=\s+[^\s\d])"
"""Behind a full stop: "No." stands before something that is no number, so it is an answer."""

BEHIND_WIDE = rf"[{re.escape(CLOSERS)}]*+(?=[\s\S])"
"""A pattern for what belongs to a wide mark; something must follow, or more of it may."""

_SPACED = rf"(?<![{STOPS}])[{_SPACED_STOPS}]++(?:[{re.escape(CLOSERS)}]++(?=\s)|(?=\s){_NOT_SHORT}|{_NUMBER})"
END = rf"{_SPACED}|[{_WIDE_STOPS}][{STOPS}]*+{BEHIND_WIDE}|\n"
"""A pattern for the end of a sentence, up to where it may be cut; a stop without a space behind it is none, as in 3.5."""

_END = re.compile(END)


_LONE_MARKS = rf"[{re.escape(STOPS + ''.join(PHRASE_ENDS))}]+"
_BEFORE_MARKS = re.compile(rf" (?={_LONE_MARKS}(?: |$))")


def is_mark(word: str) -> bool:
    """Tell whether a word is nothing but what stands behind words."""
    return re.fullmatch(_LONE_MARKS, word) is not None


def joined(words: Iterable[str]) -> str:
    """Return the words as a text: a model that goes on with a mark puts it behind the word before."""
    return _BEFORE_MARKS.sub("", " ".join(words))


def sentences(text: str) -> list[str]:
    """Return the sentences of a text; together they hold all its words, in order."""
    ends = [0, *(found.end() for found in _END.finditer(text)), len(text)]
    return [sentence for start, end in pairwise(ends) if (sentence := text[start:end].strip())]


def head(words: Sequence[str]) -> int:
    """Return how many words of a sentence are translated at once: all, or those up to a comma where they are too many."""
    if len(words) <= MOST_WORDS:
        return len(words)
    return next((n for n in range(MOST_WORDS, MOST_WORDS // 2, -1) if words[n - 1].endswith(PHRASE_ENDS)), MOST_WORDS)


def portions(text: str) -> list[str]:
    """Return the parts of a text that are translated one by one: its sentences, in parts where they are too long."""
    found = []
    for sentence in sentences(text):
        words = sentence.split()
        while words:
            count = head(words)
            found += wrap(" ".join(words[:count]), MOST_LETTERS, break_on_hyphens=False)
            words = words[count:]
    return found
