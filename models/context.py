"""What llama.cpp has computed so far: one sequence of tokens, kept between requests, and the logits behind its last token."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import llama_cpp
import numpy as np
from numpy.typing import NDArray

from assistant.errors import EngineError
from models.native import LENGTH

SAVED_STATES = 4
"""Prompts whose state is kept for a model that cannot go back by itself; the least recently used goes first."""

_STOPPED = 2
"""What llama.cpp returns when it was asked to stop."""

Logits = NDArray[np.float32]


@dataclass(frozen=True)
class _Saved:
    """The whole state behind a prompt."""

    tokens: list[int]
    state: Any
    logits: Logits


class Context:
    """The one sequence of a model. `reach` makes it what a prompt asks for and computes only what it does not share with that.

    Several requests may take turns: each calls `reach` with all its tokens before each of its steps, and finds what
    another one has left.
    """

    def __init__(self, llama: llama_cpp.Llama) -> None:
        """Start with nothing computed; `llama` is used by nobody else."""
        self._llama: Any = llama
        self._raw: Any = llama._ctx.ctx
        self._memory: Any = llama_cpp.llama_get_memory(self._raw)
        self._batch: Any = llama_cpp.llama_batch_init(llama.n_batch, 0, 1)
        self._tokens: list[int] = []
        self._live = False  # the logits are those behind the last token
        self._restored: Logits | None = None  # the logits of a saved state, until something is computed
        # llama.cpp asks between any two of its operations whether it should stop. What it calls is C's strlen, on a text that
        # `stop` makes one letter long: so asking costs nanoseconds, and no thread waits for Python.
        self._stopping = ctypes.create_string_buffer(2)
        llama_cpp.llama_set_abort_callback(self._raw, LENGTH, ctypes.cast(self._stopping, ctypes.c_void_p))
        model = llama.model
        recurrent = llama_cpp.llama_model_is_recurrent(model) or llama_cpp.llama_model_is_hybrid(model)
        self._saved: list[_Saved] | None = [] if recurrent else None
        self.computed = 0
        """Tokens computed so far, by all requests together."""

    def reach(self, tokens: Sequence[int]) -> Iterator[None]:
        """Make the sequence equal to `tokens`, one batch a step; yields between batches and where it was stopped, then looks anew.

        Raises:
            EngineError: llama.cpp cannot compute it.
        """
        while True:
            shared = self._go_back(tokens)
            if shared == len(tokens):
                return
            end = min(len(tokens), shared + self._llama.n_batch)
            if self._compute(tokens[shared:end], with_logits=end == len(tokens)) and end == len(tokens):
                self._save()
                return
            yield

    def stop(self) -> None:
        """End the step in flight soon, wherever it is; called from any thread. Without one, nothing happens."""
        self._stopping.value = b"x"

    @property
    def logits(self) -> Logits:
        """Behind the last token, shape (vocabulary,); valid until the next token is computed."""
        if self._restored is not None:
            return self._restored
        logits: Logits = np.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(self._raw, -1), (self._llama.n_vocab(),))
        return logits

    def close(self) -> None:
        """Free what was computed."""
        llama_cpp.llama_batch_free(self._batch)

    def _go_back(self, tokens: Sequence[int]) -> int:
        """Forget what does not belong to `tokens`; return how many are computed, all of them only if the logits are at hand."""
        shared = _common(self._tokens, tokens)
        if shared == len(self._tokens) and (shared < len(tokens) or self._live):
            return shared
        shared = min(shared, len(tokens) - 1)  # the last one is computed again, for its logits
        if self._saved is not None:
            return self._restore(tokens)
        llama_cpp.llama_memory_seq_rm(self._memory, 0, shared, -1)
        del self._tokens[shared:]
        self._live = False
        return shared

    def _compute(self, tokens: Sequence[int], *, with_logits: bool) -> bool:
        """Add tokens to the sequence; return False if that was stopped, and nothing has changed."""
        batch, start = self._batch, len(self._tokens)
        batch.n_tokens = len(tokens)
        for i, token in enumerate(tokens):
            batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.logits[i] = token, start + i, 1, False
            batch.seq_id[i][0] = 0
        batch.logits[len(tokens) - 1] = with_logits
        self._live, self._restored = False, None
        self._stopping.value = b""
        code = llama_cpp.llama_decode(self._raw, batch)
        if code == _STOPPED:
            if not llama_cpp.llama_memory_seq_rm(self._memory, 0, start, -1):
                self._forget_all()
            return False
        if code:
            self._forget_all()
            raise EngineError(f"The language model could not compute {len(tokens)} tokens (llama.cpp says {code}); ask again.")
        self._tokens += tokens
        self._live = with_logits
        self.computed += len(tokens)
        return True

    def _save(self) -> None:
        """Keep the state behind a whole prompt, if the model cannot go back by itself."""
        if self._saved is None:
            return
        size = llama_cpp.llama_state_seq_get_size(self._raw, 0)
        state = (ctypes.c_uint8 * size)()
        llama_cpp.llama_state_seq_get_data(self._raw, state, size, 0)
        self._saved.append(_Saved(list(self._tokens), state, self.logits.copy()))
        del self._saved[:-SAVED_STATES]

    def _restore(self, tokens: Sequence[int]) -> int:
        """Go back to the longest saved prompt that `tokens` begin with."""
        assert self._saved is not None
        fitting = [saved for saved in self._saved if _common(saved.tokens, tokens) == len(saved.tokens)]
        self._forget_all()
        if not fitting:
            return 0
        best = max(fitting, key=lambda saved: len(saved.tokens))
        self._saved.remove(best)
        self._saved.append(best)
        llama_cpp.llama_state_seq_set_data(self._raw, best.state, len(best.state), 0)
        self._tokens, self._restored, self._live = list(best.tokens), best.logits, True
        return len(best.tokens)

    def _forget_all(self) -> None:
        llama_cpp.llama_memory_clear(self._memory, True)
        self._tokens, self._live = [], False


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many tokens two sequences begin with in common."""
    for count, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return count
    return min(len(one), len(other))
