"""Many requests at one language model: what comes first, and who is not written for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

import pytest

from assistant.engines import Message, Piece
from assistant.urgency import Urgency, urgent
from models.batched import Batched
from models.context import LESS_URGENT_TOKENS
from models.llama import BATCH_TOKENS, LlamaEngine
from models.rounds import AHEAD_PIECES, FIRST_PIECES, Request, Rounds
from models.starter import STARTER, verified
from tests.engines.batching import SAID, alone, batched, english, question, read, run, written


class Reader:
    """Reads one request, on the engine's own thread."""

    def __init__(self, engine: LlamaEngine, name: str, words: int, urgency: Urgency, order: list[str]) -> None:
        self.urgency, self.pieces, self.name = urgency, list[Piece](), name
        self._order = order
        messages = english(" ".join([name, *["one", "two", "three"] * (words // 3)]))
        self.request = Request(lambda: engine.requests.generate(messages, (), 30), self._read, lambda _: None, lambda: self.urgency)

    def _read(self, pieces: Sequence[Piece]) -> None:
        if not self.pieces:
            self._order.append(self.name)
        self.pieces += pieces
        self.request.taken += len(pieces)


def asked_together(*asked: tuple[str, Urgency], parallel: int = 8, words: int = 120) -> tuple[LlamaEngine, Rounds, list[Reader], list[str]]:
    engine = LlamaEngine(verified(STARTER.language_model), threads=1, context=512, parallel=parallel)
    rounds, order = Rounds(engine.context), list[str]()
    readers = [Reader(engine, name, words, urgency, order) for name, urgency in asked]
    for reader in readers:
        rounds.begin(reader.request)
    return engine, rounds, readers, order


@pytest.mark.parametrize("parallel", [2, 8])
def test_what_is_more_urgent_comes_first(parallel: int) -> None:
    ahead, draft, now = ("ahead", Urgency.AHEAD), ("draft", Urgency.DRAFT), ("now", Urgency.NOW)
    engine, rounds, _, order = asked_together(ahead, draft, now, ("next", Urgency.NOW), parallel=parallel)
    while rounds.busy:
        rounds.step()
    assert order == ["now", "next", "draft", "ahead"]
    engine.close()


def test_a_draft_that_is_released_is_as_urgent_as_any() -> None:
    engine, rounds, (_, released), order = asked_together(("one", Urgency.DRAFT), ("other", Urgency.DRAFT), words=200)
    released.urgency = Urgency.NOW
    while rounds.busy:
        rounds.step()
    assert order == ["other", "one"]
    engine.close()


def test_a_first_phrase_comes_before_the_rest_of_other_answers() -> None:
    engine, rounds, readers, _ = asked_together(("one", Urgency.NOW), ("two", Urgency.NOW), parallel=2, words=30)
    while not all(reader.request.given >= FIRST_PIECES for reader in readers):
        rounds.step()
    late = Reader(engine, "late", 30, Urgency.NOW, [])
    rounds.begin(late.request)
    given = sum(reader.request.given for reader in readers)
    while late.request.given < 6:
        rounds.step()
    assert sum(reader.request.given for reader in readers) - given <= 8  # one of them has a part in a step, and none while it reads
    engine.close()


def test_what_is_less_urgent_slows_a_step_down_little() -> None:
    engine, rounds, (now, _), _ = asked_together(("now", Urgency.NOW), ("ahead", Urgency.AHEAD), words=30)
    rounds.step()
    while now.request.given < 8:
        before = engine.context.computed
        rounds.step()
        assert engine.context.computed - before <= 1 + LESS_URGENT_TOKENS
    engine.close()


def test_a_reader_that_is_slow_is_not_written_for() -> None:
    async def work() -> None:
        async with batched() as (worker, engine):
            text = "We eat at seven, and then we go to the train station, because my brother does not know where he lives, and the weather is nice."
            async with aclosing(worker.stream("generate", english(text), (), 200)) as pieces:
                first = await anext(pieces)
                while worker.busy:
                    await worker.call("count", english(text))
                assert engine.context.computed <= len(engine.prompt(english(text))) + 2 * AHEAD_PIECES
                rest = [piece async for piece in pieces]
            assert [first, *rest] == alone(engine, english(text), 200)

    run(work())


def test_whoever_leaves_in_the_middle_of_a_step_of_his_own_stops_it() -> None:
    async def work() -> None:
        async with batched() as (worker, engine):
            stopped = 0
            for number in range(200):
                messages = question(f"{number} is a number. " + "one two three four five six seven eight nine ten " * 8)
                before = engine.context.computed
                task = asyncio.create_task(written(worker, messages, 1))
                while not worker.computing and not task.done():  # noqa: ASYNC110 - the thread tells nobody
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.wait([task])
                await worker.call("count", messages)  # behind the end of it
                stopped += engine.context.computed == before
                if stopped == 3:
                    return
            pytest.fail(f"only {stopped} of 200 steps were stopped")

    run(work())


def test_a_step_for_nobody_in_particular_gives_way_to_somebody_who_waits() -> None:
    async def ahead(worker: Batched, messages: Sequence[Message]) -> None:
        with urgent(lambda: Urgency.AHEAD):
            await read(worker, messages)

    async def work() -> None:
        async with batched() as (worker, engine):
            for number in range(200):
                long = english(f"{number} " + "one two three four five six seven eight nine ten " * 8)
                before, size = engine.context.computed, engine.count(long)
                assert size <= BATCH_TOKENS  # one step
                reading = asyncio.create_task(ahead(worker, long))
                while not worker.computing and not reading.done():  # noqa: ASYNC110 - the thread tells nobody
                    await asyncio.sleep(0)
                await written(worker, english(SAID[number % 4]), 1)
                soon = engine.context.computed - before < size // 2
                await reading
                if soon:
                    return
            pytest.fail("200 times somebody waited for a prompt that nobody had asked for yet")

    run(work())
