"""Which words of a growing transcript are certain: those on which two passes in a row agree."""

from __future__ import annotations

from collections.abc import Sequence

_EDGES = ".,;:!?¡¿…\"'()"


def alike(one: str, other: str) -> bool:
    """Tell whether two words differ in case and punctuation at most: both change while a sentence grows."""
    return one.strip(_EDGES).casefold() == other.strip(_EDGES).casefold()


class Agreement:
    """Commits the longest common beginning of two successive passes over audio with one start; never retracts.

    LocalAgreement-2 of Liu et al. 2020 (arXiv:2005.11185), as in Macháček et al. 2023 (arXiv:2307.14743). The newest word
    of a pass is never committed: its audio may be cut.
    """

    def __init__(self) -> None:
        self._committed: list[str] = []
        self._before: list[str] = []

    @property
    def text(self) -> str:
        """The committed words."""
        return " ".join(self._committed)

    @property
    def committed(self) -> int:
        """How many words are committed."""
        return len(self._committed)

    def settle(self, count: int) -> str:
        """Take the first `count` committed words out and return them: from now on passes begin behind them."""
        settled, self._committed = self._committed[:count], self._committed[count:]
        self._before = self._before[count:]
        return " ".join(settled)

    def push(self, words: Sequence[str]) -> tuple[list[str], list[str]]:
        """Take the words of one pass; return those it committed anew, and those that may still change."""
        done = len(self._committed)
        new: list[str] = []
        for word, before in zip(words[done:-1], self._before[done:], strict=False):
            if not alike(word, before):
                break
            new.append(word)
        self._committed += new
        self._before = list(words)
        return new, list(words[len(self._committed) :])
