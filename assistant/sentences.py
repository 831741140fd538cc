"""Where sentences end: the one place that knows abbreviations, closing quotes and decimal points."""

from __future__ import annotations

import re
from itertools import pairwise

CLOSERS = "\"'”’»)]"
"""What may stand between the end of a sentence, or of a clause, and the space behind it."""

STOPS = ".!?…"

_SHORT = r"Mr Mrs Ms Dr St Prof Sr Sra Srta Dra Ud Uds vs etc e\.g i\.e a\.m p\.m".split()
"""Abbreviations, without their last full stop."""

_NOT_SHORT = "".join(rf"(?<!\b{short}\.)" for short in (*_SHORT, "No", "[A-HJ-Z]"))
"""Behind a full stop: it belongs to no abbreviation and no initial ("I." is a word at its end more often than a name)."""

_NUMBER = r"(?<=\bNo\.)(?=\s+[^\s\d])"
"""Behind a full stop: "No." stands before something that is no number, so it is an answer."""

END = rf"(?<![{STOPS}])[{STOPS}]++(?:[{re.escape(CLOSERS)}]++(?=\s)|(?=\s){_NOT_SHORT}|{_NUMBER})|\n"
"""A pattern for the end of a sentence, up to where it may be cut; a stop without a space behind it is none, as in 3.5."""

_END = re.compile(END)


def sentences(text: str) -> list[str]:
    """Return the sentences of a text; together they hold all its words, in order."""
    ends = [0, *(found.end() for found in _END.finditer(text)), len(text)]
    return [sentence for start, end in pairwise(ends) if (sentence := text[start:end].strip())]
