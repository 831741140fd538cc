"""One text that only grows, out of utterances that are still being understood when the next one begins."""

from __future__ import annotations


class Appended:
    """Takes what is certain of each utterance and gives what may be told of it: one after the other, nothing twice."""

    def __init__(self) -> None:
        self._texts: dict[int, str] = {}
        self._over: set[int] = set()
        self._told = ""
        self._any = False

    def push(self, turn: int, text: str, *, over: bool) -> str:
        """Take all that is certain of the utterance `turn`; return how the whole text goes on, its space included."""
        self._texts[turn] = text
        if over:
            self._over.add(turn)
        delta = ""
        while self._texts:
            first = min(self._texts)
            text = self._texts[first]
            if text.startswith(self._told) and (new := text[len(self._told) :]):
                delta += f" {new}" if self._any and not self._told else new
                self._told, self._any = text, True
            if first not in self._over:
                break
            del self._texts[first]
            self._over.discard(first)
            self._told = ""
        return delta
