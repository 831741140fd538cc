"""When an utterance is over: by how complete it sounds, by what is ready, and by deadlines if nothing is known."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from assistant.engines import ToolCall
from assistant.events import EndExpected, Final, ReplyDone, SpeechEnded, SpeechResumed
from assistant.latency import Latency
from assistant.manners import Manners
from assistant.patience import Waits
from assistant.turns import Policy
from tests.conftest import Run
from tests.flow.stage import Stage

WAITS = Waits()

ASKED = "please set the timer now"


def delay_s(stage: Stage) -> float:
    """Return how long after its speech the last utterance was ended, in audio."""
    ended = stage.of(SpeechEnded)[-1]
    assert isinstance(ended, SpeechEnded)
    return ended.heard_s - ended.at_s


def asked(virtual: Run, complete: Callable[[str], float], manners: Manners | None = None, answer: list[object] | None = None) -> Stage:
    async def talk() -> Stage:
        async with Stage({ASKED: answer or ["Yes."]}, manners or Manners()) as stage:  # type: ignore[dict-item]
            stage.model.complete, stage.model.first_s = complete, 0.02
            await stage.ask(ASKED)
            await stage.quiet(1.5)
            return stage

    return virtual(talk())


def test_what_sounds_complete_ends_as_soon_as_its_answer_is_ready(virtual: Run) -> None:
    stage = asked(virtual, lambda _: 0.99)
    latency = Latency()
    for fact in stage.facts:
        latency(fact)
    reached = latency.turns[1].reached
    assert reached["paused"] < reached["drafted"] == reached["endpoint"] == reached["first_audio"] < WAITS.unknown_s
    saved_s = latency.turns[1].saved_s
    assert saved_s is not None
    assert saved_s > 0


def test_what_sounds_incomplete_is_given_time(virtual: Run) -> None:
    assert delay_s(asked(virtual, lambda _: 0.01)) == pytest.approx(WAITS.most_s, abs=0.04)


def test_an_end_waits_for_an_answer_only_so_long(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage() as stage:
            stage.model.complete, stage.model.first_s = lambda _: 0.99, 0.02
            stage.voice.first_s = 2.0
            await stage.ask("hello")
            return stage

    assert delay_s(virtual(talk())) == pytest.approx(WAITS.unready_s, abs=0.04)


def test_an_answer_that_must_wait_for_the_end_is_ready(virtual: Run) -> None:
    assert delay_s(asked(virtual, lambda _: 0.99, answer=[ToolCall("set_timer", {"seconds": 60})])) < WAITS.unknown_s - 0.1


def test_without_drafts_it_ends_when_it_sounds_complete(virtual: Run) -> None:
    assert delay_s(asked(virtual, lambda _: 0.99, Manners(policy=Policy(drafts=False)))) == pytest.approx(WAITS.least_s, abs=0.04)


@pytest.mark.parametrize("policy", [Policy(anticipates=False), Policy()])
def test_a_model_that_says_nothing_in_time_leaves_it_to_the_silence(virtual: Run, policy: Policy) -> None:
    async def talk() -> Stage:
        async with Stage(manners=Manners(policy=policy)) as stage:
            stage.model.first_s = 30
            await stage.say("hello there")
            await stage.quiet(1.5)
            return stage

    stage = virtual(talk())
    assert stage.of(EndExpected) == []
    assert delay_s(stage) == pytest.approx(WAITS.unready_s, abs=0.04)


def test_a_breath_where_more_must_come_does_not_cut(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage() as stage:
            stage.model.complete = lambda text: 0.98 if text.endswith("minutes") else 0.02
            stage.model.first_s = 0.02
            await stage.say("set a timer for")
            await stage.quiet(0.8)
            await stage.ask("five minutes")
            return stage

    stage = virtual(talk())
    assert len(stage.of(SpeechResumed)) == 1
    assert [final.text for final in stage.of(Final) if isinstance(final, Final)] == ["set a timer for five minutes"]


def test_the_model_reads_along_and_its_last_text_is_the_final(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage() as stage:
            stage.model.first_s = 0.02
            await stage.ask("one two three four five six")
            return stage

    stage = virtual(talk())
    first, *texts = stage.model.anticipated
    assert first == ""
    assert texts[-1] == "one two three four five six"
    assert len(texts) >= 3


def test_texts_that_come_faster_than_the_model_reads_are_skipped(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage() as stage:
            stage.model.first_s = 0.9
            await stage.say("one two three four five six seven eight nine ten")
            await stage.quiet(5)
            return stage

    stage = virtual(talk())
    assert len(stage.model.anticipated) <= 5
    assert len(stage.of(ReplyDone)) == 1


def test_leaving_ends_the_reading(virtual: Run) -> None:
    async def talk() -> None:
        async with Stage() as stage:
            stage.model.first_s = 60
            await stage.say("one two three")
        assert {task.get_name() for task in asyncio.all_tasks()} <= {task.get_name() for task in (asyncio.current_task(),) if task}

    virtual(talk())


def test_the_model_is_not_asked_to_read_while_it_answers(virtual: Run) -> None:
    async def talk() -> list[str]:
        async with Stage({"one two three four five six": ["A ", "long ", "answer ", "it ", "is."]}) as stage:
            order: list[str] = []
            anticipate, answer = stage.model.anticipate, stage.model.answer

            async def noted(messages: object, *, tools: object = ()) -> float:
                order.append("reads")
                return await anticipate(messages, tools=tools)  # type: ignore[arg-type]

            def noted_answer(text: str) -> object:
                order.append("answers")
                return answer(text)

            stage.model.anticipate, stage.model.answer = noted, noted_answer  # type: ignore[assignment, method-assign]
            stage.model.first_s = 0.35  # slow enough for the reading to lag behind the passes
            await stage.ask("one two three four five six")
            return order

    order = virtual(talk())
    assert order[-1] == "answers"
    assert order.count("answers") == 1
