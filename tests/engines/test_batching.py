"""Many requests to one model at once: each gets what it gets alone, and none notices the end of another."""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import signal
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from assistant.engines import Message, Piece, Translation
from assistant.errors import CallTooLong, EngineError, EngineUnavailable, PromptTooLong
from assistant.urgency import Urgency
from models import parked
from models.batched import Batched
from models.llama import LlamaEngine
from models.rounds import AHEAD_PIECES, Request, Rounds
from models.sequences import Need
from models.starter import STARTER, verified
from models.supervised import Supervised
from models.worked import WorkedModel
from tests.engines.batching import SAID, alone, batched, english, question, read, run, written
from tests.engines.tiny_mamba import write_tiny_mamba

ASKED = [
    "How many kilometers are in three miles?",
    "Set a timer for five minutes.",
    "What time is it?",
    "Good evening",
    "What is seven times eight?",
    "Add milk to the shopping list.",
    "How many ounces are in two pounds?",
    "Who are you?",
    "What is on my list?",
    "Set an alarm for seven.",
    "What day is it today?",
    "How many grams are in a kilo?",
]


@asynccontextmanager
async def apart() -> AsyncGenerator[Supervised, None]:
    """In a process of its own, as a server has it."""
    make = partial(LlamaEngine, verified(STARTER.language_model), threads=1, context=512, parallel=8)
    worker = Supervised(make, "language model", kind=Batched)
    try:
        await worker.ready()
        yield worker
    finally:
        await worker.close()


PROMPTS = [*map(question, ASKED), *map(english, SAID)]


@pytest.fixture(scope="module")
def expected() -> list[list[Piece]]:
    """What each of `PROMPTS` is answered alone.

    Sums come out a little different in a batch of another size, so a model may flip where two tokens are as good as equally likely.
    None of these answers has such a place: with another model, look at both texts before you believe in a mistake.
    """
    engine = LlamaEngine(verified(STARTER.language_model), threads=1, context=512)
    answers = [alone(engine, messages) for messages in PROMPTS]
    engine.close()
    return answers


def test_together_each_gets_what_it_gets_alone(expected: list[list[Piece]]) -> None:
    async def work() -> None:
        async with batched() as (worker, engine):
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(written(worker, messages)) for messages in PROMPTS]
            assert [task.result() for task in tasks] == expected
            assert engine.context.steps < sum(map(len, expected))  # they were computed together
            assert worker.queued == 0

    run(work())


def test_in_a_process_of_its_own_each_gets_the_same_though_that_dies(expected: list[list[Piece]]) -> None:
    async def work() -> None:
        async with apart() as worker:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(written(worker, messages)) for messages in PROMPTS[1:]]
                async with aclosing(worker.stream("generate", PROMPTS[0], (), 60)) as pieces:
                    found = [await anext(pieces)]
                    assert worker.pid is not None
                    os.kill(worker.pid, signal.SIGKILL)
                    found += [piece async for piece in pieces]
            assert [found, *(task.result() for task in tasks)] == expected
            assert (worker.starts, worker.queued) == (2, 0)

    run(work())


@pytest.mark.parametrize("parallel", [1, 2, 3])
def test_more_requests_than_may_be_computed_at_once_take_turns(parallel: int, expected: list[list[Piece]]) -> None:
    engine = LlamaEngine(verified(STARTER.language_model), threads=1, context=512)
    assert [alone(engine, messages) for messages in PROMPTS[:8]] == expected[:8]
    most = engine.context.computed + 8 * len(engine.prompt(question("")))  # together they may all read the beginning
    engine.close()

    async def work() -> None:
        async with batched(parallel=parallel) as (worker, engine):
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(written(worker, messages)) for messages in PROMPTS[:8]]
            assert [task.result() for task in tasks] == expected[:8]
            assert engine.context.computed <= most  # nobody took from another what that still needed

    run(work())


def test_when_cells_run_out_what_was_not_heard_for_longest_goes_and_is_computed_again() -> None:
    """Shown by how likely each of 12 given tokens is: by batches of other sizes up to 0.1 more or less, in nats, and by a lost word 2."""
    engine = LlamaEngine(verified(STARTER.language_model), threads=1, context=256, parallel=5)  # 512 cells
    said = engine.prompt(english(" ".join(SAID)))
    asked = [(engine.prompt(english(f"{name} said: " + " ".join(SAID) * 6)), said[:12]) for name in ("Ann", "Bea", "Cat", "Dan", "Eve")]
    assert 130 < min(len(prompt) for prompt, _ in asked) < 220
    rounds, found = Rounds(engine.context), dict[int, list[float]]()

    def chances(number: int) -> Iterator[Need | list[float]]:
        yield (yield from engine.requests.log_chances(*asked[number]))

    def ask(number: int) -> None:
        rounds.begin(Request(partial(chances, number), lambda given: found.update({number: given[0]}), lambda _: None, lambda: Urgency.NOW))

    for number in range(5):
        ask(number)
        while rounds.busy:
            rounds.step()
    alone = dict(found)
    found.clear()
    for _ in range(2):
        before = engine.context.computed
        for number in range(5):
            ask(number)
        while rounds.busy:
            rounds.step()
        for number in range(5):
            assert found[number] == pytest.approx(alone[number], abs=0.4)
        assert engine.context.computed - before > 5 * 12 + 130  # at least one prompt was lost, and computed again
    engine.close()


def test_one_that_is_too_long_for_the_cells_ends_no_other() -> None:
    engine = LlamaEngine(verified(STARTER.language_model), threads=1, context=256, parallel=2)  # 256 cells
    prompt = engine.prompt(english(" ".join(SAID) * 6))
    rounds, given, ends = Rounds(engine.context), list[Any](), dict[str, Exception | None]()

    def chances() -> Iterator[Need | list[float]]:
        yield (yield from engine.requests.log_chances(prompt, prompt))

    def ask(name: str, begin: Callable[[], Iterator[Any]]) -> None:
        rounds.begin(Request(begin, given.extend, lambda error: ends.update({name: error}), lambda: Urgency.NOW))

    ask("well", partial(engine.requests.generate, question(ASKED[3]), (), 40))
    ask("too long", chances)
    while rounds.busy and len(given) < AHEAD_PIECES:
        rounds.step()
    assert isinstance(ends["too long"], PromptTooLong)
    assert ends.get("well") is None
    assert given
    engine.close()


def test_one_of_many_is_cancelled_and_the_others_do_not_notice(expected: list[list[Piece]]) -> None:
    async def work() -> None:
        async with batched() as (worker, _):
            for number in range(30):
                tasks = [asyncio.create_task(written(worker, messages)) for messages in PROMPTS[:6]]
                victim = tasks.pop(number % 6)
                for _ in range(number):
                    await asyncio.sleep(0.001)
                victim.cancel()
                others = [answer for place, answer in enumerate(expected[:6]) if place != number % 6]
                assert [await task for task in tasks] == others
                await asyncio.wait([victim])

    run(work())


def test_who_is_cancelled_is_computed_no_further_and_what_was_is_kept() -> None:
    async def work() -> None:
        async with batched() as (worker, engine):
            async with aclosing(worker.stream("generate", english(SAID[0]))) as pieces:
                await anext(pieces)
            assert await worker.call("count", english(SAID[0]))  # behind the end of that
            before = engine.context.computed
            await asyncio.sleep(0.1)
            assert engine.context.computed == before
            await written(worker, english(SAID[0]), 1)
            assert engine.context.computed - before <= 1

    run(work())


def test_a_beginning_that_somebody_has_read_is_not_computed_again() -> None:
    async def work() -> None:
        system = "You are Parley. " + "Answer in one or two short sentences that are easy to say aloud. " * 3
        async with batched() as (worker, engine):
            shared = len(engine.prompt([Message("system", system)]))
            await read(worker, [Message("system", system), Message("user", "Hello!")])
            for number in range(20):
                messages = [Message("system", system), Message("user", f"Number {number}")]
                before = engine.context.computed
                await read(worker, messages)
                assert engine.context.computed - before <= len(engine.prompt(messages)) - shared + 2

    run(work())


def test_every_conversation_finds_its_own_beginning() -> None:
    async def work() -> None:
        async with batched() as (worker, engine):
            talks = [english(text) for text in [*SAID, "They are my friends.", "The water is cold."]]
            for _ in range(3):
                for number, talk in enumerate(talks):
                    before, size = engine.context.computed, len(engine.prompt(talk))
                    answer = await written(worker, talk)
                    if len(talk) > 2:  # new are the question, two marks and the answer, and perhaps how the last one ended
                        asked = size - len(engine.prompt(talk[:-2]))
                        assert engine.context.computed - before <= asked + len(answer) + 8
                    said = "".join(piece for piece in answer if isinstance(piece, str))
                    talks[number] = [*talk, Message("assistant", said), Message("user", "Where is it?")]

    run(work())


def test_errors_reach_the_one_who_asked() -> None:
    async def work() -> None:
        async with batched() as (worker, engine):
            model = WorkedModel(worker, engine.memory_turns, engine.takes_tools, engine.threads, engine.wording)
            other = asyncio.create_task(written(worker, english(SAID[0])))
            with pytest.raises(PromptTooLong, match="start a new one"):
                await written(worker, question("word " * 600))
            with pytest.raises(CallTooLong):
                await written(worker, question("Set a timer for five minutes."), 3)
            with pytest.raises(EngineError, match=r"language model failed \(AttributeError"):
                async with aclosing(worker.stream("sing")) as pieces:
                    await anext(pieces)
            assert await other
            assert 0 <= await model.anticipate(question("What is seven times")) <= 1
            assert (await model.doubt(question("Who was Napoleon?"))).entropy_nats > 0

    run(work())


def test_closing_ends_every_request_with_a_sentence() -> None:
    async def work() -> None:
        async with batched() as (worker, _):
            tasks = [asyncio.create_task(written(worker, messages)) for messages in PROMPTS]
            await worker.call("count", PROMPTS[0])
        for task in tasks:
            with pytest.raises(EngineUnavailable, match="has been closed"):
                await task
        with pytest.raises(EngineUnavailable, match="has been closed"):
            await written(worker, PROMPTS[0])

    run(work())


def test_a_model_that_cannot_be_loaded_says_so_to_everybody(tmp_path: Path) -> None:
    async def work() -> None:
        worker = Batched(partial(LlamaEngine, tmp_path / "none.gguf", threads=1), "language model")
        for _ in range(2):
            with pytest.raises(EngineUnavailable, match="cannot be loaded"):
                await written(worker, PROMPTS[0])
        await worker.close()

    run(work())


def test_terms_are_put_into_translations_that_are_made_at_once() -> None:
    asked = [
        Translation(text, "en", "es", terms=(("train", "ferrocarril"),)) for text in ("Where is the train station?", "The train is late.")
    ]

    async def work() -> None:
        async with batched() as (worker, engine):
            model = WorkedModel(worker, engine.memory_turns, engine.takes_tools, engine.threads, engine.wording)

            async def translated(each: Translation) -> str:
                return "".join([piece async for piece in model.translate(each)])

            one_by_one = [await translated(each) for each in asked]
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(translated(each)) for each in asked * 3]
            assert [task.result() for task in tasks] == one_by_one * 3
            assert all("ferrocarril" in text for text in one_by_one)

    run(work())


def test_a_model_that_cannot_go_back_answers_many_too(tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    write_tiny_mamba(path)
    engine = LlamaEngine(path, threads=1, context=512)
    expected = [alone(engine, messages, 8) for messages in PROMPTS[:4]]
    engine.close()

    async def work() -> None:
        async with batched(path) as (worker, engine):
            assert engine.context.parallel == 1
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(written(worker, messages, 8)) for messages in PROMPTS[:4]]
            assert [task.result() for task in tasks] == expected

    run(work())


def test_memory_does_not_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parked, "MOST_COPIES", 4)  # of 256, the first are reached soon

    def resident_kib() -> int:
        gc.collect()
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 1024

    async def work() -> None:
        async with batched() as (worker, _):

            async def some(count: int) -> None:
                for begin in range(0, count, 10):
                    tasks = [asyncio.create_task(written(worker, question(f"{begin + n}: {ASKED[n]}"), 6)) for n in range(10)]
                    await asyncio.sleep(0.02)
                    tasks[3].cancel()
                    await asyncio.wait(tasks)
                    failed = [task.exception() for task in tasks if not task.cancelled()]  # looked at, or pytest keeps a log of each
                    assert all(error is None or isinstance(error, CallTooLong) for error in failed)

            await some(50)
            before = resident_kib()
            await some(200)
            assert resident_kib() - before < 2048
            assert not worker.busy

    run(work())
