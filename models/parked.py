"""What was computed of conversations whose sequence others have now: copied out of llama.cpp, where each token slows down every step, into ordinary memory.

A copy of 200 tokens takes half a millisecond, and to compute them again takes 90 with the starter model. After llama.cpp's own server (`--cache-ram`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import llama_cpp

from models.saved import State, copied, put_back
from models.sequences import common_tokens

WORTH_TOKENS = 16
"""Fewer are computed about as soon as they are copied."""

MOST_COPIES = 256
"""Some of them nobody will want: those of conversations that are over, or whose first turns are forgotten."""


@dataclass(frozen=True, eq=False)
class _Copy:
    tokens: list[int]
    state: State

    def begins(self, tokens: Sequence[int]) -> bool:
        """Tell whether three quarters of it begin these tokens."""
        most = len(self.tokens) - len(self.tokens) // 4
        return self.tokens[:most] == tokens[:most]


class Parked:
    """Such copies, of one context."""

    def __init__(self, raw: Any, most_bytes: int) -> None:
        """Begin with none; those that were made the longest time ago go when there are too many, or all take more than `most_bytes`."""
        self._raw, self._most_bytes, self._bytes = raw, most_bytes, 0
        self._all: list[_Copy] = []

    def __len__(self) -> int:
        return len(self._all)

    def park(self, number: int, tokens: Sequence[int]) -> None:
        """Copy what a sequence holds, which are these tokens; an older copy that is the same but for its last words is not needed any more."""
        if not self._most_bytes or len(tokens) < WORTH_TOKENS:
            return
        for copy in [copy for copy in self._all if copy.begins(tokens)]:
            self._drop(copy)
        size = llama_cpp.llama_state_seq_get_size(self._raw, number)
        if size > self._most_bytes:
            return
        try:
            state = copied(self._raw, number)
        except MemoryError:  # `models.memory_mb`: what is being answered needs it more
            self._all, self._bytes = [], 0
            return
        self._all.append(_Copy(list(tokens), state))
        self._bytes += size
        while self._bytes > self._most_bytes or len(self._all) > MOST_COPIES:
            self._drop(self._all[0])

    def bring(self, number: int, tokens: Sequence[int], least: int) -> list[int] | None:
        """Put the copy that begins most like these tokens into a sequence, whatever that holds.

        Args:
            number: of the sequence.
            tokens: that are wanted there.
            least: so many of them are at hand otherwise; the copy must have more of them that are worth it.

        Returns:
            The tokens that stand there then, of which the first are the wanted ones; none if llama.cpp has no room for them.
            None where there is no such copy, and nothing has changed.
        """
        begin = list(tokens[: least + WORTH_TOKENS])
        like = [copy for copy in self._all if copy.tokens[: len(begin)] == begin] if len(begin) == least + WORTH_TOKENS else []
        if not like:
            return None
        copy = max(like, key=lambda copy: common_tokens(copy.tokens, tokens))
        if not put_back(self._raw, number, copy.state):
            return []
        self._drop(copy)
        return copy.tokens

    def _drop(self, copy: _Copy) -> None:
        self._all.remove(copy)
        self._bytes -= copy.state.size
