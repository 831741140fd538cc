"""Whole conversations with scripted engines on virtual time: exact numbers, no waiting."""

from __future__ import annotations

import asyncio
import gc
import itertools
import random
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.engines import Defer, ToolCall
from assistant.errors import EngineError
from assistant.events import (
    Deferred,
    DraftDropped,
    Failed,
    Final,
    Partial,
    ReplyAudio,
    ReplyDone,
    ReplyPhrase,
    ReplyStarted,
    ReplyStopped,
    ReplyToken,
    ToolCalled,
    Written,
)
from assistant.latency import Latency
from assistant.manners import Manners
from assistant.scribe import Scribe
from assistant.turns import Mode, Policy
from tests.conftest import Run
from tests.flow.stage import Stage

LONG = ["Well, ", "that is ", "a long ", "story. ", "It began ", "in a small ", "town by ", "the sea, ", "many years ", "ago."]


def test_a_question_is_answered_and_spoken(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage({"hello there": ["Hello", "!"]}) as stage:
            await stage.quiet(0.5)
            await stage.ask("hello there")
            return stage

    stage = virtual(talk())
    assert stage.of(Final) == [Final(1, "hello there", "en")]
    assert stage.of(ReplyDone) == [ReplyDone(1, "Hello!")]
    assert [phrase.text for phrase in stage.of(ReplyPhrase)] == ["Hello!"]
    assert stage.names()[-1] == "PlaybackDone"


def test_the_answer_is_ready_when_the_endpoint_is_known(virtual: Run) -> None:
    latency = Latency()

    async def talk() -> None:
        async with Stage({"hello there": ["Hello", "!"]}) as stage:
            await stage.say("hello there")
            await stage.until(Mode.SPEAKING)
            for stamped in stage.facts:
                latency(stamped)

    virtual(talk())
    reached = latency.turns[1].reached
    assert 0.39 < reached["endpoint"] < 0.45
    # 0.1 s of silence, 0.05 s pass, 0.1 s reading, 0.1 s first token and 0.04 s voice: then the answer is there, and the end is known
    assert reached["first_audio"] - reached["endpoint"] < 0.005
    assert 0.3 < reached["drafted"] <= reached["endpoint"]


def test_words_appear_while_they_are_spoken_and_committed_words_never_change(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage() as stage:
            await stage.say("one two three four five six seven eight nine ten")
            await stage.quiet(1)
            return stage

    partials = virtual(talk()).of(Partial)
    committed = [partial.committed for partial in partials]
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(committed))
    assert committed[-1].startswith("one two three four five six")
    assert "~" not in committed[-1]


def test_the_first_phrase_is_spoken_while_later_words_are_being_written(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage({"tell me": LONG}) as stage:
            await stage.ask("tell me")
            return stage

    stage = virtual(talk())
    names = stage.names()
    assert names.index("ReplyAudio") < len(names) - 1 - names[::-1].index("ReplyToken")
    assert "".join(token.text for token in stage.of(ReplyToken)) == "".join(LONG)
    assert " ".join(phrase.text for phrase in stage.of(ReplyPhrase)) == "".join(LONG)


def test_going_on_after_a_breath_drops_the_draft_and_answers_the_whole(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage({"what is five": ["Five."], "what is five plus six": ["Eleven."]}) as stage:
            await stage.say("what is five")
            await stage.quiet(0.3)
            await stage.ask("plus six")
            return stage

    stage = virtual(talk())
    assert stage.of(DraftDropped) == [DraftDropped(1)]
    assert stage.of(Final) == [Final(1, "what is five plus six", "en")]
    assert [done.text for done in stage.of(ReplyDone)] == ["Eleven."]


@pytest.mark.parametrize("interrupts", [True, False])
def test_going_on_after_the_endpoint_but_before_the_answer_joins_the_words(virtual: Run, interrupts: bool) -> None:
    async def talk() -> Stage:
        async with Stage({"what is five plus six": ["Eleven."]}, Manners(policy=Policy(interrupts=interrupts))) as stage:
            stage.model.first_s = 3.0
            await stage.say("what is five")
            await stage.quiet(0.8)
            assert stage.session.mode is Mode.THINKING
            await stage.ask("plus six")
            return stage

    stage = virtual(talk())
    assert stage.of(Final)[-1] == Final(2, "what is five plus six", "en")
    assert [done.text for done in stage.of(ReplyDone)] == ["Eleven."]
    assert [message.role for message in stage.model.prompts[-1]] == ["system", "user"]


def test_a_barge_in_stops_the_reply_and_the_history_keeps_what_was_heard(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage({"tell me": LONG, "stop it please now": ["Okay."]}) as stage:
            await stage.say("tell me")
            await stage.until(Mode.SPEAKING)
            await stage.quiet(1.0)
            await stage.ask("stop it please now")
            return stage

    stage = virtual(talk())
    (stopped,) = stage.of(ReplyStopped)
    after = stage.names()[stage.facts.index(next(s for s in stage.facts if s.event is stopped)) :]
    assert "ReplyToken" not in after[: after.index("Final")]
    prompt = stage.model.prompts[-1]
    assert [m.content for m in prompt if m.role == "assistant"] == [f"{stopped.heard.rstrip('.,')}..."]
    assert stopped.heard
    assert "".join(LONG).startswith(stopped.heard)
    assert prompt[-1].content == "stop it please now"


def test_a_backchannel_does_not_stop_the_reply_and_leaves_no_words_behind(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage({"tell me": LONG, "thank you": ["Bye."]}) as stage:
            await stage.say("tell me")
            await stage.until(Mode.SPEAKING)
            await stage.quiet(0.5)
            await stage.hear(stage.vocabulary.say("mhm")[:3500])  # 0.22 s: shorter than what counts as a barge-in
            await stage.until(Mode.LISTENING)
            await stage.ask("thank you")
            return stage

    stage = virtual(talk())
    assert stage.of(ReplyStopped) == []
    assert [final.text for final in stage.of(Final)] == ["tell me", "thank you"]


def test_a_click_is_no_utterance_and_no_part_of_the_next(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage({"hello": ["Hi."]}) as stage:
            await stage.hear(stage.vocabulary.say("click")[:1000])
            await stage.quiet(1)
            await stage.ask("hello")
            return stage

    assert [final.text for final in virtual(talk()).of(Final)] == ["hello"]


def test_a_tool_with_effects_waits_for_the_release(virtual: Run) -> None:
    call = ToolCall("set_timer", {"minutes": 5})

    async def talk() -> Stage:
        async with Stage({"timer": [call], "timer for nothing": ["No."]}) as stage:
            stage.model.complete = lambda text: 0.1 if text == "timer" else 1.0
            await stage.say("timer")
            await stage.quiet(0.35)
            assert stage.toolbox.next_due() is None
            await stage.ask("for nothing")
            assert stage.toolbox.next_due() is None
            await stage.ask("timer")
            await stage.quiet(1)
            assert stage.toolbox.next_due() is not None
            return stage

    assert [called.name for called in virtual(talk()).of(ToolCalled)] == ["set_timer"]


def test_what_the_small_model_passes_on_is_said(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage({"why": [Defer(), "I don't know that one."]}) as stage:
            await stage.ask("why")
            return stage

    stage = virtual(talk())
    assert stage.of(Deferred) == [Deferred(1)]
    assert [done.text for done in stage.of(ReplyDone)] == ["I don't know that one."]


def test_a_failed_turn_is_said_and_the_next_one_works(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage({"bad": [EngineError("The model broke.")], "good": ["Fine."]}) as stage:  # type: ignore[list-item]
            for word in ("bad", "good"):
                await stage.ask(word)
            return stage

    stage = virtual(talk())
    assert [failed.message for failed in stage.of(Failed)] == ["The model broke."]
    assert [done.text for done in stage.of(ReplyDone)] == ["Fine."]


def test_an_utterance_longer_than_the_window_loses_no_word(virtual: Run) -> None:
    words = " ".join(f"w{i}" for i in range(120))  # 36 s without a pause

    async def talk() -> Stage:
        async with Stage() as stage:
            await stage.ask(words)
            return stage

    assert virtual(talk()).of(Final) == [Final(1, words, "en")]


def test_a_text_is_answered_like_speech(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage({"hello": ["Hi."]}) as stage:
            stage.session.send("hello")
            await stage.until(Mode.SPEAKING)
            await stage.until(Mode.LISTENING)
            return stage

    assert [done.text for done in virtual(talk()).of(ReplyDone)] == ["Hi."]


def test_manual_turns_end_at_the_commit(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage({"one two": ["Yes."]}, Manners(policy=Policy(manual=True))) as stage:
            await stage.say("one")
            await stage.quiet(1.5)
            await stage.say("two")
            await stage.quiet(0.05)
            assert stage.of(Written) == []
            stage.session.commit()
            await stage.quiet(1)
            assert stage.of(ReplyStarted) == []
            stage.session.request()
            await stage.until(Mode.LISTENING)
            return stage

    stage = virtual(talk())
    assert [written.text for written in stage.of(Written)] == ["one two"]
    assert stage.of(ReplyDone) == [ReplyDone(2, "Yes.")]


@pytest.mark.parametrize("hangs", ["recognizer", "model", "voice", "speaker", "microphone"])
def test_listening_is_reached_again_whatever_hangs(virtual: Run, hangs: str) -> None:
    async def talk() -> None:
        async with Stage({"tell me": LONG}) as stage:
            match hangs:
                case "recognizer":
                    stage.recognizer.pass_s = 1e6
                case "model":
                    stage.model.first_s = 1e6
                case "voice":
                    stage.voice.first_s = 1e6
                case "speaker":
                    stage.plays = False
            await stage.say("tell me")
            if hangs != "microphone":
                await stage.quiet(0.6)
            await asyncio.sleep(120)  # no audio comes: only timers can end this
            assert stage.session.mode is Mode.LISTENING

    virtual(talk())


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32))
def test_listening_is_reached_from_any_conversation(seed: int) -> None:
    """Random speech, silence, texts, interruptions and slow or failing engines, then quiet: the session rests, nothing is left."""
    from tests.conftest import on_virtual_time

    rng = random.Random(seed)

    async def talk() -> Stage:
        manners = Manners(policy=Policy(interrupts=rng.random() < 0.7, drafts=rng.random() < 0.7))
        answers: dict[str, Any] = {"boom": ["Well, ", EngineError("It broke.")]}
        async with Stage(answers, manners, plays=rng.random() < 0.8) as stage:
            stage.model.first_s, stage.recognizer.pass_s = rng.choice([0.0, 0.1, 2.0]), rng.choice([0.0, 0.05, 1.0])
            for _ in range(rng.randint(1, 12)):
                match rng.randrange(7):
                    case 0 | 1:
                        await stage.say(rng.choice(["tell me", "boom", "one two three", "yes"]))
                    case 2 | 3:
                        await stage.quiet(rng.choice([0.1, 0.25, 0.5, 1.5]))
                    case 4:
                        await stage.hear(stage.vocabulary.say("blip")[: rng.randint(100, 4000)])
                    case 5:
                        stage.session.send(rng.choice(["hello", "boom"]))
                    case 6:
                        stage.session.interrupt()
            await asyncio.sleep(150)
            assert stage.session.mode is Mode.LISTENING
            return stage

    stage = on_virtual_time(talk())
    stopped: set[int] = set()
    for stamped in stage.facts:
        event = stamped.event
        if isinstance(event, ReplyToken | ReplyAudio | ReplyPhrase | ReplyDone):
            assert event.turn not in stopped
        if isinstance(event, ReplyStopped):
            stopped.add(event.turn)


def test_a_conversation_of_half_a_minute_takes_no_time(virtual: Run) -> None:
    async def talk() -> float:
        async with Stage({"tell me": LONG}) as stage:
            for _ in range(5):
                await stage.ask("tell me")
            return asyncio.get_running_loop().time()

    began_s = time.perf_counter()
    virtual_s = virtual(talk())
    assert virtual_s > 20
    assert time.perf_counter() - began_s < virtual_s / 4


def test_a_timer_that_is_up_is_announced_when_nobody_speaks(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage({"timer": [ToolCall("set_timer", {"seconds": 2})], "tell me": LONG}) as stage:
            for word in ("timer", "tell me"):
                await stage.say(word)
                await stage.quiet(1)
            await stage.quiet(15)
            return stage

    stage = virtual(talk())
    assert [done.text for done in stage.of(ReplyDone)] == ["Timer set for 2 seconds.", "".join(LONG), "Your 2 second timer is up."]


def test_what_was_heard_is_gone_when_its_turn_is_over(virtual: Run) -> None:
    """Without the collector: an hour of talk must not wait for it with its audio."""

    async def talk() -> list[Scribe]:
        async with Stage({"hello there": ["Hello", "!"]}) as stage:
            for _ in range(4):
                await stage.ask("hello there")
            return [found for found in gc.get_objects() if type(found) is Scribe]

    gc.collect()
    gc.disable()
    try:
        assert len(virtual(talk())) == 2  # the last turn's, and the one that listens
    finally:
        gc.enable()
