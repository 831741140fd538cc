"""One text that only grows, out of utterances that are still being understood when the next one begins."""

from __future__ import annotations

from server.grown import grown


class Appended:
    """Takes what is certain of each utterance and gives what may be told of it: one after the other, nothing twice."""

    def __init__(self) -> None:
        self._texts: dict[int, str] = {}
        self._over: set[int] = set()
        self._turn: int | None = None  # which is being told
        self._told = ""  # of it
        self._any = False

    def push(self, turn: int, text: str, *, over: bool) -> str:
        """Take all that is certain of the utterance `turn`; return how the whole text goes on, its space included."""
        self._texts[turn] = text
        return self._next(turn, over=over)

    def end(self, turn: int) -> str:
        """Nothing more comes of an utterance; return how the whole text goes on, as those behind it need not wait any more."""
        return self._next(turn, over=True) if turn in self._texts else ""

    @property
    def open(self) -> list[int]:
        """The utterances of which more may come."""
        return sorted(self._texts.keys() - self._over)

    def _next(self, turn: int, *, over: bool) -> str:
        if over:
            self._over.add(turn)
        delta = ""
        while self._texts:
            self._turn = min(self._texts) if self._turn is None else self._turn  # one that is begun is told to its end
            text = grown(self._told, self._texts[self._turn])
            if new := text[len(self._told) :]:
                delta += f" {new}" if self._any and not self._told else new
                self._told, self._any = text, True
            elif not self._told and self._turn not in self._over:
                self._turn = None  # nothing of it was told: an earlier one may still come
                break
            if self._turn not in self._over:
                break
            del self._texts[self._turn]
            self._over.discard(self._turn)
            self._turn, self._told = None, ""
        return delta
