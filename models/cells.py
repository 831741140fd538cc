"""The memory in which a language model keeps what it has read: how much a token takes, and for how many conversations at once there is enough."""

from __future__ import annotations

import ctypes
import os
from typing import Any

import llama_cpp

from assistant.errors import EngineUnavailable

MOST_PARALLEL = 8
"""More at once make each of them slower and all together hardly faster on the processors that were measured."""

SHARE = 1 / 8
"""Of the machine's memory, for conversations, unless the settings name their number."""

MOST_SHARE = 1 / 2
"""Of the machine's memory, whatever the settings say: the system would end the process."""

SEQUENCES_EACH = 2
"""For each conversation of a step: so those that have to take turns find again what was computed for them."""

PARKED_SHARE = 1 / 32
"""Of the machine's memory, for copies of what was read of further conversations."""

UNKNOWN_PARKED_BYTES = 256 << 20
"""For the same where the system does not tell how much memory there is."""

F16_BYTES = 2


def token_bytes(model: Any) -> int:
    """Return what a token takes in the memory of a model of llama.cpp: in each layer a key and a value for each head, in 16 bits."""
    width: int = llama_cpp.llama_model_n_embd(model) // max(1, llama_cpp.llama_model_n_head(model))
    key, value = (_attention(model, name) or width for name in ("key_length", "value_length"))
    heads: int = llama_cpp.llama_model_n_layer(model) * llama_cpp.llama_model_n_head_kv(model)
    return F16_BYTES * heads * (key + value)


def _attention(model: Any, name: str) -> int:
    """Return a number that the file gives for the attention; 0 if it gives none, and the architecture's usual one holds."""
    kind = _metadata(model, "general.architecture")
    return int(_metadata(model, f"{kind}.attention.{name}") or 0)


def _metadata(model: Any, name: str) -> str:
    found = ctypes.create_string_buffer(64)
    return found.value.decode() if llama_cpp.llama_model_meta_val_str(model, name.encode(), found, len(found)) >= 0 else ""


def cells(context: int, parallel: int) -> int:
    """Return for how many tokens there is memory: conversations at once are seldom all of them long, and share their beginning."""
    return context * max(1, parallel // 2)


def sequences(parallel: int) -> int:
    """Return how many sequences of llama.cpp hold so many conversations at once, and rows that are nobody's."""
    return SEQUENCES_EACH * parallel + 1 if parallel > 1 else 1


def parked_bytes() -> int:
    """Return how much memory copies of conversations may take."""
    return round(PARKED_SHARE * memory_bytes()) or UNKNOWN_PARKED_BYTES


def parallel_of(model: Any, context: int, given: int | None, memory: int | None = None) -> int:
    """Return how many conversations a model computes at once.

    Args:
        model: of llama.cpp.
        context: the longest conversation, in tokens.
        given: so many; as many as are worth it and fit, if None.
        memory: that there is, in bytes.

    Raises:
        EngineUnavailable: there is not enough memory for what is given.
    """
    memory = memory or memory_bytes()
    each = token_bytes(model)
    wanted = given or 1
    if memory and (needed := cells(context, wanted) * each) > MOST_SHARE * memory:
        remedy = "models.parallel or models.context_tokens" if wanted > 1 else "models.context_tokens"
        many = f"{wanted} conversations" if wanted > 1 else "1 conversation"
        raise EngineUnavailable(
            f"The language model takes {needed / 1e9:.1f} GB for {many} of {context} tokens and there is {memory / 1e9:.1f}; set {remedy} lower."
        )
    if given or not memory:
        return wanted
    return max(count for count in range(1, MOST_PARALLEL + 1) if count == 1 or cells(context, count) * each <= SHARE * memory)


def memory_bytes() -> int:
    """Return the machine's memory, or what this process may have of it; 0 if the system does not tell."""
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return 0
    import resource

    most, _ = resource.getrlimit(resource.RLIMIT_DATA)
    memory = int(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return memory if most == resource.RLIM_INFINITY else min(memory, most)
