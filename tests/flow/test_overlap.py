"""Speech into replies: what stops them, what does not, and that nobody stays silent or ducked."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.audio import CHUNK_S
from assistant.errors import EngineError
from assistant.events import (
    Event,
    Final,
    Judged,
    PlaybackDone,
    ReplyDone,
    ReplyStopped,
    SpeechStarted,
    Stamped,
)
from assistant.manners import Manners
from assistant.turns import Mode, Policy
from clients.cli.mouth import DUCKED, Mouth
from tests.conftest import Run, on_virtual_time
from tests.flow.stage import Stage

LONG = ["Well, ", "that is ", "a long ", "story. ", "It began ", "in a small ", "town by ", "the sea, ", "many years ", "ago."]
REPLYING = (Mode.SPEAKING, Mode.OVERLAP)
SHORT = ["Well, that is it."]


async def into_reply(said: str, *, quiet_s: float = 3.0, pass_s: float = 0.05, answer: list[Any] = LONG, after_s: float = 1.0) -> Stage:
    """Say something into a reply, then hear silence."""
    async with Stage({"tell me": answer}) as stage:
        await stage.say("tell me")
        await stage.until(Mode.SPEAKING)
        stage.recognizer.pass_s = pass_s
        await stage.quiet(after_s)
        await stage.say(said)
        await stage.quiet(quiet_s)
        await stage.until(Mode.LISTENING)
        await stage.ask("and now")
        return stage


def verdicts(stage: Stage) -> list[str]:
    return [event.verdict for event in stage.of(Judged) if isinstance(event, Judged)]


def finals(stage: Stage) -> list[str]:
    return [final.text for final in stage.of(Final) if isinstance(final, Final)]


def when(stage: Stage, kind: type[Event], number: int = -1) -> float:
    return [stamped.at_s for stamped in stage.facts if isinstance(stamped.event, kind)][number]


def test_a_backchannel_lets_the_reply_go_on_and_is_forgotten(virtual: Run) -> None:
    stage = virtual(into_reply("mhm yeah"))
    assert verdicts(stage) == ["backchannel"]
    assert stage.of(ReplyStopped) == []
    assert finals(stage) == ["tell me", "and now"]


def test_a_command_stops_the_reply_within_its_first_third_of_a_second(virtual: Run) -> None:
    stage = virtual(into_reply("stop", pass_s=0.02))
    assert verdicts(stage) == ["barge-in"]
    assert when(stage, Judged) - when(stage, SpeechStarted, 1) < 0.3
    assert when(stage, ReplyStopped) == when(stage, Judged)
    assert finals(stage) == ["tell me", "stop", "and now"]


def test_what_begins_like_a_backchannel_is_heard_from_its_beginning(virtual: Run) -> None:
    stage = virtual(into_reply("yeah yeah yeah but not today"))
    assert verdicts(stage) == ["backchannel", "barge-in"]
    assert when(stage, Judged, 0) - when(stage, SpeechStarted, 1) <= 0.3
    assert finals(stage) == ["tell me", "yeah yeah yeah but not today", "and now"]


@pytest.mark.parametrize("pass_s", [0.3, 0.5, 0.9])
def test_words_that_come_after_the_speech_was_over_still_stop_the_reply(virtual: Run, pass_s: float) -> None:
    stage = virtual(into_reply("stop", pass_s=pass_s))
    assert verdicts(stage) == ["backchannel", "barge-in"]
    assert finals(stage) == ["tell me", "stop", "and now"]
    assert len(stage.of(ReplyDone)) == 3


def test_speech_that_goes_on_stops_the_reply_though_no_word_is_understood(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage({"tell me": LONG}) as stage:
            await stage.say("tell me")
            await stage.until(Mode.SPEAKING)
            stage.recognizer.failing = True
            await stage.quiet(1)
            await stage.say("one two three four five six")
            await stage.quiet(3)
            await stage.until(Mode.LISTENING)
            stage.recognizer.failing = False
            await stage.ask("and now")
            return stage

    stage = virtual(talk())
    assert verdicts(stage) == ["backchannel", "barge-in"]
    assert finals(stage) == ["tell me", "and now"]


def test_backchannels_do_not_add_up(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage({"tell me": LONG * 3}) as stage:
            await stage.say("tell me")
            await stage.until(Mode.SPEAKING)
            for _ in range(8):
                await stage.say("mhm")
                await stage.quiet(0.8)
            await stage.until(Mode.LISTENING)
            return stage

    stage = virtual(talk())
    assert verdicts(stage) == ["backchannel"] * 8
    assert stage.of(ReplyStopped) == []


def test_what_outlasts_the_reply_is_answered(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage({"shall i": SHORT}) as stage:
            await stage.say("shall i")
            await stage.until(Mode.SPEAKING)
            await stage.quiet(0.65)  # 0.2 s before the end of 0.85 s
            await stage.ask("yes")
            return stage

    stage = virtual(talk())
    assert verdicts(stage)[-1] == "barge-in"
    assert finals(stage) == ["shall i", "yes"]


def test_a_backchannel_costs_the_reply_no_model(virtual: Run) -> None:
    async def talk() -> list[str]:
        async with Stage({"tell me": LONG}) as stage:
            await stage.say("tell me")
            await stage.until(Mode.SPEAKING)
            before = len(stage.model.anticipated)
            await stage.say("mhm yeah")
            await stage.quiet(1)
            assert stage.session.mode is Mode.SPEAKING
            return stage.model.anticipated[before:]

    assert virtual(talk()) == []


def test_a_button_during_an_overlap_ends_its_judgement(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage({"tell me": LONG}) as stage:
            await stage.say("tell me")
            await stage.until(Mode.SPEAKING)
            await stage.say("w")
            stage.session.interrupt()
            await stage.say("x y z")
            await stage.quiet(2)
            assert stage.session.mode is Mode.LISTENING
            await stage.ask("and now")
            return stage

    stage = virtual(talk())
    assert finals(stage) == ["tell me", "and now"]


class Speaker:
    """What a mouth needs of a speaker."""

    level = 1.0
    sounding = True

    def play(self, *_: object) -> None: ...

    def finish(self) -> None: ...

    def clear(self) -> None: ...


class Heard(Stage):
    """A stage whose replies are also played by the mouth of `parley talk`."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.speaker, self._mouth = Speaker(), Mouth()
        self._mouth.use(self.speaker)  # type: ignore[arg-type]

    def _play(self, stamped: Stamped) -> None:
        self.speaker.sounding = self._speaker_free_s > stamped.at_s
        self._mouth(stamped)
        super()._play(stamped)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32))
def test_no_noise_leaves_anybody_silent_or_ducked(seed: int) -> None:
    """Random bursts, words, texts and slow or failing engines during replies: every reply is spoken to its end or stopped by somebody."""
    rng = random.Random(seed)
    ducked_s = [0.0]

    async def talk() -> Heard:
        manners = Manners(policy=Policy(drafts=rng.random() < 0.7))
        failing: list[Any] = ["Well, ", "that is all. ", EngineError("It broke.")]
        async with Heard({"tell me": LONG, "boom": failing}, manners) as stage:
            speaker = stage.speaker
            stage.recognizer.pass_s = rng.choice([0.0, 0.03, 0.4, 1.2])
            for _ in range(rng.randint(1, 4)):
                await stage.say(rng.choice(["tell me", "tell me", "boom"]))
                await stage.quiet(rng.choice([0.6, 1.0]))
                for _ in range(rng.randint(1, 6)):
                    match rng.randrange(6):
                        case 0 | 1:
                            await stage.say(rng.choice(["mhm", "stop", "yeah right", "one two three four five", "hm"]))
                        case 2:
                            await stage.hear(stage.vocabulary.say("blip")[: rng.randint(100, 4500)])
                        case 3:
                            stage.recognizer.failing = rng.random() < 0.3
                        case 4:
                            stage.session.send("tell me")
                        case 5:
                            await asyncio.sleep(rng.choice([0.0, 0.7]))  # the microphone is silent, not even silence comes
                    longest = 0.0
                    for _ in range(round(rng.choice([0.1, 0.35, 0.6, 1.5]) / CHUNK_S)):
                        await stage.quiet(CHUNK_S)
                        longest = longest + CHUNK_S if speaker.level == DUCKED and stage.session.mode in REPLYING else 0.0
                        ducked_s.append(longest)
            await asyncio.sleep(150)
            assert stage.session.mode is Mode.LISTENING
            return stage

    stage = on_virtual_time(talk())
    assert max(ducked_s) < 0.5
    events = [stamped.event for stamped in stage.facts]
    assert stage.speaker.level == 1.0
    ended = {event.turn for event in events if type(event).__name__ in ("ReplyStopped", "ReplyDone", "Failed")}
    assert ended >= {event.turn for event in events if type(event).__name__ == "ReplyAudio"}
    for event in events:
        if isinstance(event, Judged) and event.verdict != "barge-in":
            stopped = [other for other in events if isinstance(other, ReplyStopped) and other.turn == event.turn]
            done = [other for other in events if isinstance(other, PlaybackDone) and other.turn == event.turn]
            assert done or stopped or any(type(other).__name__ == "Failed" and other.turn == event.turn for other in events)
