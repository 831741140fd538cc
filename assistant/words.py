"""The words of a text, and where they lie in its sound when nobody can tell exactly."""

from __future__ import annotations

import re
from itertools import accumulate, pairwise

from assistant.engines import Word

_MARKS = r"(?:[^\s\w]|_)"
_WORD = re.compile(rf"(?<!\S)(?:{_MARKS}++\s++)*+{_MARKS}*+[^\W_]\S*(?:\s+{_MARKS}+(?!\S))*")
"""What stands between spaces and holds a letter or a digit; a dash or quotes on their own belong to the word before them."""


def word_spans(text: str) -> list[slice]:
    """Return where each word stands in `text`, with the punctuation around it; a text of punctuation alone is one word."""
    spans = [slice(*found.span()) for found in _WORD.finditer(text)]
    return spans or ([slice(0, len(text))] if text.strip() else [])


def spread(text: str, start_s: float, end_s: float) -> tuple[Word, ...]:
    """Return the words of `text` over a stretch of sound, each as long as its letters and digits are many."""
    spans = word_spans(text)
    sizes = [sum(character.isalnum() for character in text[span]) or 1 for span in spans]
    whole = sum(sizes)
    edges = [start_s + (end_s - start_s) * size / whole for size in accumulate(sizes, initial=0)] if sizes else []
    return tuple(Word(text[span], *edge) for span, edge in zip(spans, pairwise(edges), strict=True))
