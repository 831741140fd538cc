"""Translations: whole sentences, as written and as heard; sentences that go on; sentences with words that are given."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from models.starter.recipe.conversation import TRANSLATE_PROMPTS, UNFINISHED, Conversation, Turn
from models.starter.recipe.corpus import Lang
from models.starter.recipe.hearing import Mishearing, careless
from models.starter.recipe.lexicon import LEAST_STRENGTH, MARKS, Lexicon, words

CARELESS, MISHEARD = 0.12, 0.15
"""Share of the sentences that lose marks or capitals, and of the English ones that a recognizer may have garbled."""

LEAST_ALIGNED = 0.4
"""Of the words of a translation; below that it is too free to tell where a beginning of the sentence supports it."""

JOINED = 0.15
"""Share of the sentences behind which another one follows: people go on, and a recognizer may hear a comma there."""

LEAST_TERM_STRENGTH = 0.2
"""Of the two words in the lexicon, so that the one surely stands where the other does."""

_OPENERS = '¡¿"“«('

_NAMES = frozenset({"Tom", "Mary", "María", "Maria", "John", "Juan", "God", "Dios"})
"""Of sentences that begin with a name, most begin with one of these."""

GIVEN_TARGET = 0.7
"""Share of the terms whose translation is another one than usual."""


class Sentence(NamedTuple):
    """One direction of a pair."""

    source: str
    target: str
    lang: Lang
    """Of the target."""

    @property
    def system(self) -> str:
        return TRANSLATE_PROMPTS[self.lang]


class Interpreting:
    """Makes translations of all kinds from sentence pairs, in both directions."""

    def __init__(self, pairs: Sequence[tuple[str, str]], lexicon: Lexicon, mishearing: Mishearing) -> None:
        self._pairs, self._lexicon, self._mishearing = pairs, lexicon, mishearing
        self._entries = lexicon.entries

    def plain(self, count: int, rng: random.Random) -> list[Conversation]:
        """Return at most `count` translations, all of different sentences."""
        chosen = rng.sample(range(2 * len(self._pairs)), min(count, 2 * len(self._pairs)))
        sentences = (self._going_on(self.sentence(number), rng) for number in chosen)
        return [Conversation(s.system, (Turn(self._as_heard(s.source, s.lang, rng), s.target),)) for s in sentences]

    def unfinished(self, count: int, rng: random.Random) -> list[Conversation]:
        """Return `count` beginnings of sentences with as much of the translation as they support."""
        return self._many(count, rng, self._unfinished)

    def with_terms(self, count: int, rng: random.Random) -> list[Conversation]:
        """Return `count` translations of sentences in which one or two words are terms of the translation."""

        def make(sentence: Sentence, rng: random.Random) -> Conversation | None:
            if (given := self.given_terms(sentence, rng)) is None:
                return None
            [source, target, _], _ = given
            return Conversation(sentence.system, (Turn(source, target),))

        return self._many(count, rng, make)

    def sentence(self, number: int) -> Sentence:
        """Return pair `number // 2`: even numbers lead into Spanish, odd ones into English."""
        english, spanish = self._pairs[number // 2]
        return Sentence(spanish, english, "en") if number % 2 else Sentence(english, spanish, "es")

    def supported(self, sentence: Sentence, said: int) -> int:
        """Return how many words of the translation the first `said` words of the sentence support; -1 if it is too free to tell.

        At most the same share of it, less a word, and none whose counterpart is still unsaid.
        """
        source, target = words(sentence.source), words(sentence.target)
        links = self._links(sentence, source, target)
        if len(links) < LEAST_ALIGNED * len(target):
            return -1
        unsaid = [j for i, j in links if i >= said]
        return max(0, min([len(target) * said // len(source) - 1, *unsaid]))

    def given_terms(self, sentence: Sentence, rng: random.Random) -> tuple[Sentence, list[str]] | None:
        """Return the sentence with terms and the terms; None if no word of it is known well enough to be one.

        A term stands in the source in the words that the translation shall have for it, which the model learns to copy
        (Dinu et al. 2019, "Training Neural Machine Translation to Apply Terminology Constraints").
        """
        source, target = sentence.source.split(), sentence.target.split()
        links = self._links(sentence, words(sentence.source), words(sentence.target), LEAST_TERM_STRENGTH)
        usable = [(i, j) for i, j in links if min(len(_bare(source[i])), len(_bare(target[j]))) > 3]
        usable = [(i, j) for i, j in usable if _occurs_once(_bare(source[i]), source) and _occurs_once(_bare(target[j]), target)]
        if not usable:
            return None
        terms: list[str] = []
        for i, j in rng.sample(usable, min(len(usable), rng.choice([1, 1, 2]))):
            if rng.random() < GIVEN_TARGET:
                target[j] = _exchanged(target[j], self._another(sentence.lang, rng))
            terms.append(_term(target[j], j))
            source[i] = _exchanged(source[i], terms[-1])
        return sentence._replace(source=" ".join(source), target=" ".join(target)), terms

    def _many(self, count: int, rng: random.Random, make: Callable[[Sentence, random.Random], Conversation | None]) -> list[Conversation]:
        made: list[Conversation] = []
        while len(made) < count:
            if found := make(self.sentence(rng.randrange(2 * len(self._pairs))), rng):
                made.append(found)
        return made

    def _going_on(self, sentence: Sentence, rng: random.Random) -> Sentence:
        """Return the sentence, sometimes with another one behind it, as one who does not hear the end between them writes both."""
        if rng.random() >= JOINED:
            return sentence
        source, target, _ = self.sentence(2 * rng.randrange(len(self._pairs)) + (sentence.lang == "en"))
        if rng.random() < 0.7:
            mark = rng.choice([",", ",", ",", ""])
            return sentence._replace(
                source=f"{sentence.source.rstrip(MARKS)}{mark} {_small(source)}", target=f"{sentence.target.rstrip('.')}, {_small(target)}"
            )
        return sentence._replace(source=f"{sentence.source} {source}", target=f"{sentence.target} {target}")

    def _unfinished(self, sentence: Sentence, rng: random.Random) -> Conversation | None:
        sentence = self._going_on(sentence, rng)
        source, target = sentence.source.split(), sentence.target.split()
        if len(source) < 3:
            return None
        said = max(rng.randint(1, len(source) - 1) for _ in range(2))  # after the first words there is mostly nothing to say yet
        if (supported := self.supported(sentence, said)) < 0:
            return None
        begun = " ".join(source[:said])
        heard = self._as_heard(begun.rstrip(MARKS) if rng.random() < 0.5 else begun, sentence.lang, rng)
        return Conversation(sentence.system, (Turn(heard, " ".join(target[:supported]), mark=UNFINISHED),))

    def _links(
        self, sentence: Sentence, source: Sequence[str], target: Sequence[str], least: float = LEAST_STRENGTH
    ) -> list[tuple[int, int]]:
        """Return (place in the source, place in the target) of the words that belong together."""
        if sentence.lang == "es":
            return self._lexicon.aligned(source, target, least)
        return [(j, i) for i, j in self._lexicon.aligned(target, source, least)]

    def _as_heard(self, text: str, target: Lang, rng: random.Random) -> str:
        kind = rng.random()
        if kind < CARELESS:
            return careless(text, rng)
        return self._mishearing.hear(text, rng) if target == "es" and kind < CARELESS + MISHEARD else text

    def _another(self, lang: Lang, rng: random.Random) -> str:
        """Return a term of a language: a word that exists, two of them, or one that nobody has heard."""
        one, other = (rng.choice(self._entries)[lang == "es"] for _ in range(2))
        kind = rng.random()
        if kind < 0.4:
            return one
        return f"{one} {other}" if kind < 0.7 else one[: rng.randint(2, 4)] + other[rng.randint(1, 3) :]


def _small(text: str) -> str:
    """Return a sentence as it stands behind a comma."""
    core = text.lstrip(_OPENERS)
    first = core.split(" ", 1)[0].rstrip(MARKS)
    if first in _NAMES or first == "I" or first.startswith(("I'", "I’")):
        return text
    return text[: len(text) - len(core)] + core[:1].lower() + core[1:]


def _bare(word: str) -> str:
    return word.strip(MARKS).lower()


def _occurs_once(word: str, text: Sequence[str]) -> bool:
    return sum(_bare(other) == word for other in text) == 1


def _exchanged(word: str, by: str) -> str:
    """Return the other word with the marks and the capital of this one."""
    core = word.strip(MARKS)
    before, _, after = word.partition(core)
    return before + (by[0].upper() + by[1:] if core[0].isupper() else by) + after


def _term(word: str, place: int) -> str:
    """Return a word as a term: in small letters where its capital only begins the sentence."""
    core = word.strip(MARKS)
    return core[0].lower() + core[1:] if place == 0 else core
