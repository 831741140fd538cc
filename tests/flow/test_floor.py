"""Who has the floor when people do not wait: overlaps, breaths, announcements, and what the history keeps of it."""

from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.engines import ToolCall
from assistant.errors import EngineError, PromptTooLong
from assistant.events import AnnouncementDue, Failed, Final, ReplyDone, ReplyStopped
from assistant.manners import Manners
from assistant.turns import Mode, Policy
from tests.conftest import NOON, Run, on_virtual_time
from tests.flow.stage import Stage

LONG = ["Well, ", "that is ", "a long ", "story. ", "It began ", "in a small ", "town by ", "the sea, ", "many years ", "ago."]


def finals(stage: Stage) -> list[str]:
    return [final.text for final in stage.of(Final) if isinstance(final, Final)]


def prompt(stage: Stage) -> list[str]:
    return [f"{message.role}: {message.content}" for message in stage.model.prompts[-1][1:]]


@pytest.mark.parametrize("quiet_s", [0.8, 0.85, 0.88, 0.9, 0.92, 0.94, 0.96, 1.0])
def test_speech_that_begins_just_before_the_answer_sounds_stops_it(virtual: Run, quiet_s: float) -> None:
    async def talk() -> Stage:
        async with Stage({"tell me": LONG}) as stage:
            stage.model.first_s = 0.8
            await stage.say("tell me")
            await stage.quiet(quiet_s)
            await stage.ask("stop it please now I mean it really")
            return stage

    stage = virtual(talk())
    assert len(stage.of(ReplyStopped)) == 1
    assert finals(stage)[-1].endswith("stop it please now I mean it really")


def test_speech_while_nobody_listens_is_no_part_of_the_next_utterance(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage({"tell me": LONG}, Manners(policy=Policy(interrupts=False))) as stage:
            await stage.say("tell me")
            await stage.until(Mode.SPEAKING)
            await stage.say("ignored words")
            await stage.until(Mode.LISTENING)
            await stage.quiet(1)
            await stage.ask("what time is it")
            return stage

    assert finals(virtual(talk())) == ["tell me", "what time is it"]


def test_going_on_while_the_first_half_is_still_being_recognised_keeps_it(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage() as stage:
            stage.recognizer.pass_s = 1.0
            await stage.say("what is five")
            await stage.quiet(0.8)
            assert stage.session.mode is Mode.THINKING
            await stage.ask("plus six")
            return stage

    assert finals(virtual(talk()))[-1] == "what is five plus six"


def test_an_interrupted_utterance_is_no_part_of_the_next_even_if_a_text_waits(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage() as stage:
            await stage.say("forget these words")
            stage.session.send("typed")
            stage.session.interrupt()
            await stage.until(Mode.LISTENING)
            await stage.quiet(2)
            await stage.ask("new question")
            return stage

    assert finals(virtual(talk())) == ["typed", "new question"]


def test_a_typed_question_is_not_put_before_spoken_words(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage() as stage:
            stage.model.first_s = 2
            stage.session.send("typed question")
            await stage.quiet(0.3)
            await stage.ask("spoken one")
            return stage

    assert finals(virtual(talk()))[-1] == "spoken one"


async def _with_timer(stage: Stage, seconds: float) -> None:
    """Set a timer, then wait until just before it is up."""
    await stage.ask("timer")
    due = stage.toolbox.next_due()
    assert due is not None
    await stage.quiet((due - NOON).total_seconds() - asyncio.get_running_loop().time() - seconds)


def test_an_announcement_that_nobody_heard_is_made_later(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage({"timer": [ToolCall("set_timer", {"seconds": 4})]}) as stage:
            await _with_timer(stage, 0.1)
            await stage.ask("hello there")
            await stage.quiet(10)
            return stage

    done = [event.text for event in virtual(talk()).of(ReplyDone) if isinstance(event, ReplyDone)]
    assert done[-1] == "Your 4 second timer is up."


def test_a_stopped_announcement_leaves_the_history_as_it_was(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage({"hello": ["Hi", " there."], "timer": [ToolCall("set_timer", {"seconds": 8})]}) as stage:
            await stage.ask("timer")
            await stage.ask("hello")
            while not stage.of(AnnouncementDue) or stage.session.mode is not Mode.SPEAKING:
                await stage.quiet(0.032)
            await stage.quiet(0.1)
            await stage.ask("be quiet please now")
            return stage

    assert prompt(virtual(talk())) == [
        "user: timer", "assistant: Timer set for 8 seconds.", "user: hello", "assistant: Hi there.", "user: be quiet please now",
    ]  # fmt: skip


def test_what_was_played_of_a_reply_that_failed_is_remembered(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage({"tell me": ["Well that is it. ", "And ", EngineError("It broke.")]}) as stage:  # type: ignore[list-item]
            await stage.ask("tell me")
            await stage.quiet(2)
            await stage.ask("go on")
            return stage

    stage = virtual(talk())
    assert len(stage.of(Failed)) == 1
    assert prompt(stage) == ["user: tell me", "assistant: Well that is it.", "user: go on"]


def test_a_conversation_that_no_longer_fits_forgets_its_beginning(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage() as stage:

            def answer(_: str) -> list[str]:
                if len(stage.model.prompts[-1]) > 6:
                    raise PromptTooLong("Too long.")
                return ["Yes."]

            stage.model.answer = answer
            stage.model.memory_turns = 100
            for number in range(12):
                await stage.ask(f"question {number}")
            return stage

    stage = virtual(talk())
    assert stage.of(Failed) == []
    assert len(stage.of(ReplyDone)) == 12


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 2**32))
def test_every_spoken_word_is_heard_once_and_in_order(seed: int) -> None:
    """Whatever the pauses and however slow the engines are; speech that was joined repeats what came before it."""
    rng, said = random.Random(seed), []

    async def talk() -> Stage:
        async with Stage(manners=Manners(policy=Policy(drafts=rng.random() < 0.7))) as stage:
            stage.model.first_s, stage.recognizer.pass_s = rng.choice([0.05, 0.3, 2.0]), rng.choice([0.01, 0.1, 0.7])
            for number in range(rng.randint(1, 6)):
                words = [f"w{number}x{i}" for i in range(rng.randint(2, 30))]
                said.extend(words)
                await stage.say(" ".join(words))
                await stage.quiet(rng.choice([0.1, 0.25, 0.45, 0.9, 3.0]))
            await stage.quiet(8)
            return stage

    stage = on_virtual_time(talk())
    heard: list[str] = []
    for text in finals(stage):
        words = text.split()
        joined = next((n for n in range(len(heard) + 1) if words[: len(heard) - n] == heard[n:]), len(heard))
        heard = heard[:joined] + words
    assert heard == said


def test_rests_only_while_nobody_speaks_and_nobody_is_answered(virtual: Run) -> None:
    async def talk() -> None:
        async with Stage({"tell me": LONG}) as stage:
            await stage.quiet(0.5)
            assert stage.session.at_rest
            saying = asyncio.create_task(stage.say("tell me"))
            await asyncio.sleep(0.3)
            assert not stage.session.at_rest
            await saying
            for mode in (Mode.DRAFTING, Mode.SPEAKING):
                await stage.until(mode)
                assert not stage.session.at_rest
            await stage.until(Mode.LISTENING)
            await stage.quiet(0.5)
            assert stage.session.at_rest

    virtual(talk())
