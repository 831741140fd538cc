"""The adapter of a pack: a LoRA with which the starter model tells which passage a question means. A question costs one short prompt.

It works on a model and in a context of its own, so that it serves whatever model answers, and no conversation notices it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import llama_cpp
import numpy as np

from assistant.errors import InputError
from assistant.foreign import parsed_json
from models.context import Context
from models.disk import sha256_of
from models.sequences import Need
from models.starter import STARTER, verified
from models.vocabulary import Vocabulary

USER, ASSISTANT = "<|user|>", "<|asst|>"
"""The prompt is the question between these two; what comes next is the token of a passage."""

MOST_TOKENS = 40
"""Of a question; what is beyond is not read."""

MOST_BYTES = 8_000_000
"""Of the file."""

BASE, PASSAGES, NONE = "parley.adapter.base", "parley.adapter.passages", "parley.adapter.none"
"""Keys in the file: SHA-256 of the model that it was trained on; JSON `[[language, passage, token], ...]`; the token of no passage."""

Named = tuple[str, str]
"""A passage: its language and its name."""


class Adapter:
    """An adapter that was loaded. Used from one thread."""

    def __init__(self, path: Path, remedy: str) -> None:
        """Load the adapter in the GGUF file `path` beside the starter model; `remedy` ends the sentence where that fails.

        Raises:
            InputError: it is too long, is no adapter of the starter model, or does not say what its answers mean.
        """
        self._path, self._remedy = path, remedy
        if path.is_symlink() or not path.is_file():
            self._refuse("is a link" if path.is_symlink() else "is missing")
        if (size := path.stat().st_size) > MOST_BYTES:
            self._refuse(f"has {size} bytes, and an adapter at most {MOST_BYTES}")
        base = verified(STARTER.language_model)
        room = MOST_TOKENS + 2
        self._llama: Any = llama_cpp.Llama(
            str(base), n_ctx=room, n_batch=room, n_ubatch=room, n_threads=1, n_threads_batch=1, verbose=False
        )
        # Not by Llama's own lora_path: it takes the null pointer of a broken file for an adapter, and the process ends.
        self._raw: Any = llama_cpp.llama_adapter_lora_init(self._llama.model, str(path).encode())
        if not self._raw:
            self._refuse("is no adapter of the starter model, or is broken")
        each, scales = (llama_cpp.llama_adapter_lora_p_ctypes * 1)(self._raw), (ctypes.c_float * 1)(1.0)
        if llama_cpp.llama_set_adapters_lora(self._llama.ctx, each, 1, scales):
            self._refuse("cannot be put on the starter model")
        if (trained_on := self._value(BASE)) != (is_now := sha256_of(base)):
            self._refuse(
                f"was trained on another model (SHA-256 {f'{trained_on[:12]}…' if trained_on else 'unknown'} and not {is_now[:12]}…)"
            )
        self._vocabulary, self._context = Vocabulary(self._llama), Context(self._llama.ctx)
        tokens, none = self._tokens()
        self._named, self._labels = list(tokens), [*tokens.values(), none]
        self._begin, self._end = (self._vocabulary.tokens(mark, special=True) for mark in (USER, ASSISTANT))

    @property
    def passages(self) -> list[Named]:
        """What it can tell apart."""
        return list(self._named)

    def chances(self, text: str) -> dict[Named, float]:
        """Return how likely each passage is meant, in [0, 1]; what they lack of 1 in total is for none of them."""
        said = self._vocabulary.tokens(text, special=False)[:MOST_TOKENS]
        need = Need([*self._begin, *said, *self._end])
        for _ in self._context.reach(need):
            pass
        self._context.leave(need)
        assert need.logits is not None  # it was reached
        logits = need.logits[self._labels].astype(np.float64)
        share = np.exp(logits - logits.max())
        return dict(zip(self._named, (share / share.sum()).tolist(), strict=False))

    def _tokens(self) -> tuple[Mapping[Named, int], int]:
        """Return the token of each passage, and that of none of them."""
        try:
            found = {(language, name): int(token) for language, name, token in parsed_json(self._value(PASSAGES))}
            none = int(self._value(NONE))
        except (ValueError, TypeError):
            self._refuse("does not say what its answers mean")
        if not found or not all(0 <= token < self._vocabulary.size for token in (*found.values(), none)):
            self._refuse("does not say what its answers mean")
        return found, none

    def _value(self, key: str) -> str:
        """Return what the file says under a key; nothing if it has none such."""
        size = llama_cpp.llama_adapter_meta_val_str(self._raw, key.encode(), ctypes.create_string_buffer(1), 1)
        if size < 0:
            return ""
        buffer = ctypes.create_string_buffer(size + 1)
        llama_cpp.llama_adapter_meta_val_str(self._raw, key.encode(), buffer, size + 1)
        return buffer.value.decode(errors="replace")

    def _refuse(self, why: str) -> NoReturn:
        raise InputError(f"{self._path} {why}; {self._remedy}.")
