"""Two people, two languages, real engines: each reads and hears the other."""

from __future__ import annotations

from models.load import load
from tests.server.rooms.meeting import english, meeting, spanish
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
