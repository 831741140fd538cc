"""How what people say reaches a model: written down by a recognizer, with its errors, or typed in haste."""

from __future__ import annotations

import lzma
import random
import re
from collections.abc import Mapping
from functools import cache
from itertools import accumulate

from models.starter.recipe.corpus import DATA
from models.starter.recipe.slots import number_words

TABLE = DATA / "heard.en.tsv.xz"
"""One line a phrase of one to three words: the phrase, how often it was said, and `heard=count` for each error; `mishearing.py` makes it."""

MOST_WORDS = 3

UNCERTAIN = 5
"""Added to the times a phrase was said: one error in one time does not mean that it is always misheard."""

CLEAREST, POOREST = 1.0, 8.0
"""Some are heard worse than the voices that the recognizer learned from: the table's rates times something between the two."""

_QUESTION = re.compile(r"^(what|who|how|when|where|why|which|is|are|do|does|did|can|could|will|would|have)\b", re.IGNORECASE)
_MARKS = '.,;:?!¿¡…"“”«»()'
_WORD = re.compile(rf"([{re.escape(_MARKS)}]*)(.*?)([{re.escape(_MARKS)}]*)")


def punctuate(text: str) -> str:
    """Return the text as it is written: a capital, a full stop or a question mark."""
    return text[:1].upper() + text[1:] + ("?" if _QUESTION.match(text) else ".")


@cache
def _numbers() -> dict[str, str]:
    return {number_words(n): str(n) for n in range(10_000)}


def digits(text: str) -> str:
    """Return the text with its number words as digits, the way people type."""
    numbers = _numbers()
    words, out, at = text.split(), [], 0
    while at < len(words):
        for size in range(min(8, len(words) - at), 0, -1):
            if (found := numbers.get(" ".join(words[at : at + size]))) is not None:
                out.append(found)
                at += size
                break
        else:
            out.append(words[at])
            at += 1
    return " ".join(out)


def written(text: str, rng: random.Random) -> str:
    """Return one of the ways a request, in small letters and without marks, is written: by a recognizer, bare, or with digits."""
    style = rng.random()
    if style < 0.55:
        return punctuate(text)
    if style < 0.72:
        return text
    if style < 0.80:
        return punctuate(text)[:-1] + rng.choice(["", ".", "?"])
    text = digits(text)
    return punctuate(text) if style < 0.9 else text


def careless(sentence: str, rng: random.Random) -> str:
    """Return a written sentence with some or all of its marks and capitals gone."""
    style = rng.random()
    if style < 0.4:
        return sentence.rstrip(_MARKS) or sentence
    if style < 0.6:
        return sentence.rstrip(_MARKS).lstrip("¿¡") + "."
    if style < 0.8:
        return sentence.replace(",", "").replace("¿", "").replace("¡", "")
    bare = "".join(c for c in sentence if c not in _MARKS)
    return " ".join(bare.split()) if style < 0.9 else " ".join(bare.lower().split())


class Mishearing:
    """The starter recognizer's errors in English, put into texts at random and as often as it made them."""

    def __init__(self, lines: Mapping[str, tuple[int, Mapping[str, int]]]) -> None:
        """Take for each phrase how often it was said, and what was heard instead how often."""
        self._rates = {said: sum(errors.values()) / (times + UNCERTAIN) for said, (times, errors) in lines.items()}
        self._heard = {said: (list(errors), list(accumulate(errors.values()))) for said, (_, errors) in lines.items()}

    @staticmethod
    @cache
    def mined() -> Mishearing:
        """Return what was mined."""
        lines: dict[str, tuple[int, dict[str, int]]] = {}
        with lzma.open(TABLE, "rt", encoding="utf-8") as file:
            for line in file:
                said, times, *errors = line.rstrip("\n").split("\t")
                pairs = (error.rsplit("=", 1) for error in errors)
                lines[said] = int(times), {heard: int(count) for heard, count in pairs}
        return Mishearing(lines)

    def hear(self, text: str, rng: random.Random, kept: str = "") -> str:
        """Return the text as it may have been heard; words of `kept` are heard right. Marks and the first capital stay."""
        words, certain, poor = text.split(), set(kept.lower().split()), rng.uniform(CLEAREST, POOREST)
        cores = [_core(word) for word in words]
        out: list[str] = []
        at = 0
        while at < len(words):
            for size in range(1, min(MOST_WORDS, len(words) - at) + 1):
                said = " ".join(cores[at : at + size])
                if rng.random() < self._rates.get(said, 0.0) * poor and certain.isdisjoint(cores[at : at + size]):
                    heard, cumulated = self._heard[said]
                    out.append(_dressed(rng.choices(heard, cum_weights=cumulated)[0], words[at : at + size]))
                    at += size
                    break
            else:
                out.append(words[at])
                at += 1
        return " ".join(" ".join(out).split()) or text


def _core(word: str) -> str:
    return word.strip(_MARKS).lower()


def _dressed(heard: str, said: list[str]) -> str:
    """Return what was heard with the capital and the marks around what was said."""
    first, last = _WORD.fullmatch(said[0]), _WORD.fullmatch(said[-1])
    assert first is not None
    assert last is not None
    if not heard:
        return ""
    heard = heard[0].upper() + heard[1:] if first[2][:1].isupper() else heard
    return f"{first[1]}{heard}{last[3]}"
