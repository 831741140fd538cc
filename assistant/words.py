"""The words of a text, and where they lie in its sound when nobody can tell exactly."""

from __future__ import annotations

import re
from itertools import accumulate, pairwise

from assistant.engines import Word

_RUN = re.compile(r"\S+")


def word_spans(text: str) -> list[slice]:
    """Return where each word stands in `text`, with the punctuation around it; a text of punctuation alone is one word.

    A word is what stands between spaces and holds a letter or a digit; a dash or quotes on their own belong to the word before them, at the
    front to the first one.
    """
    spans: list[slice] = []
    front: int | None = None
    for run in _RUN.finditer(text):
        start, end = run.span()
        if any(map(str.isalnum, run.group())):
            spans.append(slice(start if front is None else front, end))
            front = None
        elif spans:
            spans[-1] = slice(spans[-1].start, end)
        elif front is None:
            front = start
    return spans or ([slice(0, len(text))] if text.strip() else [])


def spread(text: str, start_s: float, end_s: float) -> tuple[Word, ...]:
    """Return the words of `text` over a stretch of sound, each as long as its letters and digits are many."""
    spans = word_spans(text)
    sizes = [sum(character.isalnum() for character in text[span]) or 1 for span in spans]
    whole = sum(sizes)
    edges = [start_s + (end_s - start_s) * size / whole for size in accumulate(sizes, initial=0)] if sizes else []
    return tuple(Word(text[span], *edge) for span, edge in zip(spans, pairwise(edges), strict=True))
