"""How far an interpretation trails the speaker."""

from __future__ import annotations

from collections.abc import Sequence


def word_lags(at_s: Sequence[float], duration_s: float, reference_words: int) -> list[float]:
    """Return how many seconds each word of a translation came later than if it had kept pace with the speaker.

    Args:
        at_s: when each word came, in seconds after the speaker's first sound.
        duration_s: how long the speaker spoke.
        reference_words: words of a translation by a person; a longer one of ours must not seem faster for it.
    """
    pace_s = duration_s / max(len(at_s), reference_words, 1)
    return [came_s - number * pace_s for number, came_s in enumerate(at_s)]


def laal(at_s: Sequence[float], duration_s: float, reference_words: int) -> float:
    """Return the length-adaptive average lag in seconds (Papi et al. 2022, arXiv:2206.05807).

    The mean over the words up to the first one that came after the speaker's end. Computation-aware if `at_s` is.

    Raises:
        ValueError: no words.
    """
    if not at_s:
        raise ValueError("A translation without words has no lag.")
    counted = next((number for number, came_s in enumerate(at_s, 1) if came_s >= duration_s), len(at_s))
    return sum(word_lags(at_s, duration_s, reference_words)[:counted]) / counted
