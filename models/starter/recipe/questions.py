"""What an adapter learns from: the questions of a pack in many wordings, and what is said that no pack answers. A pack's cases are never looked at."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Mapping

from assistant.glossary import whole_words
from assistant.lexicon import SMALL, plain
from assistant.pack import Pack
from models.starter.recipe import requests, talk
from models.starter.recipe.corpus import Split, pairs
from models.starter.recipe.hearing import Mishearing, written
from models.starter.recipe.lexicon import MARKS, Lexicon, mine

FRAMES = {
    "en": ("{}", "{}", "{}", "excuse me, {}", "hello, {}", "can you tell me, {}", "I have a question, {}", "{} please", "so {}", "I would like to know, {}"),
    "es": ("{}", "{}", "{}", "perdone, {}", "hola, {}", "dígame, por favor, {}", "una pregunta, {}", "{} por favor", "quisiera saber, {}", "y {}"),
}  # fmt: skip

NOTHING = 0.25
"""Share of what no passage answers."""

NEAR = 0.5
"""Of that, what shares words with the pack: "my dog is ill" is no question about plants that are ill."""

NEAR_SCORES = 0.2, 0.5
"""What words say of such a sentence."""

NEAR_TRIED = 2000
"""Sentences that are looked at for that: a search takes milliseconds."""

FROM_ANSWER, TERMS, SYNONYMS, BARE, DROPPED, HEARD = 0.15, 0.5, 0.25, 0.3, 0.12, 0.3
"""Shares: of examples made of a sentence of the answer, of terms and of words that are put otherwise, of questions without most of their small
words and then of words that are left out otherwise, and of what a recognizer may have garbled.
"""

LEAST_ALIKE = 0.04
"""How strongly two words must share a translation to stand for one another, in [0, 1]."""

_SENTENCE = re.compile(r"[^.?!]+[.?!]*")

Example = tuple[str, int]
"""A text, and the number of the passage that it means; one more than there are if it means none."""


def synonyms(lexicon: Lexicon) -> dict[str, dict[str, list[str]]]:
    """Return by language, for each plain word, those that have a translation in common with it."""
    return {"en": _pivoted(lexicon.strengths), "es": _pivoted({(s, e): strength for (e, s), strength in lexicon.strengths.items()})}


def _pivoted(strengths: Mapping[tuple[str, str], float]) -> dict[str, list[str]]:
    back: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for (word, other), strength in strengths.items():
        back[other].append((word, strength))
    alike: dict[tuple[str, str], float] = defaultdict(float)
    for (word, other), strength in strengths.items():
        if strength > LEAST_ALIKE:
            for same, returned in back[other]:
                if same != word:
                    alike[word, same] += strength * returned
    found: dict[str, list[str]] = defaultdict(list)
    for (word, same), strength in alike.items():
        if strength > LEAST_ALIKE:
            found[word].append(same)
    return dict(found)


class Questions:
    """An endless source of examples for one pack."""

    def __init__(self, pack: Pack, split: Split, rng: random.Random) -> None:
        """`split`: of the corpus, from which synonyms and what no passage answers are taken."""
        self._pack, self._words, self._rng = pack, synonyms(mine(pairs(split))), rng
        self._mishearing = Mishearing.mined()
        self._others = [text for pair in pairs(split) for text in pair]
        tried = rng.sample(self._others, min(NEAR_TRIED, len(self._others)))
        self._near = [text for text in tried if _near(pack, text)]

    def example(self) -> Example:
        """Return one more."""
        rng = self._rng
        if rng.random() < NOTHING:
            return self._nothing(), len(self._pack.passages)
        number = rng.randrange(len(self._pack.passages))
        passage = self._pack.passages[number]
        text = passage.answer if rng.random() < FROM_ANSWER else rng.choice(passage.questions)
        if len(sentences := [part.strip() for part in _SENTENCE.findall(text) if part.strip()]) > 1:
            text = rng.choice([text, *sentences])
        return self._otherwise(text, passage.language), number

    def _nothing(self) -> str:
        rng = self._rng
        if self._near and rng.random() < NEAR:
            return rng.choice(self._near)
        ask: Callable[[], str] = rng.choice([
            lambda: written(requests.sample(rng).text, rng), lambda: written(talk.deferred(rng).text, rng), lambda: rng.choice(self._others),
        ])  # fmt: skip
        return ask()

    def _otherwise(self, text: str, language: str) -> str:
        """Return a text in other words."""
        rng = self._rng
        for forms in self._pack.glossary.forms(language):
            if len(forms) > 1 and rng.random() < TERMS:
                text = whole_words(forms).sub(lambda _, forms=forms: rng.choice(forms), text)  # type: ignore[misc]
        said = [word for each in text.split() if (word := each.strip(MARKS))]
        said = [self._synonym(word, language) if rng.random() < SYNONYMS else word for word in said]
        if rng.random() < BARE:
            kept = [word for word in said if plain(word) not in SMALL.get(language, ()) or rng.random() < 0.4] or said
            said = rng.sample(kept, len(kept)) if rng.random() < 0.5 else kept
        elif len(said) > 3:
            said = [word for word in said if rng.random() > DROPPED] or said
        asked = rng.choice(FRAMES.get(language, ("{}",))).format(" ".join(said))
        if language != "en":
            return f"¿{asked}?" if language == "es" and rng.random() < 0.5 else asked
        asked = written(asked, rng)
        return self._mishearing.hear(asked, rng) if rng.random() < HEARD else asked

    def _synonym(self, word: str, language: str) -> str:
        return self._rng.choice(self._words.get(language, {}).get(word.lower(), [word]))


def _near(pack: Pack, text: str) -> bool:
    hits, (least, most) = pack.knowledge.search(text), NEAR_SCORES
    return bool(hits) and least <= hits[0].score <= most
