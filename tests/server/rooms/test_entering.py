"""Rooms on a real server: who is let in, and what stands in a transcript."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from models.load import load
from server.auth import Doorkeeper
from server.rooms.room import Bounds
from tests.server.process import process
from tests.server.rest.asking import plain
from tests.server.rooms.meeting import Meeting, Member, connection, english, meeting, short
from tests.server.serving import run, served

KEY = "parley_secret"
NASTY = "<img src=x onerror=alert(1)>"


async def status(address: str, invitation: str, **more: Any) -> tuple[int, str]:
    """Return with what somebody is refused before the upgrade."""
    with pytest.raises(InvalidStatus) as refused:
        await connection(address, invitation, **more).__aenter__()
    return refused.value.response.status_code, json.loads(refused.value.response.body or b"{}")["error"]["code"]


def test_an_invitation_lets_in_without_a_key() -> None:
    async def work() -> None:
        async with served(doorkeeper=Doorkeeper(KEY, ["box.example"])) as address, plain(address) as http:
            assert (await http.post("/v1/rooms")).status_code == 401
            made = await http.post("/v1/rooms", headers={"authorization": f"Bearer {KEY}"}, json={"minutes": 10, "title": " A  talk "})
            assert made.status_code == 201
            assert (made.json()["title"], set(made.json())) == ("A talk", {"id", "title", "invitation", "host", "expires_at"})
            assert made.headers["cache-control"] == "no-store"
            assert (await http.get("/v1/languages")).json() == {"languages": [{"code": "en", "name": "English", "to": ["es"]}]}
            room = Meeting(address, http, made.json())
            async with connection(address, room.made["invitation"]) as socket:
                assert socket.subprotocol == "parley.room"
                ann = Member(socket)
                await ann.join(NASTY, "en", host=room.made["host"])
                assert ann.joined["people"][0]["name"] == NASTY
                assert await status(address, "wrong") == (404, "room_not_found")
                assert await status(address, KEY) == (404, "room_not_found")
                assert await status(address, room.made["invitation"], origin="https://evil.example") == (403, "wrong_origin")
                with pytest.raises(InvalidStatus) as refused:
                    await connect(f"ws://{address}/v1/rooms", proxy=None).__aenter__()
                assert refused.value.response.status_code == 404
                for token in (room.made["invitation"], room.made["host"]):
                    assert (await room.transcript("json", token)).status_code == 200
                for token in ("wrong", KEY, ann.joined["seat"]):
                    assert (await room.transcript("txt", token)).status_code == 404
                assert (await http.get("/v1/rooms/transcript")).status_code == 404
                evil = {"authorization": f"Bearer {room.made['invitation']}", "host": "evil.example"}
                assert (await http.get("/v1/rooms/transcript", headers=evil)).status_code == 403
                await ann.send("room.close")
                assert await ann.closed() == ("host", 1000)
                assert await status(address, room.made["invitation"]) == (410, "room_closed")
                assert (await room.transcript("txt")).status_code == 200

    run(work())


@pytest.mark.parametrize("asked", [{"minutes": 0}, {"minutes": 1441}, {"minutes": "x"}, {"title": "x" * 81}, {"title": 5}, [], "x"])
def test_what_cannot_be_made_is_refused(asked: Any) -> None:
    async def work() -> None:
        async with served() as address, plain(address) as http:
            refused = await http.post("/v1/rooms", json=asked)
            assert refused.status_code == 400
            assert refused.json()["error"]["message"]

    run(work())


def test_an_invitation_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        async with meeting(asked={"minutes": 1}) as room:
            async with room.member("Ann"):
                pass
            loop = asyncio.get_running_loop()
            now = loop.time
            monkeypatch.setattr(loop, "time", lambda: now() + 61)
            assert await status(room.address, room.made["invitation"]) == (404, "room_not_found")
            assert (await room.transcript("txt")).status_code == 404

    run(work())


def test_rooms_and_people_are_bounded() -> None:
    async def work() -> None:
        async with meeting(bounds=Bounds(rooms=1, people=2)) as room:
            assert (await room.http.post("/v1/rooms")).status_code == 503
            async with room.member("Ann"), room.member("Bea", "es"):
                assert await status(room.address, room.made["invitation"]) == (503, "overloaded")

    run(work())


def test_mistakes_are_answered_and_the_connection_goes_on() -> None:
    async def work() -> None:
        async with meeting() as room, room.member() as ann:
            await ann.socket.send("no json")
            assert await ann.error() == "invalid_json"
            await ann.socket.send(b"\0")
            assert await ann.error() == "invalid_value"
            await ann.socket.send('{"type": "room.join", "name": "\\ud800", "language": "en"}')
            assert await ann.error() in ("invalid_json", "invalid_value")
            await ann.socket.send('{"type": "room.join", "name": "Ann", "language": "en", "host": "\\ud800"}')
            assert await ann.error() in ("invalid_json", "invalid_value")
            await ann.join("Ann", "en", seat="ñ", host="ñ")
            assert not ann.joined["host"]
            for fields in ({"text": ""}, {"text": "x" * 1001}, {"text": 5}, {}, {"text": "\u2066 "}):
                await ann.send("room.say", **fields)
                assert (await ann.until("error"))["error"]["param"] == "text"
            await ann.send("room.say", text="hello")
            assert (await ann.final("en"))["texts"]["en"]["committed"] == "hello"
            for _ in range(60):
                await ann.send("room.set", muted=True)
            assert await ann.error() == "rate_limit_exceeded"

    run(work())


def test_the_same_seat_after_a_broken_connection_and_a_transcript_of_all_of_it() -> None:
    async def work() -> None:
        async with meeting(asked={"title": f"{NASTY} Café"}) as room, room.member("Bea", "es") as bea:
            async with room.member("Ann", "en") as ann:
                await ann.send("room.set", name=NASTY)
                await ann.send("room.say", text="Thank you very much.")
                line = await bea.final("es")
                await ann.break_off()
            await bea.until("room.people", lambda event: any(person["away"] for person in event["people"]))
            async with room.member("x", "en", seat=ann.joined["seat"]) as again:
                assert again.id == ann.id
                assert [each["id"] for each in again.joined["lines"]] == [line["id"]]
                assert again.joined["lines"][0]["name"] == NASTY
                people = await bea.until("room.people", lambda event: not any(person["away"] for person in event["people"]))
                assert {person["name"] for person in people["people"]} == {"Bea", NASTY}
            spanish = line["texts"]["es"]["committed"]
            for form, kind in (("txt", "text/plain"), ("srt", "application/x-subrip"), ("vtt", "text/vtt"), ("json", "application/json")):
                found = await room.transcript(form)
                assert found.status_code == 200
                assert found.headers["content-type"].startswith(kind)
                assert found.headers["x-content-type-options"] == "nosniff"
                assert found.headers["content-disposition"].startswith('attachment; filename="img-src-x-onerror-alert-1-cafe-2')
                assert found.headers["content-disposition"].endswith(f'.{form}"')
                assert spanish in found.text
                assert "Thank you very much." in found.text
                if form in ("srt", "vtt"):
                    assert "<img" not in found.text
            assert (await room.transcript("pdf")).status_code == 400

    run(work())


def test_who_does_not_read_harms_nobody() -> None:
    async def work() -> None:
        async with (
            meeting() as room,
            room.member("Ann") as ann,
            room.member("Bea", "es", hears=True) as bea,
            connection(room.address, room.made["invitation"], max_queue=1) as socket,
        ):
            await Member(socket).join("Deaf", "es", hears=True)
            for _ in range(3):
                await ann.speak(english())
                line = await bea.final("es")
                await bea.until("room.spoken", lambda event, line=line: event["line"] == line["id"])
            assert len({event["line"]["id"] for event in bea.of("room.line")}) == 3
            socket.transport.abort()

    run(work())


def test_neither_tokens_nor_words_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> set[str]:
        async with meeting(asked={"title": "Verysecrettitle"}) as room, room.member("Secretname") as ann, room.member("Bea", "es") as bea:
            await ann.speak(english())
            line = await bea.final("es")
            await ann.send("room.say", text="Unspeakable words")
            await bea.final("es", lambda each: each["typed"])
            await ann.break_off()
            await room.transcript("txt")
            await status(room.address, "wronginvitation")
            tokens = {room.made["invitation"], room.made["host"], ann.joined["seat"]}
            return tokens | {line["texts"]["en"]["committed"], "Secretname", "Unspeakable", "Verysecret", "wronginvitation"}

    with caplog.at_level(logging.INFO):
        secrets = run(work())
    said = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith(("websockets", "httpx")))
    assert not [secret for secret in secrets if secret in said]


def test_a_server_that_ends_closes_its_rooms(tmp_path: Path, unused_port: int) -> None:
    async def work() -> None:
        async with process(tmp_path, unused_port) as child, httpx2.AsyncClient(trust_env=False) as http:
            address = f"127.0.0.1:{unused_port}"
            made = (await http.post(f"http://{address}/v1/rooms")).json()
            languages = (await http.get(f"http://{address}/v1/languages")).json()["languages"]
            assert {each["code"] for each in languages} == {"en", "es"}
            async with connection(address, made["invitation"]) as socket:
                ann = Member(socket)
                await ann.join("Ann", "en")
                child.terminate()
                assert await ann.closed() == ("shutdown", 1000), [short(each) for each in ann.events]
            assert await child.wait() == 0

    run(work())


def test_metrics_count_rooms_and_people() -> None:
    async def work() -> None:
        engines = await load(["en", "es"], speaks=["es"])
        async with meeting(engines) as room, room.member("Ann") as ann, room.member("Bea", "es") as bea:
            await ann.speak(english())
            await bea.final("es")
            found = (await room.http.get("/metrics")).text
            assert "parley_rooms_open 1.0" in found
            assert "parley_room_people 2.0" in found
            count = next(line for line in found.splitlines() if line.startswith("parley_room_lag_seconds_count"))
            assert float(count.split()[1]) >= 1

    run(work())


def test_mute_lock_remove_leave_and_close() -> None:
    async def work() -> None:
        async with meeting() as room, room.member("Host", "en", host=room.made["host"]) as host:
            async with room.member("Bea", "es") as bea, room.member("Cid", "es") as cid, room.member() as late:
                await bea.send("room.set", muted=True, name="Beatriz")
                people = await host.until("room.people", lambda event: any(each["muted"] for each in event["people"]))
                assert {each["name"]: each["muted"] for each in people["people"]} == {"Beatriz": True, "Host": False, "Cid": False}
                await bea.speak(english())
                assert not bea.of("room.line")
                await host.send("room.lock", locked=True)
                await bea.until("room.people", lambda event: event["locked"])
                await late.send("room.join", name="Late", language="en")
                assert await late.error() == "room_locked"
                await bea.send("room.remove", person=host.id)
                assert await bea.error() == "host_only"
                await host.send("room.remove", person=bea.id)
                assert await bea.closed() == ("removed", 1000)
                await cid.send("room.leave")
                assert await cid.closed() == (None, 1000)
                people = await host.until("room.people", lambda event: len(event["people"]) == 1)
                assert people["people"][0]["host"]
            await host.send("room.close")
            assert await host.closed() == ("host", 1000)

    run(work())
