"""Whole states of a model that cannot go back by itself, kept behind prompts: those of recurrent architectures."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import llama_cpp

from models.sequences import Logits, common_tokens

SAVED_STATES = 4
"""Prompts whose state is kept; the least recently used goes first."""


@dataclass(frozen=True)
class Saved:
    """The state behind a prompt."""

    tokens: list[int]
    state: Any
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
        size = llama_cpp.llama_state_seq_get_size(self._raw, 0)
        state = (ctypes.c_uint8 * size)()
        llama_cpp.llama_state_seq_get_data(self._raw, state, size, 0)
        self._all.append(Saved(list(tokens), state, logits))
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
        llama_cpp.llama_state_seq_set_data(self._raw, best.state, len(best.state), 0)
        return best


def goes_back_by_states(model: Any) -> bool:
    """Tell whether a model cannot take back a part of a sequence: it has one, and whole states of it are kept."""
    return bool(llama_cpp.llama_model_is_recurrent(model) or llama_cpp.llama_model_is_hybrid(model))
