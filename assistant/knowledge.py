"""Which passage of a pack answers a question, or none: decided from the words that they share. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from assistant.lexicon import alike

CLAIMED = 0.52
"""The least score of a passage that is taken for the answer.

Measured on the cases of the two packs that ship (`parley pack eval NAME --scores` prints the table): the least with which at most one of 56
questions out of the pack is answered. 191 of 201 others get the right passage there, and none a wrong one. Of 40 that were written
afterwards 26 get the right one, 12 none and 2 a wrong one; of 20 out of the pack, 2 are answered.
"""

AHEAD = 0.06
"""By so much the best passage must be ahead of the next one: where two fit alike, either may be wrong. Of those 40 it keeps 3 wrong answers back."""

SURE = 0.75
"""From so high a score on, a passage is the answer even where the model would rather call a tool.

Of 934 requests for tools, 19 are claimed by a passage of one of the two packs, and 2 with such a score.
"""

LIFT = 0.2
"""What the certainty of an adapter adds to the score of a passage where words claim none.

Measured on 448 variations of the headings of the two packs that ship, not on their cases: 384 get the right passage and 8 a wrong one; without,
352 and 6; with 0.3, 390 and 8. But an adapter knows the headings, so less is taken than they advise.
"""

TOOL = 0.5
"""From so likely a call on, in [0, 1], a tool may answer."""

IN_ANSWER = 0.6
"""What a word of the question counts that only the answer holds; one that a question of the passage holds counts 1."""

WORDING = 0.5
"""What the wording counts beside the words that it is about, in [0, 1]: "where is the shop" is not "is the shop open"."""

SMALL_WEIGHT = 0.4
"""What a small word weighs in the wording."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of knowledge, made to be read aloud."""

    name: str
    """Its first question: how it is cited."""
    language: str
    """ISO 639-1."""
    questions: tuple[str, ...]
    answer: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that may answer, with a score in [0, 1]."""

    passage: Passage
    score: float


class Knowledge(Protocol):
    """Passages that can be searched."""

    def search(self, text: str) -> Sequence[Hit]:
        """Return what may answer a question, the best first."""
        ...


class By(StrEnum):
    """Who answers."""

    PASSAGE = "passage"
    TOOL = "tool"
    MODEL = "model"
    """Nothing that is known here answers: a model may be polite, or pass."""


def covered(asked: Iterable[str], question: Iterable[str], answer: Iterable[str], weight: Callable[[str], float]) -> float:
    """Return how much of what is asked a passage holds, in [0, 1]; all are stems of content words, and rare ones weigh more."""
    question, answer = set(question), set(answer)
    whole = found = 0.0
    for word in asked:
        whole += weight(word)
        if any(alike(word, other) for other in question):
            found += weight(word)
        elif any(alike(word, other) for other in answer):
            found += IN_ANSWER * weight(word)
    return found / whole if whole else 0.0


def worded(asked: Iterable[str], question: Iterable[str], weight: Callable[[str], float]) -> float:
    """Return how alike two questions are, word by word, in [0, 1]."""
    asked, question = set(asked), set(question)
    common = sum(weight(word) for word in asked if any(alike(word, other) for other in question))
    whole = sum(map(weight, asked)) + sum(map(weight, question))
    return min(2 * common / whole, 1.0) if whole else 0.0


def scored(covered: float, wordings: Iterable[float]) -> float:
    """Return the score of a passage, from what it holds and from how alike its questions are to what is asked."""
    return (1 - WORDING) * covered + WORDING * max(wordings, default=0.0)


def claimed(hits: Sequence[Hit], least: float = CLAIMED) -> Hit | None:
    """Return the passage that answers; None if nothing is to be claimed."""
    if not hits or hits[0].score < least:
        return None
    best = hits[0]
    behind = next((hit.score for hit in hits[1:] if hit.passage.language == best.passage.language), 0.0)
    return best if best.score - behind >= AHEAD else None


def undecided(hits: Sequence[Hit]) -> bool:
    """Whether an adapter may still decide: words claim nothing, but come near it."""
    return claimed(hits) is None and bool(hits) and hits[0].score + LIFT >= CLAIMED


def lifted(hits: Sequence[Hit], chances: Sequence[float]) -> list[Hit]:
    """Return the hits, the best first, with scores to which it adds how likely each is meant, in [0, 1]."""
    found = [Hit(hit.passage, min(hit.score + LIFT * chance, 1.0)) for hit, chance in zip(hits, chances, strict=True)]
    return sorted(found, key=lambda hit: -hit.score)


def answered_by(hit: Hit | None, tool: float) -> By:
    """Return who answers, from what is claimed and from how likely the model calls a tool, in [0, 1]."""
    if hit is not None and (tool < TOOL or hit.score >= SURE):
        return By.PASSAGE
    return By.TOOL if tool >= TOOL else By.MODEL
