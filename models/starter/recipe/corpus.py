"""The text everything is trained on: Tatoeba's English-Spanish sentence pairs (CC BY 2.0 FR, see data/LICENCE.md)."""

from __future__ import annotations

import lzma
from functools import cache
from pathlib import Path
from typing import Literal

Split = Literal["train", "dev", "test"]
Lang = Literal["en", "es"]

DATA = Path(__file__).parent / "data"


@cache
def pairs(split: Split) -> tuple[tuple[str, str], ...]:
    """Return the (English, Spanish) pairs of a split, in file order."""
    with lzma.open(DATA / f"tatoeba.en-es.{split}.tsv.xz", "rt", encoding="utf-8") as lines:
        rows = (line.rstrip("\n").split("\t") for line in lines)
        return tuple((row[0], row[1]) for row in rows)


def sentences(split: Split, lang: Lang, most_words: int = 14) -> list[str]:
    """Return the distinct sentences of one language, sorted, without digits: what can be spoken as it is written."""
    column = 0 if lang == "en" else 1
    kept = {pair[column] for pair in pairs(split)}
    return sorted(s for s in kept if len(s.split()) <= most_words and not any(c.isdigit() for c in s))
