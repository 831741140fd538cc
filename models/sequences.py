"""Which of a model's sequences computes what: each request finds the one that begins like it, and works there alone."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil

import numpy as np
from numpy.typing import NDArray

Logits = NDArray[np.float32]

KNOWN_TOKENS = 8
"""So many in a row, and half of what is behind the beginning, tell that two prompts are of one conversation, from whose first turns the older one began."""


@dataclass(eq=False)
class Need:
    """What a request waits for: the logits behind its tokens. These only grow while it is used."""

    tokens: list[int]
    logits: Logits | None = None
    """Behind the last token, shape (vocabulary,); valid until the request yields the next time."""
    place: Place | None = None
    """Where it is computed, until somebody else takes that."""
    begun: bool = False
    """Whether it has had logits: what is missing is an answer's next token, no prompt."""

    def reach(self) -> Generator[Need, None, Logits]:
        """Yield this need until somebody has computed it; return the logits."""
        self.logits = None
        while self.logits is None:
            yield self
        self.begun = True
        return self.logits


@dataclass(eq=False)
class Place:
    """One sequence of llama.cpp, and what is computed of it."""

    number: int
    tokens: list[int] = field(default_factory=list)
    holder: Need | None = None
    """Who works there: what it computed are the first of its tokens."""
    heard: int = 0
    """The step that computed something there last."""
    logits: Logits | None = None
    """Behind the last token, if they were kept."""

    def missing(self, need: Need) -> int:
        """Return how many tokens its holder still needs."""
        return len(need.tokens) - len(self.tokens)


@dataclass(frozen=True)
class Found:
    """Where a need is computed best."""

    place: Place
    like: Place
    """Which begins like it for the longest time; perhaps the same."""
    common: int
    """So many tokens of `like` are the first of the need."""
    same: bool
    """Whether the place holds what was of the same conversation before: else that may be wanted again."""


class Places:
    """All sequences of a context."""

    def __init__(self, count: int, kept: int | None = None) -> None:
        """Begin with so many, all empty. More than `kept` are filled only while so many work: each token that is kept slows steps down."""
        self.all = [Place(number) for number in range(count)]
        self._kept = count if kept is None else kept

    def find(self, need: Need, taken: Iterable[Place]) -> Found | None:
        """Return the place for a need that has none: that of the same conversation, if nobody works there.

        Its tokens are for the most part the need's own, or were before the first turns were forgotten. Else the one that was heard
        the longest time ago, empty ones first while few are kept, and only if somebody works in each of them, one of those who
        wait; None if all are `taken`.
        """
        taken = set(taken)
        open_ = [place for place in self.all if place not in taken]
        if not open_:
            return None
        common = {place: common_tokens(place.tokens, need.tokens) for place in self.all}
        like = max(self.all, key=common.__getitem__)
        free = [place for place in open_ if place.holder is None]
        same = [place for place in free if 2 * common[place] > len(place.tokens) or _slid(place.tokens, need.tokens, common[place])]
        known = any(common[place] for place in same)
        if known:
            place = max(same, key=common.__getitem__)
        else:
            empty_first = sum(bool(place.tokens) for place in self.all) < self._kept
            place = min(free or open_, key=lambda place: (bool(place.tokens) == empty_first, place.heard))
        return Found(place, place if common[place] == common[like] else like, common[like], known)

    def hold(self, need: Need, place: Place) -> None:
        """Let a need work in a place; who did so looks for another one."""
        if place.holder is not None:
            place.holder.place = None
        place.holder, need.place = need, place

    def leave(self, need: Need) -> None:
        """Let others have the place of a need; what is computed there stays."""
        if need.place is not None:
            need.place.holder = None
            need.place = None

    def oldest(self, spared: Iterable[Place]) -> Place | None:
        """Return the place that was heard the longest time ago, those where nobody works first; None if all but the `spared` are empty."""
        spared = set(spared)
        filled = [place for place in self.all if place.tokens and place not in spared]
        return min(filled, key=lambda place: (place.holder is not None, place.heard), default=None)


def common_tokens(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many tokens two sequences begin with in common."""
    for count, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return count
    return min(len(one), len(other))


def _slid(before: Sequence[int], now: Sequence[int], common: int) -> bool:
    """Tell whether what comes behind a common beginning came later before, most of it: turns between the two were forgotten.

    Another conversation may have a question and its answer in common with it, or a greeting.
    """
    least = max(KNOWN_TOKENS, ceil((len(before) - common) / 2))
    known = list(now[common : common + least])
    return len(known) == least and any(
        before[at] == known[0] and before[at : at + least] == known for at in range(common, len(before) - least + 1)
    )
