"""Replies stopped in the middle: what the next prompt shows, and what is repeated, are exactly the words that were played."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from assistant.engines import Piece, ToolCall
from assistant.events import PlaybackStarted, ReplyDone, ReplyStopped
from assistant.turns import Mode
from tests.conftest import Run
from tests.flow.stage import Stage

STORY = ["It began ", "in a small ", "town. ", "By the ", "sea."]


async def stopped_after(stage: Stage, seconds: float, *, then: str) -> None:
    """Ask for the story, stop it with the button so long after its first sample was heard, and ask something else."""
    await stage.say("tell me")
    await stage.until(Mode.SPEAKING)
    started_s = next(stamped.at_s for stamped in stage.facts if isinstance(stamped.event, PlaybackStarted))
    await asyncio.sleep(started_s + seconds - asyncio.get_running_loop().time())
    stage.session.interrupt()
    await stage.ask(then)


def prompt(stage: Stage) -> list[str]:
    return [f"{message.role}: {message.content}" for message in stage.model.prompts[-1][1:]]


@pytest.mark.parametrize(
    ("seconds", "heard", "remembered"),  # 50 ms a character: "town." is 1.0 s to 1.25 s, and "By" begins the next phrase there
    [
        (0.04, "", None),
        (0.06, "It", "It..."),
        (0.44, "It began", "It began..."),
        (0.56, "It began in", "It began in..."),
        (1.11, "It began in a small", "It began in a small..."),
        (1.24, "It began in a small town.", "It began in a small town..."),
        (1.29, "It began in a small town.", "It began in a small town..."),
        (1.31, "It began in a small town. By", "It began in a small town. By..."),
        (1.73, "It began in a small town. By the sea.", "It began in a small town. By the sea."),
    ],
)
def test_the_next_prompt_shows_exactly_the_words_played(virtual: Run, seconds: float, heard: str, remembered: str | None) -> None:
    async def talk() -> Stage:
        async with Stage({"tell me": STORY}) as stage:
            await stopped_after(stage, seconds, then="what now")
            return stage

    stage = virtual(talk())
    assert stage.of(ReplyStopped) == [ReplyStopped(1, heard)]
    told = ["user: tell me", f"assistant: {remembered}"] if remembered else []
    assert prompt(stage) == [*told, "user: what now"]


def test_a_speaker_that_fell_silent_before_anybody_noticed(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage({"tell me": STORY}) as stage:
            await stage.say("tell me")
            await stage.until(Mode.SPEAKING)
            started_s = next(stamped.at_s for stamped in stage.facts if isinstance(stamped.event, PlaybackStarted))
            await asyncio.sleep(started_s + 1.5 - asyncio.get_running_loop().time())
            stage.session.interrupt(started_s + 0.56)
            return stage

    assert virtual(talk()).of(ReplyStopped) == [ReplyStopped(1, "It began in")]


def test_a_reply_that_was_still_being_written(virtual: Run) -> None:
    async def talk() -> Stage:
        async with Stage({"tell me": STORY}) as stage:
            stage.model.token_s = 0.6
            await stopped_after(stage, 1.11, then="what now")
            return stage

    stage = virtual(talk())
    assert [done.turn for done in stage.of(ReplyDone)] == [2]
    assert prompt(stage) == ["user: tell me", "assistant: It began in a small...", "user: what now"]


@pytest.mark.parametrize(
    ("token_s", "repeated"),
    [(0.02, "It began in a small town. By the sea."), (0.6, "It began in a small")],
    ids=["the whole reply, once it was written", "what was heard of one that was never finished"],
)
def test_repeat_says_all_there_is(virtual: Run, token_s: float, repeated: str) -> None:
    async def talk() -> Stage:
        answers: dict[str, Sequence[Piece]] = {"tell me": STORY, "say that again": [ToolCall("repeat")]}
        async with Stage(answers) as stage:
            stage.model.token_s = token_s
            await stopped_after(stage, 1.11, then="say that again")
            return stage

    assert virtual(talk()).of(ReplyDone)[-1].text == repeated
