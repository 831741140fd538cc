"""How likely it is that somebody has said all they wanted to: what the words and the sound speak for, in one probability.

A logistic rule: each source adds its logits. The words always count: whether the last one rarely ends a turn, and how many there are.
Other sources are there or not: marks that the recognizer puts only where a sentence is over, the language model's P(end), a turn
detector's. Marks and P(end) tell much of what the words tell, so each set of them has weights of its own; a turn detector hears
something else, so its logits are added to any.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log
from types import MappingProxyType

SURE = 0.999
"""No single source is believed more than that, in either direction."""

_FINAL = re.compile(r"[.!?]+[\"'»”’)]*$")
_MARKS = re.compile(r"[\W_]+$")


@dataclass(frozen=True, slots=True)
class Weights:
    """What each source adds, in logits; 0 for one that is not there."""

    bias: float
    words: float
    """For the natural logarithm of the number of words."""
    open_word: float = 0.0
    """If the last word rarely ends a turn."""
    final: float = 0.0
    """If the transcript ends with a mark that ends sentences."""
    anticipated: float = 0.0
    """For each logit of the language model's P(end)."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is known of one language: its open words, and the weights for each set of sources."""

    open_words: frozenset[str]
    """Words that rarely end a turn, in lower case: articles, prepositions, conjunctions, fillers."""
    words: Weights
    anticipated: Weights
    """With P(end)."""
    marked: Weights | None = None
    """With marks; None if no recognizer was at hand that sets them so, and they do not count."""
    marked_anticipated: Weights | None = None
    """With marks and P(end)."""


TURN = 0.5
"""What a logit of a turn detector's P(end) adds. Not fitted, as no such model ships: half of what it claims, because the words and their
melody go together."""

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "en": Rule(
            frozenset(
                "a about an and any as at because but by every for from her his if in into is my of on or our some than that the their "
                "these those to uh um until was were when where which while who with without your".split()
            ),
            words=Weights(bias=-2.80, open_word=-2.20, words=2.23),
            anticipated=Weights(bias=-1.02, open_word=-0.59, words=1.60, anticipated=0.62),
            marked=Weights(bias=-4.74, open_word=-1.13, words=1.12, final=4.93),
            marked_anticipated=Weights(bias=-3.56, words=1.10, final=3.99, anticipated=0.49),
        ),
        "es": Rule(
            frozenset(
                "a al aunque con cuando de del desde donde e eh el en entre es hacia hasta la las lo los me mi mis ni o para pero por "
                "porque que se si sin sobre su sus te tu tus un una unas unos y".split()
            ),
            words=Weights(bias=-3.14, open_word=-4.48, words=2.66),
            anticipated=Weights(bias=-0.07, open_word=-0.83, words=1.39, anticipated=0.97),
        ),
    }
)
"""By language, ISO 639-1; found by `python -m models.starter.recipe endpoint`: English on what the starter recognizer hears, Spanish on texts."""


class Completeness:
    """The rule of one language, for one recognizer."""

    def __init__(self, language: str, *, marks: bool) -> None:
        """Judge words of `language`; `marks`: the recognizer puts a mark at the end only where a sentence is over.

        A language without a rule gets that of English, without its open words and marks.
        """
        english = RULES["en"]
        rule = RULES.get(language) or Rule(frozenset(), english.words, english.anticipated)
        self._open_words = rule.open_words
        self._words, self._anticipated = rule.words, rule.anticipated
        if marks:
            self._words, self._anticipated = rule.marked or rule.words, rule.marked_anticipated or rule.anticipated

    def features(self, text: str) -> tuple[float, float, float]:
        """Return what a transcript tells, as in `Weights`: whether its last word is open, the logarithm of its words, whether it ends marked."""
        words = bare(text).lower().split()
        last = words[-1] if words else ""
        return float(last in self._open_words), log(max(1, len(words))), float(final_mark(text))

    def probability(self, text: str, *, anticipated: float | None = None, turn: float | None = None) -> float:
        """Return how likely the utterance is complete, in (0, 1).

        Args:
            text: the transcript so far, with its punctuation.
            anticipated: the language model's P(end) of `bare(text)`, in [0, 1], if it is known.
            turn: a turn detector's P(end) of the sound, in [0, 1], if there is one.
        """
        weights = self._words if anticipated is None else self._anticipated
        open_word, words, final = self.features(text)
        total = weights.bias + weights.open_word * open_word + weights.words * words + weights.final * final
        if anticipated is not None:
            total += weights.anticipated * logit(anticipated)
        if turn is not None:
            total += TURN * logit(turn)
        return 1 / (1 + exp(-total))


def bare(text: str) -> str:
    """Return the text without the marks at its end: what the language model is asked about, as it believes a full stop at once."""
    return _MARKS.sub("", text)


def final_mark(text: str) -> bool:
    """Tell whether the text ends as sentences end."""
    return bool(_FINAL.search(text)) and not text.endswith("...")


def logit(probability: float) -> float:
    """Return the logarithm of the odds, that of a source kept to `SURE`."""
    p = min(max(probability, 1 - SURE), SURE)
    return log(p / (1 - p))
