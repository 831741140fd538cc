"""Whether a model is fast enough to interpret word by word, or should wait for phrases."""

from __future__ import annotations

from collections import deque

from assistant.latency import percentile

NEWEST = 8
"""Translations that count."""

LEAST = 3
"""Translations from which on there is a judgement."""

CALM = 0.6
"""Share of the budget below which it is tried word by word again."""


class KeepingUp:
    """Takes how long translations took; `phrases` says what to wait for."""

    def __init__(self, budget_s: float, agree: int) -> None:
        """Begin word by word: a word then waits for as many translations as must `agree`, for `budget_s` at most."""
        self._budget_s, self._agree = budget_s, agree
        self._took_s: deque[float] = deque(maxlen=NEWEST)
        self.phrases = False
        """Wait until a phrase is over."""
        self.expected_s = 0.0
        """How long a word would wait for the model."""

    def push(self, took_s: float) -> bool:
        """Take the seconds of one translation; return whether that changes what to wait for."""
        self._took_s.append(took_s)
        self.expected_s = self._agree * percentile(self._took_s, 0.5)
        before = self.phrases
        if len(self._took_s) >= LEAST:
            self.phrases = self.expected_s > self._budget_s * (CALM if before else 1.0)
        if self.phrases is not before:
            self._took_s.clear()  # the other kind of translation takes another time
        return self.phrases is not before
