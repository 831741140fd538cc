"""How likely it is that somebody has said all they wanted to: what the words and the sound speak for, in one probability.

A logistic rule: each source adds its logits. The words always count: whether the transcript ends like a sentence, whether its last word
rarely ends one, and how many there are. The language model's P(end) and a turn detector's are there or not. P(end) tells much of
what the words tell, so the weights with it are another fit; a turn detector hears something else, so its logits are added to either.
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
    """What each source adds, in logits."""

    bias: float
    final: float
    """If the transcript ends like a sentence."""
    open_word: float
    """If its last word rarely ends a turn."""
    words: float
    """For the natural logarithm of the number of words."""
    anticipated: float = 0.0
    """For each logit of the language model's P(end)."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is known of one language."""

    open_words: frozenset[str]
    """Words that rarely end a turn, in lower case: articles, prepositions, conjunctions, fillers."""
    alone: Weights
    """Where the language model tells nothing."""
    anticipating: Weights
    """Where it tells its P(end)."""


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
            alone=Weights(bias=-3.09, final=2.14, open_word=-1.71, words=2.11),
            anticipating=Weights(bias=-0.75, final=1.11, open_word=-0.68, words=1.44, anticipated=0.46),
        ),
        "es": Rule(
            frozenset(
                "a al aunque con cuando de del desde donde e eh el en entre es hacia hasta la las lo los me mi mis ni o para pero por "
                "porque que se si sin sobre su sus te tu tus un una unas unos y".split()
            ),
            alone=Weights(bias=-3.66, final=2.14, open_word=-4.48, words=2.66),
            anticipating=Weights(bias=0.31, final=1.11, open_word=-0.93, words=1.01, anticipated=0.98),
        ),
    }
)
"""By language, ISO 639-1; found by `python -m models.starter.recipe endpoint`."""


class Completeness:
    """The rule of one language."""

    def __init__(self, language: str) -> None:
        """Judge words of `language`; one without a rule gets that of English, without its open words."""
        english = RULES["en"]
        self._rule = RULES.get(language) or Rule(frozenset(), english.alone, english.anticipating)

    def features(self, text: str) -> tuple[float, float, float]:
        """Return what the words tell, in the order of `Weights`: final, open word, words."""
        words = bare(text).lower().split()
        last = words[-1] if words else ""
        return float(final_mark(text)), float(last in self._rule.open_words), log(max(1, len(words)))

    def probability(self, text: str, *, anticipated: float | None = None, turn: float | None = None) -> float:
        """Return how likely the utterance is complete, in (0, 1).

        Args:
            text: the transcript so far, with its punctuation.
            anticipated: the language model's P(end) of `bare(text)`, in [0, 1], if it is known.
            turn: a turn detector's P(end) of the sound, in [0, 1], if there is one.
        """
        weights = self._rule.alone if anticipated is None else self._rule.anticipating
        final, open_word, words = self.features(text)
        total = weights.bias + weights.final * final + weights.open_word * open_word + weights.words * words
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
