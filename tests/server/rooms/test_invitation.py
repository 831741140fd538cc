"""What an invitation opens can be asked before going in: a browser is not told why a WebSocket was refused."""

from __future__ import annotations

from models.scripted import Vocabulary, scripted_engines
from server.rooms.room import Bounds
from tests.server.rooms.meeting import meeting
from tests.server.serving import run


def test_it_says_what_the_room_is_and_why_one_is_not_let_in() -> None:
    async def work() -> None:
        engines, *_ = scripted_engines(Vocabulary(), {})
        async with meeting(engines, {"title": "Café"}, bounds=Bounds(people=1)) as room:

            async def asked(token: str) -> tuple[int, str]:
                given = await room.http.get("/v1/rooms/invitation", headers={"authorization": f"Bearer {token}"})
                told = given.json()
                return given.status_code, told["title"] if given.status_code == 200 else told["error"]["code"]

            invitation = room.made["invitation"]
            assert await asked(invitation) == (200, "Café")
            assert await asked("made up") == (404, "room_not_found")
            async with room.member("Ann", "en", host=room.made["host"]) as ann:
                assert await asked(invitation) == (503, "overloaded")
                await ann.send("room.close")
                await ann.closed()
            assert await asked(invitation) == (410, "room_closed")

    run(work())
