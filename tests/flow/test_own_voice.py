"""A session that hears its own reply from the speaker, and somebody who speaks into it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.audio import Samples
from assistant.events import Final, ReplyStopped, SpeechStarted
from assistant.manners import Manners
from assistant.turns import Mode
from models.scripted import ScriptedDetector
from tests.conftest import Run
from tests.flow.stage import Stage

LONG = ["Well, ", "that is ", "a long ", "story. ", "It began ", "in a small ", "town by ", "the sea, ", "many years ", "ago."]


def spoken_into(virtual: Run, words: str, *, hears_itself: bool) -> Stage:
    async def talk() -> Stage:
        async with Stage({"tell me": LONG}, Manners(hears_itself=hears_itself)) as stage:
            await stage.say("tell me")
            await stage.until(Mode.SPEAKING)
            await stage.quiet(0.5)
            await stage.say(words)
            await stage.quiet(1)
            await stage.until(Mode.LISTENING)
            return stage

    return virtual(talk())


def test_a_reply_that_hears_itself_goes_on(virtual: Run) -> None:
    stage = spoken_into(virtual, "Well, that is a long story.", hears_itself=True)
    assert stage.of(ReplyStopped) == []
    assert [final.text for final in stage.of(Final) if isinstance(final, Final)] == ["tell me"]


@pytest.mark.parametrize("hears_itself", [True, False])
def test_somebody_else_stops_it(virtual: Run, hears_itself: bool) -> None:
    stage = spoken_into(virtual, "stop it please now I mean it really", hears_itself=hears_itself)
    assert len(stage.of(ReplyStopped)) == 1


class Unsure(ScriptedDetector):
    """Of the second utterance, less sure than of the first."""

    def __init__(self) -> None:
        self.most = 1.0

    def probability(self, chunk: Samples) -> float:
        return min(self.most, super().probability(chunk))


@pytest.mark.parametrize("hears_itself", [True, False])
def test_what_an_echo_canceller_left_of_a_voice_is_noticed(virtual: Run, hears_itself: bool) -> None:
    detector = Unsure()

    async def talk() -> Stage:
        stage = Stage({"tell me": LONG}, Manners(hears_itself=hears_itself))
        stage.engines = replace(stage.engines, detector=lambda: detector)
        async with stage:
            await stage.say("tell me")
            await stage.until(Mode.SPEAKING)
            detector.most = 0.4
            await stage.quiet(0.5)
            await stage.say("stop it please now I mean it really")
            await stage.until(Mode.LISTENING)
            return stage

    stage = virtual(talk())
    assert len(stage.of(SpeechStarted)) == (2 if hears_itself else 1)


def test_where_nothing_hears_itself_the_same_words_are_somebodys(virtual: Run) -> None:
    assert len(spoken_into(virtual, "Well, that is a long story.", hears_itself=False).of(ReplyStopped)) == 1
