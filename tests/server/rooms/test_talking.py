"""Two people, two languages, real engines: each reads and hears the other."""

from __future__ import annotations

import asyncio
import base64
from contextlib import suppress

from assistant.audio import silence
from models.load import load
from tests.server.rooms.meeting import Member, english, meeting, spanish
from tests.server.serving import run


def test_each_reads_and_hears_the_other_in_his_own_language() -> None:
    async def work() -> None:
        engines = await load(["en", "es"], speaks=["en", "es"])
        question = await spanish(engines)
        async with (
            meeting(engines) as room,
            room.member("Ann", "en", hears=True) as ann,
            room.member("Bea", "es", hears=True) as bea,
        ):
            await ann.speak(english())
            line = await bea.final("es")
            assert line["person"] == ann.id
            assert (line["name"], line["language"], line["typed"]) == ("Ann", "en", False)
            assert set(line["texts"]) == {"en", "es"}
            assert "know" in line["texts"]["en"]["committed"]
            assert len(line["texts"]["es"]["committed"].split()) > 2
            await bea.until("room.spoken", lambda event: event["line"] == line["id"])
            assert len(bea.sound(line["id"])) > 24_000
            assert not ann.of("room.audio")
            await bea.speak(question)
            answer = await ann.final("en", lambda each: each["person"] == bea.id)
            assert "station" in answer["texts"]["en"]["committed"]
            await ann.until("room.spoken", lambda event: event["line"] == answer["id"])
            assert len(ann.sound(answer["id"])) > 24_000
            assert not [each for each in bea.of("room.audio") if each["line"] == answer["id"]]

    run(work())


def test_a_loudspeaker_beside_a_microphone_makes_no_lines() -> None:
    async def work() -> None:
        engines = await load(["en", "es"], speaks=["en", "es"])
        async with meeting(engines) as room, room.member("Ann", "en", hears=True) as ann, room.member("Bea", "es", hears=True) as bea:
            hearing = asyncio.get_running_loop().create_task(loudspeaker(bea))
            await ann.speak(english())
            async with asyncio.timeout(30):
                while "parley_room_echoes_total 1.0" not in (await room.http.get("/metrics")).text:
                    await ann.speak(silence(0), quiet_s=0.5)
            await ann.final("en")
            assert {event["line"]["person"] for event in [*ann.of("room.line"), *bea.of("room.line")]} == {ann.id}
            hearing.cancel()
            await asyncio.wait([hearing])
            assert hearing.cancelled()

    run(work())


async def loudspeaker(member: Member) -> None:
    """Let somebody's microphone hear what is played to him, a little later."""
    quiet, sound = bytes(1920), b""
    while True:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.04):
                event = await member.until("room.audio")
                sound += (bytes(9600) if not sound else b"") + base64.b64decode(event["audio"])
                continue
        frame, sound = (sound[:1920] or quiet), sound[1920:]
        await member.send("input_audio_buffer.append", audio=base64.b64encode(frame).decode())
