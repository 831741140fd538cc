"""One line of a score and how sure it is: rates, errors, AUROC and text measures with 95 % bootstrap intervals."""

from __future__ import annotations

import importlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from assistant.errors import InputError

RESAMPLES = 1000
TEXT_RESAMPLES = 300
"""Each adds up the n-grams of every sentence."""

BINS = 10
"""Of probabilities, for the calibration error."""

NORMALISER = "lower case, no punctuation but apostrophes"


@dataclass(frozen=True)
class Score:
    """One line of the table; `n` counts utterances, sentences or requests, and `how` makes the value reproducible."""

    what: str
    value: float
    n: int
    how: str = ""
    low: float | None = None
    high: float | None = None
    """The 95 % bootstrap interval."""


def scorer(name: str) -> Any:
    """Return a package that only scoring needs.

    Raises:
        InputError: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InputError(f"The score needs {name.partition('.')[0]}; install it: pip install -e '.[score]'.") from error


def normalised(text: str) -> str:
    """Return the words of a text as WER and CER compare them (see `NORMALISER`)."""
    return " ".join(re.sub(r"[^\w\s']", " ", text.lower().replace("’", "'")).split())


def percent(what: str, values: Sequence[float], how: str) -> Score:
    """Return the mean of values in [0, 1], or of differences of such, in percent or percentage points."""
    array = np.asarray(values, float)
    chosen = np.random.default_rng(0).integers(0, array.size, (RESAMPLES, array.size))
    low, high = np.percentile(array[chosen].mean(1), [2.5, 97.5])
    return Score(what, 100 * float(array.mean()), array.size, how, 100 * float(low), 100 * float(high))


def error_rate(what: str, said: Sequence[str], perceived: Sequence[str], how: str, unit: Literal["words", "characters"] = "words") -> Score:
    """Return the errors in percent of the words or characters that were said (jiwer's WER or CER), texts as `normalised` gives them.

    Raises:
        InputError: jiwer is not installed.
    """
    compare = getattr(scorer("jiwer"), f"process_{unit}")
    found = [compare(a, b) for a, b in zip(said, perceived, strict=True)]
    wrong = np.array([f.substitutions + f.deletions + f.insertions for f in found])
    size = np.array([f.substitutions + f.deletions + f.hits for f in found])
    weights = _resampled(size.size)
    low, high = np.percentile(100 * (weights @ wrong) / (weights @ size), [2.5, 97.5])
    return Score(what, 100 * float(wrong.sum() / size.sum()), size.size, f"{how}; {NORMALISER}", float(low), float(high))


def calibration(what: str, told: Sequence[Sequence[tuple[float, bool]]], how: str) -> Score:
    """Return the expected calibration error (Naeini et al. 2015) of probabilities: how far they are from how often what they tell of is right.

    Args:
        what: name of the line; its `n` counts probabilities.
        told: by utterance, each probability and whether it was right; an utterance is drawn as a whole.
        how: what makes the value reproducible.
    """
    beyond, counts = np.zeros((len(told), BINS)), np.zeros(len(told))
    for row, pairs in enumerate(told):
        for probability, right in pairs:
            beyond[row, min(int(probability * BINS), BINS - 1)] += probability - right
        counts[row] = len(pairs)
    weights = _resampled(len(told))
    low, high = np.percentile(np.abs(weights @ beyond).sum(1) / np.maximum(weights @ counts, 1), [2.5, 97.5])
    error = np.abs(beyond.sum(0)).sum() / max(counts.sum(), 1)
    return Score(what, float(error), int(counts.sum()), f"{BINS} bins; {how}", float(low), float(high))


def _resampled(size: int, seed: int = 0) -> NDArray[np.int64]:
    """Return how often each of `size` items is drawn, (RESAMPLES, size)."""
    return np.random.default_rng(seed).multinomial(size, np.full(size, 1 / size), RESAMPLES)


def auroc(what: str, higher: Sequence[float], lower: Sequence[float], how: str) -> Score:
    """Return how often a value of `higher` lies above one of `lower`, a tie counting half; `n` counts both."""
    a, b = np.asarray(higher, float), np.asarray(lower, float)
    above = (a[:, None] > b[None]) + 0.5 * (a[:, None] == b[None])
    means = np.einsum("ri,ij,rj->r", _resampled(a.size), above, _resampled(b.size, seed=1), optimize=True) / above.size
    low, high = np.percentile(means, [2.5, 97.5])
    return Score(what, float(above.mean()), a.size + b.size, how, float(low), float(high))


def texts(
    what: str, written: Sequence[str], references: Sequence[str], how: str, measures: Sequence[str] = ("CHRF", "BLEU")
) -> list[Score]:
    """Return sacrebleu's measures of texts against one reference each.

    Raises:
        InputError: sacrebleu is not installed.
    """
    found = []
    for name in measures:
        metric = getattr(scorer("sacrebleu.metrics"), name)()
        counts = metric._extract_corpus_statistics(list(written), [list(references)])  # n-grams, counted once for all resamples
        value = metric._aggregate_and_compute(counts).score
        chosen = np.random.default_rng(0).integers(0, len(counts), (TEXT_RESAMPLES, len(counts)))
        resampled = [metric._aggregate_and_compute([counts[i] for i in drawn]).score for drawn in chosen]
        low, high = np.percentile(resampled, [2.5, 97.5])
        label = f"{what} {'chrF' if name == 'CHRF' else name}"
        found.append(Score(label, float(value), len(written), f"{how}; sacrebleu {metric.get_signature()}", float(low), float(high)))
    return found
