"""What is computed of a prompt is kept, and is what a cold start computes."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from assistant.engines import Message
from assistant.errors import PromptTooLong
from assistant.respond import SYSTEM
from models.llama import BATCH_TOKENS, LlamaEngine
from models.saved import SAVED_STATES
from models.sequences import Need
from models.starter import STARTER, verified
from models.starter.recipe.conversation import TRANSLATE_PROMPTS
from tests.engines.tiny_mamba import write_tiny_mamba

QUESTION = "How many kilometers are in three miles?"


@pytest.fixture(scope="module", params=["starter", "recurrent"])
def path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if request.param == "starter":
        return verified(STARTER.language_model)
    tiny = tmp_path_factory.mktemp("mamba") / "tiny.gguf"
    write_tiny_mamba(tiny)
    return tiny


@pytest.fixture
def llama(path: Path) -> Iterator[LlamaEngine]:
    engine = LlamaEngine(path, threads=1, context=512)
    yield engine
    engine.close()


def asked(text: str, *before: str) -> list[Message]:
    roles = ("user", "assistant")
    return [Message("system", SYSTEM), *(Message(roles[i % 2], said) for i, said in enumerate([*before, text]))]


def logits(engine: LlamaEngine, messages: list[Message]) -> np.ndarray:
    *said, _ = engine.requests._layout.parts(messages)
    need = Need(engine.requests._vocabulary.prompt(said))
    for _ in engine.context.reach(need):
        pass
    engine.context.leave(need)
    assert need.logits is not None
    return need.logits.copy()


def test_whatever_came_before_the_logits_are_those_of_a_cold_start(path: Path, llama: LlamaEngine) -> None:
    rng = random.Random(0)
    prompts = [asked(QUESTION[: rng.randrange(1, len(QUESTION))]) for _ in range(12)]
    prompts += [asked("And in feet?", QUESTION, "3 miles is about 4.83 kilometers."), asked(QUESTION), asked(QUESTION)]
    for messages in prompts:
        if rng.random() < 0.3:
            list(llama.generate(asked("Hello!"), most_tokens=5))
        cold = LlamaEngine(path, threads=1, context=512)
        expected = logits(cold, messages)
        cold.close()
        found = logits(llama, messages)
        np.testing.assert_allclose(found, expected, atol=3e-3 * float(np.abs(expected).max()))  # batches of other sizes round otherwise
        assert found.argmax() == expected.argmax()


def test_a_growing_message_costs_its_new_tokens(llama: LlamaEngine) -> None:
    words = QUESTION.split()
    computed = []
    for count in range(1, len(words) + 1):
        logits(llama, asked(" ".join(words[:count])))
        computed.append(llama.context.computed)
    assert llama.context.computed <= len(llama.prompt(asked(QUESTION))) + len(words)
    assert computed == sorted(computed)


def test_the_answer_finds_its_prompt_computed(llama: LlamaEngine) -> None:
    logits(llama, asked("Hello!"))
    before = llama.context.computed
    next(iter(llama.generate(asked("Hello!"))))
    assert llama.context.computed - before <= 5  # the end of the message, and the mark of the answer


def test_two_requests_at_once_get_what_each_gets_alone(llama: LlamaEngine) -> None:
    alone = [[piece for piece in llama.generate(asked(text), most_tokens=12) if piece] for text in ("Good evening", "Hello!")]
    streams = [llama.generate(asked(text), most_tokens=12) for text in ("Good evening", "Hello!")]
    together: list[list[object]] = [[], []]
    turn = 0
    while any(stream is not None for stream in streams):
        turn += 1
        for index, stream in enumerate(streams):
            if stream is None or (index and turn % 3):
                continue
            piece = next(stream, None)
            if piece is None:
                streams[index] = None  # type: ignore[call-overload]
            elif piece:
                together[index].append(piece)
    assert together == alone


LONG = "one two three four five six seven eight nine ten " * 8


def test_a_long_prompt_is_computed_in_parts(llama: LlamaEngine) -> None:
    messages = asked(LONG)
    steps = list(llama.anticipate(messages))
    assert len(steps) == -(-llama.context.computed // BATCH_TOKENS)
    assert steps[:-1] == [0.0] * (len(steps) - 1)


def test_a_step_that_was_stopped_is_done_again_and_gives_the_same(path: Path, llama: LlamaEngine) -> None:
    cold = LlamaEngine(path, threads=1, context=512)
    expected = logits(cold, asked(LONG))
    cold.close()
    logits(llama, asked("Hello!"))
    before = llama.context.computed
    need = Need(llama.requests._vocabulary.prompt(llama.requests._layout.parts(asked(LONG))[:-1]))
    steps, stopped, done = llama.context.reach(need), 0, object()
    with ThreadPoolExecutor(1) as pool:
        while True:
            step = pool.submit(next, steps, done)
            while stopped < 3 and not step.done():
                llama.stop()
                time.sleep(1e-4)
            if step.result() is done:
                break
            stopped += 1
    assert stopped >= 3  # and parts of a long prompt
    assert llama.context.computed >= before
    assert need.logits is not None
    np.testing.assert_allclose(need.logits, expected, atol=3e-3 * float(np.abs(expected).max()))  # batches of other sizes round otherwise


def test_a_stopped_step_of_a_model_that_cannot_go_back_costs_no_state_that_was_kept(tmp_path: Path) -> None:
    write_tiny_mamba(tmp_path / "tiny.gguf")
    engine = LlamaEngine(tmp_path / "tiny.gguf", threads=1, context=512)
    expected = logits(engine, asked(LONG))
    with ThreadPoolExecutor(1) as pool:
        for number in itertools.count():
            step = pool.submit(next, engine.anticipate(asked(f"{number} {LONG}")))
            while not step.done():
                engine.stop()
                time.sleep(1e-4)
            if not engine.context._memory._places.all[0].tokens:  # a stop took all of it away
                break
    computed = engine.context.computed
    np.testing.assert_array_equal(logits(engine, asked(LONG)), expected)
    assert engine.context.computed == computed
    engine.close()


def test_a_message_that_leaves_no_room_is_refused(llama: LlamaEngine) -> None:
    with pytest.raises(PromptTooLong, match="start a new one"):
        list(llama.anticipate(asked("word " * 600)))


def test_few_states_are_kept(llama: LlamaEngine) -> None:
    for number in range(3 * SAVED_STATES):
        logits(llama, asked(f"Number {number}"))
    assert len(llama.context._memory._saved or ()) <= SAVED_STATES


def test_the_end_of_a_question_is_anticipated() -> None:
    engine = LlamaEngine(verified(STARTER.language_model), threads=1)

    def ends(text: str, system: str = SYSTEM) -> float:
        *_, found = engine.anticipate([Message("system", system), Message("user", text)])
        return found

    for whole in ("What is seven times eight", "Set a timer for five minutes", "How many kilometers are in three miles", "What time is it"):
        cut = whole.rsplit(" ", 1)[0]
        assert ends(whole) > 0.2 > 5 * ends(cut)
    assert ends("No sé dónde vive", TRANSLATE_PROMPTS["en"]) > 5 * ends("No sé dónde", TRANSLATE_PROMPTS["en"])
    engine.close()
