"""The adapter of a pack: a GGUF file that llama.cpp reads, in this process."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import llama_cpp

from assistant.errors import InputError
from models.packs import adapter
from models.packs.adapter import BASE, MOST_TOKENS, NONE, PASSAGES, Adapter
from models.packs.places import SHIPPED
from models.starter import STARTER, verified
from tests.fuzz.campaign import Target
from tests.fuzz.mutation import octets

HEAD_BYTES = 8000
"""Of the file: names, sizes and places of everything; what comes behind are numbers."""

WORDS = (b"GGUF", b"adapter", b"general.architecture", b"lora", BASE.encode(), PASSAGES.encode(), NONE.encode(), b"[[[[", b"\xff" * 8, b"\0" * 8, b"blk.0.attn_q.weight.lora_a")  # fmt: skip


@contextmanager
def adapters(folder: Path) -> Iterator[Target]:
    """A file that is loaded beside the starter model, which itself is loaded once."""
    path, seed = folder / "adapter.gguf", (SHIPPED / "shop" / "adapter.gguf").read_bytes()
    base = verified(STARTER.language_model)
    room = MOST_TOKENS + 2
    model = llama_cpp.Llama(str(base), n_ctx=room, n_batch=room, n_ubatch=room, n_threads=1, n_threads_batch=1, verbose=False)
    digest, load = adapter.sha256_of(base), llama_cpp.llama_adapter_lora_init
    loaded: list[Any] = []

    def make(random: Random) -> bytes:
        return octets(random, [seed[:HEAD_BYTES]], WORDS) + (seed[HEAD_BYTES:] if random.random() < 0.7 else b"")

    def kept(*given: Any) -> Any:
        loaded.append(load(*given))
        return loaded[-1]

    def take(case: bytes) -> None:
        path.write_bytes(case)
        try:
            Adapter(path, "train it again")
        finally:
            llama_cpp.llama_set_adapters_lora(model.ctx, (llama_cpp.llama_adapter_lora_p_ctypes * 1)(), 0, (ctypes.c_float * 1)())
            for each in filter(None, loaded):
                llama_cpp.llama_adapter_lora_free(each)
            loaded.clear()

    once = (
        patch.object(llama_cpp, "Llama", lambda *_, **__: model), patch.object(llama_cpp, "llama_adapter_lora_init", kept),
        patch.object(adapter, "verified", lambda _: base), patch.object(adapter, "sha256_of", lambda _: digest),
    )  # fmt: skip
    with once[0], once[1], once[2], once[3]:
        yield Target(make, take, (InputError,))
