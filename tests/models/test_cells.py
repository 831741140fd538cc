"""How many conversations a model computes at once: what fits, unless somebody says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import llama_cpp
import pytest

from assistant.errors import EngineUnavailable
from models.cells import MOST_PARALLEL, SHARE, cells, memory_bytes, parallel_of, token_bytes
from models.llama import LlamaEngine
from models.starter import STARTER, verified


@pytest.fixture(scope="module")
def model() -> Iterator[Any]:
    llama = llama_cpp.Llama(str(verified(STARTER.language_model)), n_ctx=1, verbose=False)
    yield llama.model
    llama.close()


def test_a_token_of_the_starter_takes_4_kib(model: Any) -> None:
    assert token_bytes(model) == 8 * 2 * 64 * 2 * 2  # layers, heads, their width, keys and values, bytes


def test_half_as_many_long_conversations_fit_as_are_computed() -> None:
    assert [cells(1024, parallel) for parallel in (1, 2, 3, 8)] == [1024, 1024, 1024, 4096]


def test_as_many_as_memory_allows(model: Any) -> None:
    a_long_one = 1024 * 4096
    assert parallel_of(model, 1024, None, memory=64 << 30) == MOST_PARALLEL
    assert parallel_of(model, 1024, None, memory=int(2 * a_long_one / SHARE)) == 5
    assert parallel_of(model, 1024, None, memory=int(a_long_one / SHARE)) == 3
    assert parallel_of(model, 1024, None, memory=3 * a_long_one) == 1


def test_what_is_said_holds_unless_the_machine_would_be_full(model: Any) -> None:
    assert parallel_of(model, 1024, 32, memory=1 << 30) == 32
    with pytest.raises(EngineUnavailable, match=r"takes 17.2 GB for 64 conversations of 131072 .* set models.parallel or"):
        parallel_of(model, 131_072, 64, memory=16 << 30)
    with pytest.raises(EngineUnavailable, match=r"1 conversation of 131072 tokens .*; set models.context_tokens lower"):
        parallel_of(model, 131_072, None, memory=1 << 29)


def test_the_engine_has_as_many_as_were_chosen() -> None:
    assert memory_bytes() > 1 << 28
    for given, found in ((None, MOST_PARALLEL), (3, 3), (1, 1)):
        engine = LlamaEngine(verified(STARTER.language_model), threads=1, context=256, parallel=given)
        assert engine.context.parallel == found
        engine.close()


def test_a_file_may_give_its_heads_another_width(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"general.architecture": "llama", "llama.attention.key_length": "128", "llama.attention.value_length": "64"}
    monkeypatch.setattr("models.cells._metadata", lambda _, name: given.get(name, ""))
    assert token_bytes(model) == 8 * 2 * (128 + 64) * 2
