"""Coming, going, coming back, being sent away: scripted engines, virtual time."""

from __future__ import annotations

import asyncio
import base64
import json

import pytest

from assistant.audio import LISTEN_RATE_HZ, silence
from assistant.errors import Overloaded
from server.auth import Denied
from server.rooms.guest import JOIN_S, MOST_BYTES, MOST_SOUND_BYTES
from server.rooms.room import SEAT_S, Bounds
from server.rooms.rooms import CHECK_S, DESERTED_S
from tests.server.rooms.stage import Stage, play

HELLO = "good morning to you"


def test_first_one_says_who_one_is() -> None:
    async def work(stage: Stage) -> None:
        async with stage.visitor() as ann:
            for kind, fields in (
                ("room.say", {"text": "hi"}), ("room.set", {}), ("room.leave", {}), ("room.close", {}),
                ("room.lock", {"locked": True}), ("room.remove", {"person": "x"}), ("input_audio_buffer.append", {"audio": ""}),
            ):  # fmt: skip
                await ann.send(kind, **fields)
            await ann.send("room.join", name="", language="en")
            await ann.send("room.join", name="x" * 41, language="en")
            await ann.send("room.join", name="\u202e ", language="en")
            await ann.send("room.join", name="Ann", language="ja")
            await ann.send("room.dance")
            await ann.join("Ann", "en")
            await ann.send("room.join", name="Ann", language="en")
            await ann.send("room.set", language="ja")
            await ann.send("room.set", name="\t")
            await asyncio.sleep(0.01)
            assert ann.errors == ["join_first"] * 7 + ["invalid_value"] * 3 + ["language_not_found", "invalid_value"] + [
                "already_joined", "language_not_found", "invalid_value",
            ]  # fmt: skip
            assert list(ann.people) == ["Ann"]

    play(work)


def test_who_says_nothing_at_all_is_let_go() -> None:
    async def work(stage: Stage) -> None:
        async with stage.visitor() as nobody, stage.visitor("Ann") as ann:
            async with asyncio.timeout(JOIN_S + 1):
                await nobody.guest.ended()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(10 * JOIN_S):
                    await ann.guest.ended()

    play(work)


def test_who_joins_late_is_told_the_last_lines() -> None:
    async def work(stage: Stage) -> None:
        async with stage.visitor("Ann", "en") as ann, stage.visitor("Bea", "es"):
            await ann.speak(stage.english.say(HELLO))
            await ann.send("room.say", text="see you")
            await asyncio.sleep(3)
            async with stage.visitor("Cid", "es") as cid:
                first, second = cid.joined["lines"]
                assert first["texts"]["en"]["committed"] == HELLO
                assert first["texts"]["es"]["final"]
                assert (second["typed"], second["texts"]["es"]["committed"]) == (True, "see-o you-o")
                assert [person["name"] for person in cid.joined["people"]] == ["Ann", "Bea", "Cid"]
                room = cid.joined["room"]
                assert (room["id"], room["title"], room["locked"]) == (stage.room.id, "A room", False)
                assert {"code": "en", "name": "English", "to": ["es"]} in room["languages"]

    play(work)


def test_a_broken_connection_keeps_its_seat_for_two_minutes() -> None:
    async def work(stage: Stage) -> None:
        async with stage.visitor("Bea", "es") as bea:
            async with stage.visitor("Ann", "en", hears=True, host=stage.room.host) as ann:
                await ann.send("room.set", muted=True)
                first = ann.joined
            await asyncio.sleep(SEAT_S - CHECK_S)
            assert bea.people["Ann"]["away"]
            async with stage.visitor("Other", "es", seat=first["seat"]) as ann:
                assert (ann.id, ann.joined["host"], ann.joined["seat"]) == (first["person"], True, first["seat"])
                assert {**bea.people["Ann"], "away": None} == {
                    "id": ann.id, "name": "Ann", "language": "en", "muted": True, "away": None, "speaking": False, "host": True,
                }  # fmt: skip
                assert not bea.people["Ann"]["away"]
            await asyncio.sleep(SEAT_S + CHECK_S + 1)
            assert list(bea.people) == ["Bea"]
            async with stage.visitor("Ann", "en", seat=first["seat"]) as ann:
                assert ann.id != first["person"]

    play(work)


def test_a_seat_is_taken_over_from_a_connection_that_only_seems_open() -> None:
    async def work(stage: Stage) -> None:
        async with (
            stage.visitor("Bea", "es") as bea,
            stage.visitor("Ann", "en") as old,
            stage.visitor("Ann", "en", seat=old.joined["seat"]) as new,
        ):
            async with asyncio.timeout(5):
                await old.guest.ended()
            assert new.id == old.id
            assert not old.of("room.closed")
            await old.send("room.say", text="from the old one")
            await new.speak(stage.english.say(HELLO))
            await asyncio.sleep(2)
            assert bea.texts("en") == [HELLO]
            assert [person["name"] for person in bea.people.values()] == ["Bea", "Ann"]

    play(work)


def test_who_leaves_gives_his_seat_up() -> None:
    async def work(stage: Stage) -> None:
        async with stage.visitor("Bea", "es") as bea, stage.visitor("Ann", "en") as ann:
            await ann.send("room.leave")
            async with asyncio.timeout(5):
                await ann.guest.ended()
            assert list(bea.people) == ["Bea"]
            assert stage.room.back(ann.joined["seat"]) is None

    play(work)


def test_the_host_locks_removes_and_closes() -> None:
    async def work(stage: Stage) -> None:
        async with stage.visitor("Host", "en", host=stage.room.host) as host, stage.visitor("Bea", "es") as bea:
            for kind, fields in (("room.lock", {"locked": True}), ("room.remove", {"person": host.id}), ("room.close", {})):
                await bea.send(kind, **fields)
            await asyncio.sleep(0.01)
            assert bea.errors == ["host_only"] * 3
            await host.send("room.lock", locked=True)
            async with stage.visitor() as cid:
                await cid.send("room.join", name="Cid", language="es")
                await asyncio.sleep(0.01)
                assert cid.errors == ["room_locked"]
                assert bea.of("room.people")[-1]["locked"]
                await host.send("room.lock", locked=False)
                await cid.join("Cid", "es")
                await host.send("room.remove", person="person_99")
                await host.send("room.remove", person=cid.id)
                async with asyncio.timeout(5):
                    await cid.guest.ended()
                assert cid.of("room.closed")[-1]["reason"] == "removed"
            assert host.errors == ["person_not_found"]
            assert list(bea.people) == ["Host", "Bea"]
            speaking = asyncio.get_running_loop().create_task(bea.speak(stage.spanish.say("hola a todos ustedes")))
            await asyncio.sleep(1.25)
            await host.send("room.close")
            async with asyncio.timeout(8):
                await bea.guest.ended()
                await host.guest.ended()
            await speaking
            assert bea.of("room.closed")[-1]["reason"] == "host"
            assert bea.events[-1]["type"] == "room.closed"
            assert len(host.texts("en")) == 1  # what was being said was finished
            with pytest.raises(Denied) as denied, stage.live.connected():
                pass
            assert denied.value.status == 410
            assert stage.rooms.find(stage.room.invitation) is stage.live  # for its transcript

    play(work)


def test_a_room_expires() -> None:
    async def work(stage: Stage) -> None:
        async with stage.visitor("Ann", "en") as ann:
            await asyncio.sleep(2 * 60 - 1)
            assert stage.rooms.find(stage.room.invitation)
            async with asyncio.timeout(1 + CHECK_S + 8):
                await ann.guest.ended()
            assert ann.of("room.closed")[-1]["reason"] == "expired"
            for shown in (stage.room.invitation, stage.room.host, "", "x"):
                with pytest.raises(Denied) as denied:
                    stage.rooms.find(shown)
                assert (denied.value.status, denied.value.code) == (404, "room_not_found")
            assert stage.rooms.open == []

    play(work, minutes=2)


def test_a_server_that_ends_says_so() -> None:
    async def work(stage: Stage) -> None:
        async with stage.visitor("Ann", "en") as ann, stage.visitor("Bea", "es") as bea:
            loop = asyncio.get_running_loop()
            speaking = loop.create_task(ann.speak(stage.english.say(HELLO)))
            await asyncio.sleep(1.25)
            telling = loop.create_task(ann.guest.replied())
            async with asyncio.timeout(8):
                await bea.guest.ended()
            assert bea.of("room.closed")[-1]["reason"] == "shutdown"
            assert bea.texts("es")
            await speaking
            telling.cancel()

    play(work)


def test_there_are_so_many_rooms_and_a_deserted_one_makes_way() -> None:
    async def work(stage: Stage) -> None:
        async with stage.visitor("Ann", "en"):
            second = stage.rooms.make("second", 60)
            with pytest.raises(Overloaded, match="2 rooms are open"):
                stage.rooms.make("third", 60)
            await asyncio.sleep(DESERTED_S)
            third = stage.rooms.make("third", 60)
            assert (stage.room.closed, second.closed, third.closed) == (None, "expired", None)

    play(work, bounds=Bounds(rooms=2))


def test_a_full_room_lets_in_who_has_a_seat() -> None:
    async def work(stage: Stage) -> None:
        async with stage.visitor("Ann", "en"):
            async with stage.visitor("Bea", "es") as bea:
                with pytest.raises(Overloaded), stage.live.connected():
                    pass
            with stage.live.connected():  # for Bea; who comes instead finds no seat
                async with stage.visitor() as cid:
                    await cid.send("room.join", name="Cid", language="en")
                    await asyncio.sleep(0.01)
                    assert cid.errors == ["room_full"]
                async with stage.visitor("x", "en", seat=bea.joined["seat"]) as again:
                    assert again.id == bea.id

    play(work, bounds=Bounds(people=2))


def test_audio_that_comes_faster_than_it_is_spoken_is_read_later() -> None:
    async def work(stage: Stage) -> None:
        async with stage.visitor("Ann", "en") as ann:
            second = base64.b64encode(bytes(48_000)).decode()
            began_s = asyncio.get_running_loop().time()
            for _ in range(60):
                await ann.send("input_audio_buffer.append", audio=second)
            assert 49 <= asyncio.get_running_loop().time() - began_s <= 51
            await ann.send("input_audio_buffer.append", audio=base64.b64encode(bytes(11 * 48_000)).decode())
            await ann.send("input_audio_buffer.append", audio="no base64!")
            await asyncio.sleep(0.01)
            assert ann.errors == ["invalid_value", "invalid_value"]

    play(work)


def test_a_listener_that_stops_reading_harms_nobody() -> None:
    async def work(stage: Stage) -> None:
        async with (
            stage.visitor("Ann", "en") as ann,
            stage.visitor("Bea", "es", hears=True) as bea,
            stage.visitor("Deaf", "es", hears=True, reads=False) as deaf,
        ):
            for _ in range(60):
                await ann.speak(stage.english.say(HELLO))
            await asyncio.sleep(5)
            assert len(bea.lines) == 60
            waiting = [json.loads(each.text) for each in deaf.outbox._waiting]
            lines = [each["line"]["id"] for each in waiting if each["type"] == "room.line"]
            assert len(lines) == len(set(lines)) == 60
            assert sum(each["type"] == "room.people" for each in waiting) == 1
            assert sum(len(each.text) for each in deaf.outbox._waiting if each.sound_of) <= MOST_SOUND_BYTES
            newest = [each["line"] for each in waiting if each["type"] == "room.audio"]
            assert newest[-1] == bea.of("room.audio")[-1]["line"]
            assert not deaf.outbox.overflowed.is_set()
            while not deaf.outbox.overflowed.is_set():
                stage.live.telling.failed(stage.room.lines[0], "x" * 10_000, "x")
                deaf.guest.tell("error", error={"message": "x" * 10_000})
            assert deaf.outbox._size > MOST_BYTES
            await ann.speak(stage.english.say(HELLO))
            assert len(bea.lines) == 61

    play(work)


def test_silence_makes_no_lines() -> None:
    async def work(stage: Stage) -> None:
        async with stage.visitor("Ann", "en") as ann, stage.visitor("Bea", "es") as bea:
            await ann.speak(silence(5 * LISTEN_RATE_HZ))
            assert not bea.lines
            assert stage.places.taken == 1

    play(work)


def test_a_room_that_is_closed_begins_nothing_anew() -> None:
    async def work(stage: Stage) -> None:
        async with stage.visitor("Bea", "es"):
            async with stage.visitor("Host", "en", host=stage.room.host) as host:
                await host.send("room.say", text="see you there")
                await host.send("room.close")
                await host.send("room.say", text="and one more")
            await asyncio.sleep(SEAT_S + 2 * CHECK_S)  # the host's seat is taken away; Bea is still here, and would read Spanish
            assert len(stage.room.lines) == 1

    play(work)  # which holds that no task is left
