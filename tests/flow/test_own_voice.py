"""A session that hears its own reply from the speaker, and somebody who speaks into it."""

from __future__ import annotations

import pytest

from assistant.events import Final, ReplyStopped
from assistant.manners import Manners
from assistant.turns import Mode
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


def test_where_nothing_hears_itself_the_same_words_are_somebodys(virtual: Run) -> None:
    assert len(spoken_into(virtual, "Well, that is a long story.", hears_itself=False).of(ReplyStopped)) == 1
