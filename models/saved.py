"""Whole states of a model that cannot go back by itself, kept behind prompts: those of recurrent architectures."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import llama_cpp
import numpy as np
from numpy.typing import NDArray

from models.sequences import Logits, common_tokens

State: TypeAlias = NDArray[np.uint8]
"""All that llama.cpp has computed of a sequence, as it writes it."""

SAVED_STATES = 4
"""Prompts whose state is kept; the least recently used goes first."""


@dataclass(frozen=True)
class Saved:
    """The state behind a prompt."""

    tokens: list[int]
    state: State
    logits: Logits


class SavedStates:
    """The states of the one sequence of a context."""

    def __init__(self, raw: Any) -> None:
        """Keep those of a context of llama.cpp."""
        self._raw: Any = raw
        self._all: list[Saved] = []

    def __len__(self) -> int:
        return len(self._all)

    def keep(self, tokens: Sequence[int], logits: Logits) -> None:
        """Keep the state as it is, behind these tokens."""
        self._all.append(Saved(list(tokens), copied(self._raw, 0), logits))
        del self._all[:-SAVED_STATES]

    def restore(self, tokens: Sequence[int]) -> Saved | None:
        """Go back to the longest prompt that the tokens begin with; None if there is none: then nothing is computed."""
        fitting = [saved for saved in self._all if common_tokens(saved.tokens, tokens) == len(saved.tokens)]
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self._raw), True)
        if not fitting:
            return None
        best = max(fitting, key=lambda saved: len(saved.tokens))
        self._all.remove(best)
        self._all.append(best)
        put_back(self._raw, 0, best.state)
        return best


def copied(raw: Any, number: int) -> State:
    """Return a copy of what a sequence holds.

    Raises:
        MemoryError: there is no room for it.
    """
    state = np.empty(llama_cpp.llama_state_seq_get_size(raw, number), np.uint8)
    llama_cpp.llama_state_seq_get_data(raw, _pointer(state), state.size, number)
    return state


def put_back(raw: Any, number: int, state: State) -> bool:
    """Have a sequence hold what a copy does, whatever it held; return False, and leave it empty, where llama.cpp has no room for that."""
    if llama_cpp.llama_state_seq_set_data(raw, _pointer(state), state.size, number):
        return True
    llama_cpp.llama_memory_seq_rm(llama_cpp.llama_get_memory(raw), number, -1, -1)
    return False


def _pointer(state: State) -> Any:
    return state.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))


def goes_back_by_states(model: Any) -> bool:
    """Tell whether a model cannot take back a part of a sequence: it has one, and whole states of it are kept."""
    return bool(llama_cpp.llama_model_is_recurrent(model) or llama_cpp.llama_model_is_hybrid(model))
