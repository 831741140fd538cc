"""Find the weights of `assistant/completeness.py`: from the dev half's moments for English, from texts alone for Spanish."""

from __future__ import annotations

import random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assistant.completeness import Completeness, Weights, bare, logit
from assistant.engines import LanguageModel, Message
from assistant.interpret import instruction
from assistant.respond import SYSTEM
from models.load import load
from models.starter.recipe.corpus import Lang
from models.starter.recipe.logistic import auroc, fit
from models.starter.recipe.moments import moments
from models.starter.recipe.pauses import Half, paused_speech, texts

SYSTEMS: dict[Lang, str] = {"en": SYSTEM, "es": instruction("es", "en")}
"""The line under which the language model reads what is said in a language."""

UTTERANCES, TEXTS = 800, 500


class Judged(NamedTuple):
    """Texts or moments: `features` (n, 4) are what `Completeness` sees and the logit of P(end), `complete` (n,) is the truth."""

    features: NDArray[np.float64]
    complete: NDArray[np.bool_]


async def calibrate(seed: int = 0) -> None:
    """Print the weights, and how well P(end) alone tells whole texts from texts that are cut."""
    engines = await load(["en"], speaks=[])
    try:
        english = Completeness("en")
        heard = [moment async for found in moments(paused_speech("dev", UTTERANCES, seed), engines) for moment in found]
        rows = [(*english.features(moment.text), logit(moment.anticipated)) for moment in heard]
        spoken = Judged(np.array(rows), np.array([moment.complete for moment in heard]))
        print(f"en, {len(heard)} moments of {UTTERANCES} utterances")
        final = _show(spoken)
        # With no recognizer of Spanish at hand, nothing is known of its punctuation: it weighs as in English, and around its mean there.
        print(f"es, {TEXTS} texts, whole and cut")
        _show(await _read(engines.language_model, "es", "dev", seed), final=final, finals=float(spoken.features[:, 0].mean()))
        for language in SYSTEMS:
            read = await _read(engines.language_model, language, "test", seed)
            print(
                f"{language}: P(end) alone tells {len(read.complete)} test texts, whole or cut, with an AUROC of {auroc(read.features[:, 3], read.complete):.3f}"
            )
    finally:
        await engines.close()


async def _read(model: LanguageModel, language: Lang, half: Half, seed: int) -> Judged:
    """Let the model read texts of a half, each whole and cut between any two of its words; the marks at the end are taken off."""
    rng, rule = random.Random(seed), Completeness(language)
    rows: list[tuple[float, ...]] = []
    complete: list[bool] = []
    for text, _ in zip(texts(half, language, rng), range(TEXTS), strict=False):
        words = bare(text).split()
        for count in {len(words), rng.randint(1, max(1, len(words) - 1))}:
            said = bare(" ".join(words[:count]))
            anticipated = await model.anticipate([Message("system", SYSTEMS[language]), Message("user", said)])
            rows.append((*rule.features(said), logit(anticipated)))
            complete.append(count == len(words))
    return Judged(np.array(rows), np.array(complete))


def _show(judged: Judged, *, final: tuple[float, float] | None = None, finals: float = 0.0) -> tuple[float, float]:
    """Print the weights without P(end) and with it; return what a final mark adds in each, which `final` gives where no mark is seen."""
    found = []
    for number, (name, width) in enumerate((("alone", 3), ("anticipating", 4))):
        bias, *rest = fit(judged.features[:, :width], judged.complete)
        if final is not None:
            rest[0], bias = final[number], bias - final[number] * finals
        print(f"    {name}={Weights(*(round(float(weight), 2) for weight in (bias, *rest)))}")
        found.append(float(rest[0]))
    return found[0], found[1]
