"""llama.cpp's batch: the tokens of one step, each with its place in its sequence. Filled through numpy, as ctypes takes a microsecond a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import llama_cpp
import numpy as np


class Rows:
    """One batch, used again and again."""

    def __init__(self, most: int) -> None:
        """Make room for so many tokens."""
        self._batch: Any = llama_cpp.llama_batch_init(most, 0, 1)
        self._tokens, self._positions, self._counts, self._wanted = (
            np.ctypeslib.as_array(values, (most,))
            for values in (self._batch.token, self._batch.pos, self._batch.n_seq_id, self._batch.logits)
        )
        self._numbers = [np.ctypeslib.as_array(self._batch.seq_id[row], (1,)) for row in range(most)]
        self._sequence = np.full(most, -1, np.int32)  # what stands there, to write only what changes
        self._counts[:] = 1
        self.clear()

    def clear(self) -> None:
        """Begin an empty batch."""
        self._batch.n_tokens = 0

    def add(self, sequence: int, start: int, tokens: Sequence[int], *, wanted: bool) -> int:
        """Add tokens that stand in a sequence from `start` on; return the row of the last one, whose logits may be wanted."""
        begin: int = self._batch.n_tokens
        end = begin + len(tokens)
        self._tokens[begin:end] = tokens
        self._positions[begin:end] = np.arange(start, start + len(tokens))
        self._wanted[begin:end] = 0
        self._wanted[end - 1] = wanted
        for row in np.flatnonzero(self._sequence[begin:end] != sequence):
            self._numbers[begin + row][0] = sequence
        self._sequence[begin:end] = sequence
        self._batch.n_tokens = end
        return end - 1

    def fill(self, sequence: int, count: int) -> None:
        """Add so many rows that nobody needs, with logits, which are a good part of the work, to an empty sequence."""
        for position in range(count):
            self.add(sequence, position, [0], wanted=True)

    def drop(self, count: int) -> None:
        """Take the last rows back."""
        self._batch.n_tokens -= count

    def decode(self, raw: Any) -> int:
        """Compute them; return what llama.cpp says."""
        code: int = llama_cpp.llama_decode(raw, self._batch)
        return code

    def compute(self, raw: Any, count: int) -> None:
        """Compute so many rows that nobody needs, and forget them with all that was computed before."""
        self.clear()
        self.fill(0, count)
        self.decode(raw)
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(raw), False)

    def close(self) -> None:
        """Free the memory."""
        llama_cpp.llama_batch_free(self._batch)
