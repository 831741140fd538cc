"""Find the weights of `assistant/completeness.py`: from the dev half's moments for English, from texts alone for Spanish."""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assistant.completeness import Completeness, bare, logit
from assistant.engines import LanguageModel, Message
from assistant.respond import SYSTEM
from models.load import load
from models.starter.recipe.conversation import TRANSLATE_PROMPTS
from models.starter.recipe.corpus import Lang
from models.starter.recipe.logistic import auroc, fit
from models.starter.recipe.moments import moments
from models.starter.recipe.pauses import Half, paused_speech
from models.starter.recipe.pauses import texts as texts_of

SYSTEMS: dict[Lang, str] = {"en": SYSTEM, "es": TRANSLATE_PROMPTS["en"]}
"""The line under which the language model reads what is said in a language."""

SETS = {"words": (0, 1), "anticipated": (0, 1, 3), "marked": (0, 1, 2), "marked_anticipated": (1, 2, 3)}
"""The weights of a rule, each for some of the features; beside marks and P(end), open words tell nothing more."""

NAMES = ("open_word", "words", "final", "anticipated")


class Judged(NamedTuple):
    """Texts or moments: `features` (n, 4), as `NAMES` says, the last one in logits; `complete` (n,) is the truth."""

    features: NDArray[np.float64]
    complete: NDArray[np.bool_]


async def calibrate(utterances: int, texts: int, seed: int = 0) -> None:
    """Print the weights, and how well P(end) alone tells whole texts from texts that are cut."""
    engines = await load(["en"], speaks=[])
    try:
        rule = Completeness("en", marks=True)
        heard = [moment async for found in moments(paused_speech("dev", utterances, seed), engines) for moment in found]
        rows = [(*rule.features(moment.text), logit(moment.anticipated)) for moment in heard]
        print(f"en, {len(heard)} moments of {utterances} utterances")
        _show(Judged(np.array(rows), np.array([moment.complete for moment in heard])), SETS)
        print(f"es, {texts} texts, whole and cut")  # no recognizer of Spanish is at hand
        _show(await _read(engines.language_model, "es", "dev", texts, seed), ("words", "anticipated"))
        for language in SYSTEMS:
            read = await _read(engines.language_model, language, "test", texts, seed)
            area = auroc(read.features[:, 3], read.complete)
            print(f"{language}: P(end) alone tells {len(read.complete)} test texts, whole or cut, with an AUROC of {area:.3f}")
    finally:
        await engines.close()


async def _read(model: LanguageModel, language: Lang, half: Half, count: int, seed: int) -> Judged:
    """Let the model read texts of a half, each whole and cut between any two of its words; the marks at the end are taken off."""
    rng, rule = random.Random(seed), Completeness(language, marks=False)
    rows: list[tuple[float, ...]] = []
    complete: list[bool] = []
    for text in islice(texts_of(half, language, rng), count):
        words = bare(text).split()
        for size in sorted({len(words), rng.randint(1, max(1, len(words) - 1))}):
            said = bare(" ".join(words[:size]))
            anticipated = await model.anticipate([Message("system", SYSTEMS[language]), Message("user", said)])
            rows.append((*rule.features(said), logit(anticipated)))
            complete.append(size == len(words))
    return Judged(np.array(rows), np.array(complete))


def _show(judged: Judged, sets: Iterable[str]) -> None:
    for name in sets:
        columns = SETS[name]
        bias, *rest = fit(judged.features[:, columns], judged.complete)
        named = {"bias": bias, **{NAMES[column]: weight for column, weight in zip(columns, rest, strict=True)}}
        print(f"    {name}=Weights({', '.join(f'{key}={weight:.2f}' for key, weight in named.items())}),")
