"""Parley's own events about a reply: who asks for them gets them, in their place; nobody else does."""

from __future__ import annotations

import asyncio

from assistant.events import Degraded, Restored
from assistant.manners import Manners
from server.realtime.behaviour import manners_of
from server.realtime.config import SessionConfig
from tests.server.realtime.stage import Stage, play

ANSWER = {"Count.": ("One. ", "Then comes two, ", "and three.")}


async def count(stage: Stage) -> None:
    await stage.write("Count.")
    await stage.send("response.create")
    await asyncio.sleep(10)


def test_phrases_stand_before_their_sound() -> None:
    async def work(stage: Stage) -> None:
        await stage.send("session.update", session={"x": {"events": ["x.phrase"]}})
        await count(stage)

    stage = play(work, ANSWER)
    told = [event["type"] for event in stage.events if event["type"] in ("x.phrase", "response.output_audio.delta")]
    assert told[0] == "x.phrase"
    assert told[-1] == "response.output_audio.delta"
    phrases = stage.of("x.phrase")
    assert " ".join(event["text"] for event in phrases) == "One. Then comes two, and three."
    assert len(phrases) > 1
    assert {event["response_id"] for event in phrases} == {stage.done["id"]}


def test_a_written_reply_has_no_phrases() -> None:
    async def work(stage: Stage) -> None:
        await stage.send("session.update", session={"output_modalities": ["text"], "x": {"events": ["x.phrase"]}})
        await count(stage)

    assert play(work, ANSWER).of("x.phrase") == []


def test_what_was_given_up_and_is_back() -> None:
    async def work(stage: Stage) -> None:
        await stage.send("session.update", session={"x": {"events": ["x.degraded", "x.restored"]}})
        for fact in (Degraded(0, "partials", "late"), Restored(0, "partials")):
            stage.dialogue._session.emit(fact)
        await asyncio.sleep(1)

    stage = play(work)
    assert [(event["what"], event["why"]) for event in stage.of("x.degraded")] == [("partials", "late")]
    assert [event["what"] for event in stage.of("x.restored")] == ["partials"]


def test_nobody_else_is_told() -> None:
    async def work(stage: Stage) -> None:
        await count(stage)
        stage.dialogue._session.emit(Restored(0, "partials"))
        await asyncio.sleep(1)

    assert [kind for kind in play(work, ANSWER).types if kind.startswith("x.")] == []


def test_a_microphone_that_hears_the_speaker() -> None:
    async def work(stage: Stage) -> None:
        await stage.send("session.update", session={"x": {"hears_itself": True}})
        await stage.send("session.update", session={"x": {"hears_itself": "perhaps"}})
        await stage.send("session.update", session={"x": {"hears_itself": False}})

    stage = play(work)
    assert [event["session"].get("x") for event in stage.of("session.updated")] == [{"hears_itself": True}, None]
    assert stage.error["param"] == "session.x.hears_itself"
    for hears_itself in (True, False):
        config = SessionConfig().merged({"x": {"hears_itself": hears_itself}})
        assert manners_of(config, Manners(), ("en",)).hears_itself == hears_itself
