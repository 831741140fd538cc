"""Answers that are computed in rows beside which nobody's are, or in turn, are the same."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from assistant.engines import Piece
from assistant.urgency import Urgency
from models.llama import LlamaEngine
from models.rounds import Request, Rounds
from models.starter import STARTER, verified
from models.widths import Widths
from tests.engines.batching import SAID, alone, batched, english, run, written

IN_EIGHT_ROWS = Widths([9, 8, 7, 6, 5, 4, 3, 0.5])
IN_TURN = Widths([1, 9, 9, 9, 9, 9, 9, 9])
IN_PAIRS = Widths([5, 2, 9, 9, 9, 9, 9, 9])


@pytest.fixture(scope="module")
def expected() -> list[list[Piece]]:
    engine = LlamaEngine(verified(STARTER.language_model), threads=1, context=512)
    found = [alone(engine, english(text)) for text in SAID]
    engine.close()
    return found


@pytest.mark.parametrize("widths", [IN_EIGHT_ROWS, IN_TURN, IN_PAIRS], ids=["in eight rows", "in turn", "in pairs"])
@pytest.mark.parametrize("parallel", [4, 8])
def test_each_gets_what_it_gets_alone(widths: Widths, parallel: int, expected: list[list[Piece]]) -> None:
    async def work() -> None:
        async with batched(parallel=parallel) as (worker, engine):
            engine.context.widths = widths
            for _ in range(2):  # the second time most of it is there
                async with asyncio.TaskGroup() as group:
                    tasks = [group.create_task(written(worker, english(text))) for text in SAID]
                assert [task.result() for task in tasks] == expected

    run(work())


@pytest.mark.parametrize("widths", [IN_TURN, IN_PAIRS], ids=["in turn", "in pairs"])
def test_those_that_take_turns_come_forward_alike(widths: Widths) -> None:
    engine = LlamaEngine(verified(STARTER.language_model), threads=1, context=512, parallel=4)
    rounds, requests = Rounds(engine.context), list[Request]()
    for text in SAID[:3]:
        begin = partial(engine.requests.generate, english(text), (), 10)
        requests.append(Request(begin, lambda _: None, lambda _: None, lambda: Urgency.NOW))
        rounds.begin(requests[-1])
    while not all(request.given for request in requests):
        rounds.step()
    engine.context.widths = widths
    begun = [request.given for request in requests]
    for _ in range(6):
        rounds.step()
        more = [request.given - before for request, before in zip(requests, begun, strict=True)]
        assert max(more) - min(more) <= 1
    assert sum(more) == 6 * widths.answers(3)
    engine.close()


def test_nobody_s_words_are_given_up_for_rows_that_are_nobody_s(expected: list[list[Piece]]) -> None:
    """The one conversation fills the cells but for one: it goes on, and is not computed again."""
    engine = LlamaEngine(verified(STARTER.language_model), threads=1, context=256, parallel=2)  # 256 cells
    engine.context.widths = Widths([9, 0.5, 0.5, 0.5])
    filled = engine.prompt(english("one " * 400))[:254]
    for _ in engine.compute(filled):
        pass
    for tokens in (filled + filled[-1:], filled + filled[-2:]):
        before = engine.context.computed
        for _ in engine.compute(tokens):
            pass
        assert engine.context.computed == before + 1
    engine.close()
