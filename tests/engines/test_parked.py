"""What was read of a conversation is kept while others are answered, and is what a cold start computes."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest

from assistant.engines import Message
from assistant.respond import SYSTEM
from models import memory, parked, saved
from models.cells import SEQUENCES_EACH
from models.llama import LlamaEngine
from models.parked import WORTH_TOKENS, Parked
from models.sequences import Need
from models.starter import STARTER, verified

PARALLEL = 2
OTHERS = 3 * SEQUENCES_EACH * PARALLEL


@pytest.fixture
def llama() -> Iterator[LlamaEngine]:
    engine = loaded()
    yield engine
    engine.close()


def loaded(parallel: int = PARALLEL) -> LlamaEngine:
    return LlamaEngine(verified(STARTER.language_model), threads=1, context=512, parallel=parallel)


def prompt(engine: LlamaEngine, *said: str) -> list[int]:
    messages = [Message("system", SYSTEM), *(Message(("user", "assistant")[i % 2], text) for i, text in enumerate(said))]
    return engine.prompt(messages)


def computed(engine: LlamaEngine, tokens: list[int]) -> tuple[int, np.ndarray]:
    """Return how many tokens were computed for these, and the logits behind them."""
    need, before = Need(list(tokens)), engine.context.computed
    for _ in engine.context.reach(need):
        pass
    assert need.logits is not None
    logits = need.logits.copy()
    engine.context.leave(need)
    return engine.context.computed - before, logits


def talk(number: int) -> list[str]:
    """What is said in a conversation that has little in common with others."""
    rng = random.Random(number)
    words = [rng.choice(["milk", "seven", "train", "house", "where", "green", "tomorrow", "walk"]) for _ in range(40)]
    return [" ".join(words[:20]), " ".join(words[20:]), "And in feet?"]


def test_who_comes_back_after_many_others_finds_what_was_read(llama: LlamaEngine) -> None:
    first, _ = computed(llama, prompt(llama, *talk(0)[:1]))
    for number in range(1, OTHERS):
        computed(llama, prompt(llama, *talk(number)))
    again = prompt(llama, *talk(0))
    count, logits = computed(llama, again)
    assert count <= len(again) - first + 8  # but for the marks of whose turn it is
    cold = loaded()
    _, expected = computed(cold, again)
    cold.close()
    np.testing.assert_allclose(logits, expected, atol=3e-3 * float(np.abs(expected).max()))  # batches of other sizes round otherwise


def test_each_of_many_that_take_turns_reads_what_is_new(llama: LlamaEngine) -> None:
    for turn in (1, 2, 3):
        for number in range(OTHERS):
            tokens = prompt(llama, *talk(number)[:turn])
            count, _ = computed(llama, tokens)
            before = len(prompt(llama, *talk(number)[: turn - 1])) if turn > 1 else 0
            assert count <= len(tokens) - before + 8


def test_where_cells_run_out_what_is_given_up_is_not_lost(llama: LlamaEngine) -> None:
    """Two conversations of 400 tokens do not stand in 512 cells at once."""
    long = [prompt(llama, *talk(number), " ".join(["one two three"] * 100))[:400] for number in range(2)]
    for tokens in long:
        computed(llama, tokens)
    for tokens in (*long, *long):
        count, _ = computed(llama, [*tokens, tokens[-1]])
        assert count <= 2


def test_one_conversation_whose_first_turns_are_forgotten_parks_nothing(llama: LlamaEngine) -> None:
    turns = [text for number in range(8) for text in talk(number)[:2]]
    for first in range(0, 10, 2):
        computed(llama, prompt(llama, *turns[first : first + 6], "And in feet?"))
    assert len(llama.context._memory._parked) == 0


@pytest.mark.parametrize(("most_bytes", "most"), [(2 << 20, 100), (1 << 30, 5)])
def test_the_copies_have_a_bound(monkeypatch: pytest.MonkeyPatch, most_bytes: int, most: int) -> None:
    monkeypatch.setattr(memory, "parked_bytes", lambda: most_bytes)
    monkeypatch.setattr(parked, "MOST_COPIES", most)
    engine = loaded()
    copies = engine.context._memory._parked
    for number in range(2 * OTHERS):
        computed(engine, prompt(engine, *talk(number)))
        assert copies._bytes == sum(copy.state.size for copy in copies._all) <= most_bytes
        assert len(copies) <= most
    assert len(copies) > 2
    first = prompt(engine, *talk(0))
    count, _ = computed(engine, first)
    assert count > len(first) / 2  # it was the first to go
    engine.close()


def test_one_at_a_time_keeps_no_copies() -> None:
    engine = loaded(parallel=1)
    for number in range(3):
        computed(engine, prompt(engine, *talk(number)))
    assert len(engine.context._memory._parked) == 0
    engine.close()


def test_what_is_not_worth_it_is_not_brought(llama: LlamaEngine) -> None:
    copies = Parked(llama._raw, 1 << 24)
    tokens = prompt(llama, *talk(0))
    computed(llama, tokens)
    copies.park(0, tokens)
    assert copies.bring(1, tokens, len(tokens) - WORTH_TOKENS + 1) is None
    assert copies.bring(1, tokens[:30] + [5] * 30, 30) is None
    assert copies.bring(1, tokens, len(tokens) - WORTH_TOKENS) == tokens
    assert copies.bring(1, tokens, 0) is None  # it is where it is wanted


def test_where_there_is_no_memory_there_are_no_copies(llama: LlamaEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(OTHERS):
        computed(llama, prompt(llama, *talk(number)))
    copies = llama.context._memory._parked
    assert len(copies) > 0

    def full(*_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(saved.np, "empty", full)
        for number in range(OTHERS, OTHERS + 6):
            computed(llama, prompt(llama, *talk(number)))
    assert (len(copies), copies._bytes) == (0, 0)
    first = prompt(llama, *talk(0))
    count, _ = computed(llama, first)
    assert count > len(first) / 2


def test_what_a_conversation_had_before_is_not_kept_twice(llama: LlamaEngine) -> None:
    copies = Parked(llama._raw, 1 << 24)
    tokens = prompt(llama, *talk(0))
    for count in (40, 60, len(tokens)):
        computed(llama, tokens[:count])
        copies.park(0, tokens[:count])
        assert len(copies) == 1
