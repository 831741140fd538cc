"""How many answers get their next token in one step, and in how many rows: not always all of them, and at times in more rows than there are answers.

llama.cpp computes the rows of some weights four at a time and those left over one by one, and a large vocabulary has such steps of its own:
so 7 rows may take longer than 8, and 2 longer than one after the other. What holds is measured once the model is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from models.threads import fastest

MOST_ROWS = 8
"""So many are measured; of more answers than that, all share a step."""

LEAST_S = 0.005
"""Where one row takes less, nobody waits long enough for a choice to matter, and other work on the machine would make it."""

ENOUGH_S = 0.1
"""How long each number of rows is tried, or little longer: who waits for the model to be loaded waits for that, too."""

GAIN = 0.1
"""More tokens a second that make it worth not to compute simply all answers, in as many rows."""


class Widths:
    """That choice."""

    def __init__(self, step_s: Sequence[float] = ()) -> None:
        """Take how long a step of 1, 2 … rows takes; without that, all answers share a step."""
        self._step_s = step_s

    def rows(self, answers: int) -> int:
        """Return in how many rows the next token of so many answers is computed soonest; what the others hold does not matter."""
        if not 0 < answers <= len(self._step_s):
            return answers
        soonest = min(range(answers, len(self._step_s) + 1), key=self._seconds)
        return soonest if self._seconds(answers) > (1 + GAIN) * self._seconds(soonest) else answers

    def answers(self, waiting: int) -> int:
        """Return how many of those that wait get a token in the next step, so that all together get most of them in a second."""
        if not 0 < waiting <= len(self._step_s):
            return waiting
        best = max(range(1, waiting + 1), key=self._rate)
        return best if self._rate(best) > (1 + GAIN) * self._rate(waiting) else waiting

    def _seconds(self, rows: int) -> float:
        return self._step_s[rows - 1]

    def _rate(self, answers: int) -> float:
        return answers / self._seconds(self.rows(answers))


def measured(step: Callable[[int], None], most: int) -> Widths:
    """Return what is best for a model whose `step` computes so many rows, at `most` at once."""
    first_s = fastest(partial(step, 1), ENOUGH_S)
    if first_s < LEAST_S:
        return Widths()
    return Widths([first_s, *(fastest(partial(step, rows), ENOUGH_S) for rows in range(2, min(most, MOST_ROWS) + 1))])
