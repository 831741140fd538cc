"""What is said in a room, and who is told of it: scripted engines, virtual time."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import numpy as np

from assistant.audio import LISTEN_RATE_HZ, silence
from assistant.errors import EngineError
from server.entrance import Limits
from server.rooms.live import QUIET_S
from server.rooms.pacing import EVERY_S
from tests.server.rooms.stage import Stage, play, translated

HELLO = "good morning to you"


def said(text: str) -> str:
    return "".join(translated(text)).strip()


def test_a_line_is_read_by_each_in_his_own_language() -> None:
    async def work(stage: Stage) -> None:
        async with stage.visitor("Ann", "en") as ann, stage.visitor("Bea", "es") as bea, stage.visitor("Cat", "en") as cat:
            await ann.speak(stage.english.say(HELLO))
            await asyncio.sleep(3)
            assert ann.texts("en") == bea.texts("en") == cat.texts("en") == [HELLO]
            assert bea.texts("es") == [said(HELLO)]
            for reader in (ann, cat):
                assert all(list(line["texts"]) == ["en"] for line in reader.lines.values())
            (line,) = bea.lines.values()
            assert line["texts"]["es"]["final"]
            assert line["texts"]["en"]["final"]
            assert line["person"] == ann.id
            await bea.speak(stage.spanish.say("buenas tardes tenga usted"))
            await asyncio.sleep(3)
            assert said("buenas tardes tenga usted") in cat.texts("en")

    play(work)


def test_committed_words_only_grow_and_a_line_is_not_told_of_too_often() -> None:
    async def work(stage: Stage) -> None:
        async with stage.visitor("Ann", "en") as ann, stage.visitor("Bea", "es") as bea:
            await ann.speak(stage.english.say(HELLO))
            await asyncio.sleep(3)
            told = [(at_s, event["line"]) for at_s, event in zip(bea.times, bea.events, strict=True) if event["type"] == "room.line"]
            assert len({line["id"] for _, line in told}) == 1
            assert len(told) > 3
            for language in ("en", "es"):
                texts = [line["texts"][language]["committed"] for _, line in told if language in line["texts"]]
                assert all(later.startswith(earlier) for earlier, later in pairwise(texts))
            *growing, (_, last) = told
            assert all(text["final"] for text in last["texts"].values())
            assert all(later - earlier >= EVERY_S - 0.001 for (earlier, _), (later, _) in pairwise(growing))

    play(work)


def test_one_interpreter_for_all_who_read_a_language_and_none_for_nobody() -> None:
    async def work(stage: Stage) -> None:
        async with stage.visitor("Ann", "en") as ann:
            await ann.speak(stage.english.say(HELLO))
            assert stage.model.prompts == []
            async with stage.visitor("Bea", "es"), stage.visitor("Cid", "es"), stage.visitor("Dan", "es") as dan:
                await ann.speak(stage.english.say(HELLO))
                await asyncio.sleep(3)
                asked = [prompt[-1].content for prompt in stage.model.prompts]
                assert len(asked) == len(set(asked))
                assert dan.texts("es") == [said(HELLO)]
                for each in list(stage.room.people.values())[1:]:
                    await stage.live.leave(each)
            await ann.speak(stage.english.say(HELLO))
            assert len(stage.model.prompts) == len(asked)

    play(work)


def test_speech_is_made_only_when_somebody_hears_it() -> None:
    async def work(stage: Stage) -> None:
        async with stage.visitor("Ann", "en", hears=True) as ann, stage.visitor("Bea", "es") as bea:
            await ann.speak(stage.english.say(HELLO))
            await asyncio.sleep(3)
            assert stage.voice.streams.opened == 0
            await bea.send("room.set", hears=True)
            await ann.speak(stage.english.say(HELLO))
            await asyncio.sleep(3)
            assert stage.voice.streams.opened > 0
            sounding = [event for event in bea.events if event["type"] in ("room.audio", "room.spoken")]
            assert [event["type"] for event in sounding[:-1]] == ["room.audio"] * (len(sounding) - 1)
            assert sounding[-1]["type"] == "room.spoken"
            assert {event["line"] for event in sounding} == {list(bea.lines)[-1]}
            assert not ann.of("room.audio")

    play(work)


def test_what_a_microphone_hears_of_our_own_voice_is_dropped() -> None:
    async def work(stage: Stage) -> None:
        async with stage.visitor("Ann", "en", hears=True) as ann, stage.visitor("Bea", "es", hears=True) as bea:
            await ann.speak(stage.english.say(HELLO), quiet_s=0.5)
            while not bea.of("room.audio"):
                await ann.speak(np.zeros(LISTEN_RATE_HZ // 5, np.float32), quiet_s=0)
            await bea.speak(stage.spanish.say(said(HELLO)))
            await asyncio.sleep(3)
            assert {line["person"] for line in ann.lines.values()} == {ann.id}
            assert stage.found["parley_room_echoes_total"] == 1
            assert len(stage.room.lines) == 1
            await bea.speak(stage.spanish.say("no puedo venir you-o"))
            await asyncio.sleep(3)
            assert [line["person"] for line in ann.lines.values()] == [ann.id, bea.id]
            await asyncio.sleep(30)
            await bea.speak(stage.spanish.say(said(HELLO)))  # now it is his own
            await asyncio.sleep(3)
            assert [line["person"] for line in ann.lines.values()] == [ann.id, bea.id, bea.id]

    play(work)


def test_a_new_language_counts_from_the_next_utterance_on() -> None:
    async def work(stage: Stage) -> None:
        async with stage.visitor("Ann", "en") as ann, stage.visitor("Bea", "es") as bea:
            speaking = asyncio.get_running_loop().create_task(ann.speak(stage.english.say(HELLO)))
            await asyncio.sleep(1)
            await ann.send("room.set", language="es")
            await speaking
            await asyncio.sleep(1)
            await ann.speak(stage.spanish.say("muy buenas noches a todos"))
            await asyncio.sleep(3)
            assert [line["language"] for line in bea.lines.values()] == ["en", "es"]
            assert bea.texts("en") == [HELLO]
            assert bea.people["Ann"]["language"] == "es"

    play(work)


def test_somebody_who_is_muted_says_nothing_but_what_he_had_begun() -> None:
    async def work(stage: Stage) -> None:
        async with stage.visitor("Ann", "en") as ann, stage.visitor("Bea", "es") as bea:
            speaking = asyncio.get_running_loop().create_task(ann.speak(stage.english.say(HELLO)))
            await asyncio.sleep(1)
            assert bea.people["Ann"]["speaking"]
            await ann.send("room.set", muted=True)
            await speaking
            await asyncio.sleep(3)
            (text,) = bea.texts("en")
            assert HELLO.startswith(text)
            assert (bea.people["Ann"]["muted"], bea.people["Ann"]["speaking"]) == (True, False)
            assert all(each["final"] for line in bea.lines.values() for each in line["texts"].values())
            await ann.speak(stage.english.say(HELLO))
            assert len(bea.lines) == 1
            assert stage.places.taken == 0
            await ann.send("room.set", muted=False)
            await ann.speak(stage.english.say(HELLO))
            assert bea.texts("en")[1:] == [HELLO]

    play(work)


def test_as_many_speak_as_there_are_places() -> None:
    async def work(stage: Stage) -> None:
        async with stage.visitor("Ann", "en") as ann, stage.visitor("Bea", "es") as bea:
            await ann.speak(stage.english.say(HELLO))
            await bea.speak(stage.spanish.say("hola a todos ustedes"))
            assert bea.errors == ["overloaded"]  # once, not with every frame
            await ann.send("room.set", muted=True)
            await asyncio.sleep(1)
            await bea.speak(stage.spanish.say("hola a todos ustedes"))
            assert bea.texts("es")[-1] == "hola a todos ustedes"
            await asyncio.sleep(2 * QUIET_S)  # who is silent for long gives the place away
            assert stage.places.taken == 0
            await bea.speak(stage.spanish.say("hola a todos ustedes"))
            assert bea.texts("es")[-2:] == ["hola a todos ustedes"] * 2

    play(work, limits=Limits(sessions=1))


def test_a_typed_line_is_translated_and_spoken() -> None:
    async def work(stage: Stage) -> None:
        async with stage.visitor("Ann", "en") as ann, stage.visitor("Bea", "es", hears=True) as bea:
            await ann.send("room.say", text="see <b>you</b> there")
            await asyncio.sleep(3)
            (line,) = bea.lines.values()
            assert line["typed"]
            assert line["texts"]["en"]["committed"] == "see <b>you</b> there"
            assert line["texts"]["es"]["committed"] == said("see <b>you</b> there")
            assert bea.of("room.spoken")
            for _ in range(30):
                await ann.send("room.say", text="again")
            await asyncio.sleep(10)
            assert "rate_limit_exceeded" in ann.errors
            assert 20 <= len(bea.lines) <= 22
            assert "parley_room_lag_seconds_count" in stage.found
            assert stage.found["parley_room_lag_seconds_count"] == 0

    play(work)


def test_engines_that_fail_cost_a_line_and_not_the_room() -> None:
    async def work(stage: Stage) -> None:
        async with stage.visitor("Ann", "en") as ann, stage.visitor("Bea", "es") as bea:
            stage.english.failing = True
            await ann.speak(stage.english.say(HELLO))
            await asyncio.sleep(3)
            assert ann.errors == ["engine_error"]
            assert not ann.lines
            assert not stage.room.lines
            stage.english.failing = False
            stage.model.answer = lambda _: [EngineError("The model fails, as it was told.")]
            await ann.speak(stage.english.say(HELLO))
            await asyncio.sleep(3)
            assert ann.errors[1:] == ["engine_error"]
            (line,) = bea.lines.values()
            assert line["texts"]["es"] == {"committed": "", "tentative": "", "final": True, "lag_s": None}
            stage.model.answer = translated
            await ann.speak(stage.english.say(HELLO))
            await asyncio.sleep(3)
            assert bea.texts("es")[1:] == [said(HELLO)]

    play(work)


def test_a_sentence_that_fails_costs_no_other_sentence_of_the_line() -> None:
    def but_for_one(text: str) -> list[str | EngineError]:
        return [EngineError("The model fails, as it was told.")] if text.startswith("One ") else [*translated(text)]

    async def work(stage: Stage) -> None:
        stage.model.answer = but_for_one
        async with stage.visitor("Ann", "en") as ann, stage.visitor("Bea", "es") as bea:
            await ann.send("room.say", text="One is lost. Two is kept. So is this.")
            await asyncio.sleep(5)
            (line,) = bea.lines.values()
            assert ann.errors == ["engine_error"]
            assert line["texts"]["es"]["committed"] == said("Two is kept. So is this.")
            assert line["texts"]["es"]["final"]

    play(work)


def test_a_voice_that_fails_costs_no_words() -> None:
    async def work(stage: Stage) -> None:
        stage.voice.failing = True
        async with stage.visitor("Ann", "en") as ann, stage.visitor("Bea", "es", hears=True) as bea:
            await ann.speak(stage.english.say("we shall meet at the house"))
            await asyncio.sleep(5)
            assert set(ann.errors) == {"engine_error"}
            assert bea.texts("es") == [said("we shall meet at the house")]
            assert all(text["final"] for line in bea.lines.values() for text in line["texts"].values())

    play(work)


def test_what_was_understood_of_an_utterance_that_fails_is_interpreted() -> None:
    async def work(stage: Stage) -> None:
        async with stage.visitor("Ann", "en") as ann, stage.visitor("Bea", "es", hears=True) as bea:
            await ann.speak(stage.english.say("we shall meet at the house"), quiet_s=0.0)
            stage.english.failing = True
            await ann.speak(silence(0), quiet_s=2.0)
            await asyncio.sleep(5)
            (line,) = bea.lines.values()
            assert ann.errors == ["engine_error"]
            assert all(text["final"] for text in line["texts"].values())
            assert line["texts"]["en"]["committed"] == "we shall meet at the house"
            assert line["texts"]["es"]["committed"] == said("we shall meet at the house")
            assert bea.of("room.spoken")

    play(work)
