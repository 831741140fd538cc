"""How an interpreter speaks what is certain: in phrases as long as it has time to wait for, and faster when it falls behind."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from assistant.sentences import is_mark, sentences

MOST_RATE = 1.35
"""Faster speech is understood with effort."""

CALM_S, HURRIED_S = 0.5, 2.0
"""How long a word may have waited to be said while the pace stays as it is, and from when it is the fastest."""

READY_S = 0.25
"""Sound still to be played when the next phrase is begun, so that no gap is heard."""

LEAST_WORDS = 3
"""Of a phrase that is cut inside its sentence."""


class Phrase(NamedTuple):
    """What is to be said next, and how fast; an empty text: the turn is over."""

    turn: int
    text: str
    rate: float = 1.0


@dataclass
class _Turn:
    number: int
    words: list[str] = field(default_factory=list)
    since_s: list[float] = field(default_factory=list)
    """When each came."""
    over: bool = False


class Pace:
    """Takes words as they become certain and gives phrases as they can be played; `now_s` is any clock that goes on."""

    def __init__(self, *, whole: bool = False) -> None:
        """`whole`: give whole sentences alone, which sound better, and come later; that they waited is no reason to hurry."""
        self._whole = whole
        self._turns: deque[_Turn] = deque()
        self._played_s = 0.0  # when all that was spoken is played

    @property
    def silent(self) -> bool:
        """Whether nothing is left to be said."""
        return not self._turns

    def push(self, turn: int, words: list[str], now_s: float, *, over: bool) -> None:
        """Take the next words of a turn; `over`: there are no more."""
        if not self._turns or self._turns[-1].number != turn:
            self._turns.append(_Turn(turn))
        its = self._turns[-1]
        for word in words:
            if not is_mark(word):
                its.words.append(word)
                its.since_s.append(now_s)
            elif its.words:  # otherwise the word that it stands behind has been spoken
                its.words[-1] += word
        its.over = over

    def spoke(self, seconds: float, now_s: float) -> None:
        """Take the length of a sound that is played behind those before."""
        self._played_s = max(self._played_s, now_s) + seconds

    def wait_s(self, now_s: float) -> float:
        """Return how long the next phrase may still wait for words."""
        return max(self._played_s - READY_S - now_s, 0.0)

    def take(self, now_s: float) -> Phrase | None:
        """Return what is to be said now, if anything: the rest of a sentence, or what there is of one while nothing else is heard."""
        if not self._turns or self.wait_s(now_s):
            return None
        turn = self._turns[0]
        found = sentences(" ".join(turn.words))
        if not found and turn.over:
            self._turns.popleft()
            return Phrase(turn.number, "")
        if not found or (len(found) == 1 and not turn.over and (self._whole or len(turn.words) < LEAST_WORDS)):
            return None
        hurry = 0.0 if self._whole else (now_s - turn.since_s[0] - CALM_S) / (HURRIED_S - CALM_S)
        count = len(found[0].split())
        del turn.words[:count], turn.since_s[:count]
        return Phrase(turn.number, found[0], 1 + (MOST_RATE - 1) * min(max(hurry, 0.0), 1.0))
