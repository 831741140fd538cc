"""Speech during a reply that it may not stop, where it counts: the client has asked that nothing interrupts, and still wants every word."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.audio import LISTEN_RATE_HZ
from assistant.events import Final, ReplyAudio, ReplyDone, ReplyStopped, Written
from assistant.manners import Manners
from assistant.turns import Mode, Policy
from tests.conftest import Run
from tests.flow.stage import Stage

LONG = ["Well, ", "that is ", "a long ", "story. ", "It began ", "in a small ", "town by ", "the sea, ", "many years ", "ago."]
NOISE = 0.15
"""Louder than silence, softer than every word of the script."""

PATIENT = Policy(interrupts=False, listens_on=True)


def texts(stage: Stage, kind: type[Final] | type[Written]) -> list[str]:
    return [event.text for event in stage.of(kind) if isinstance(event, kind)]


def replies(stage: Stage) -> list[str]:
    return [event.text for event in stage.of(ReplyDone) if isinstance(event, ReplyDone)]


def test_an_utterance_during_a_reply_is_written_down_and_answered_after_it(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage({"tell me": LONG, "and why": ["Because."]}, Manners(policy=PATIENT)) as stage:
            await stage.say("tell me")
            await stage.until(Mode.SPEAKING)
            await stage.say("and why")
            await stage.quiet(2)
            assert stage.session.mode is Mode.SPEAKING
            assert texts(stage, Written) == ["and why"]
            await stage.until(Mode.THINKING)
            await stage.until(Mode.LISTENING)
            return stage

    stage = virtual(talk())
    assert stage.of(ReplyStopped) == []
    assert replies(stage) == ["".join(LONG), "Because."]


def test_an_utterance_that_outlasts_the_reply_is_answered(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage({"tell me": ["Once upon a time."]}, Manners(policy=PATIENT)) as stage:
            await stage.say("tell me")
            await stage.until(Mode.SPEAKING)
            await stage.ask("but there is much more that I would like to know about it")
            return stage

    stage = virtual(talk())
    assert stage.of(ReplyStopped) == []
    assert texts(stage, Final) == ["tell me", "but there is much more that I would like to know about it"]
    assert replies(stage) == ["Once upon a time.", "Yes."]


def test_speech_before_the_first_sound_of_a_reply_stops_nothing(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage({"tell me": ["Well."]}, Manners(policy=PATIENT)) as stage:
            stage.model.first_s = 3.0
            await stage.say("tell me")
            await stage.until(Mode.THINKING)
            await stage.say("if you please")
            await stage.quiet(12)
            return stage

    stage = virtual(talk())
    assert stage.of(ReplyStopped) == []
    assert texts(stage, Final) == ["tell me"]
    assert texts(stage, Written) == ["if you please"]
    assert len(replies(stage)) == 2


def test_several_utterances_during_a_reply_get_one_answer(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage({"tell me": LONG * 3}, Manners(policy=PATIENT)) as stage:
            await stage.say("tell me")
            await stage.until(Mode.SPEAKING)
            for text in ("one thing", "and another"):
                await stage.say(text)
                await stage.quiet(2)
            await stage.until(Mode.THINKING)
            await stage.until(Mode.LISTENING)
            await stage.quiet(3)
            return stage

    stage = virtual(talk())
    assert texts(stage, Written) == ["one thing", "and another"]
    assert replies(stage) == ["".join(LONG * 3), "Yes."]


@pytest.mark.parametrize("outlasts", [False, True])
def test_without_answers_every_utterance_is_only_written_down(virtual: Run, *, outlasts: bool) -> None:
    async def talk() -> Stage:
        async with Stage({}, Manners(policy=Policy(interrupts=False, listens_on=True, answers=False))) as stage:
            stage.model.otherwise = LONG
            stage.session.request()
            await stage.until(Mode.SPEAKING)
            await stage.say("a remark " * (12 if outlasts else 1))
            await stage.quiet(2)
            await stage.until(Mode.LISTENING)
            await stage.quiet(2)
            return stage

    stage = virtual(talk())
    assert [text.split()[:2] for text in texts(stage, Written)] == [["a", "remark"]]
    assert len(replies(stage)) == 1


def test_a_noise_during_a_reply_is_not_answered(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage({"tell me": LONG}, Manners(policy=PATIENT)) as stage:
            await stage.say("tell me")
            await stage.until(Mode.SPEAKING)
            await stage.hear(np.full(LISTEN_RATE_HZ, NOISE, np.float32))
            assert stage.session.mode is Mode.SPEAKING
            await stage.until(Mode.LISTENING)
            await stage.quiet(3)
            return stage

    assert replies(virtual(talk())) == ["".join(LONG)]


def test_where_replies_are_not_spoken_the_one_after_a_reply_is_not_either(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage({"tell me": ["Well."]}, Manners(policy=PATIENT, aloud=False)) as stage:
            stage.model.first_s = 3.0
            await stage.say("tell me")
            await stage.until(Mode.THINKING)
            await stage.say("if you please")
            await stage.quiet(12)
            return stage

    stage = virtual(talk())
    assert len(replies(stage)) == 2
    assert stage.of(ReplyAudio) == []
