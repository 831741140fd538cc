"""How long a silence must last until it is an end: the less complete the words sound, and the longer this speaker's pauses, the longer."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

LEARNING = 0.2
"""Share of a new pause in the speaker's mean."""

_CERTAIN = 0.999


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds of silence after which an utterance is over."""

    least_s: float = 0.2
    """Even if it sounds complete: more than the gap inside most words and phrases."""
    unknown_s: float = 0.4
    """If nothing is known of how complete it sounds."""
    unready_s: float = 0.6
    """While an answer is being drafted, however complete it sounds: an end before its first audio wins nothing."""
    most_s: float = 1.2
    """However incomplete it sounds: the deadline."""
    pause_s: float = 0.35
    """Mean pause inside an utterance of a speaker of whom nothing is known yet."""
    eagerness: float = 2.8
    """Higher waits longer: the natural logarithm of how much likelier an end than a pause must be."""

    def __post_init__(self) -> None:
        if not 0 < self.least_s <= self.unknown_s <= self.unready_s <= self.most_s:
            raise ValueError(
                f"The waits must grow from least to most, not {self.least_s:g} s, {self.unknown_s:g} s, {self.unready_s:g} s "
                f"and {self.most_s:g} s."
            )
        if self.pause_s <= 0:
            raise ValueError(f"A mean pause must be longer than 0, not {self.pause_s:g} s.")


class Patience:
    """The rule, and what it has learned of one speaker.

    If pauses inside an utterance last exponentially long with mean m, a silence of t seconds behind words that are complete with
    probability p is only a pause with odds (1 - p) / p * exp(-t / m). So it is an end once t >= m * (eagerness - logit(p)).
    """

    def __init__(self, waits: Waits | None = None) -> None:
        self._waits = waits or Waits()
        self._pause_s = self._waits.pause_s

    def behave(self, waits: Waits) -> None:
        """Wait by another rule from now on; what was learned of the speaker stays."""
        self._waits = waits

    def learn(self, pause_s: float) -> None:
        """Take a pause after which the speaker went on."""
        self._pause_s += LEARNING * (pause_s - self._pause_s)

    def mistook(self, pause_s: float) -> None:
        """Take a pause that had counted as an end; one longer than any wait was an end, and what followed a change of mind."""
        if pause_s <= self._waits.most_s:
            self.learn(pause_s)

    def wait_s(self, complete: float | None) -> float:
        """Return the silence that is an end behind words that are complete with this probability; None if that is not known."""
        if complete is None:
            return self._waits.unknown_s
        p = min(max(complete, 1 - _CERTAIN), _CERTAIN)
        wait_s = self._pause_s * (self._waits.eagerness - log(p / (1 - p)))
        return min(max(wait_s, self._waits.least_s), self._waits.most_s)

    @property
    def unready_s(self) -> float:
        """How long a silence is waited through for an answer that is being drafted."""
        return self._waits.unready_s
