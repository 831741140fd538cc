"""One connection to a room: what somebody asks for, and what he is told."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Any

from assistant.errors import Overloaded
from server.realtime.outbox import Outbox
from server.realtime.pace import Pace
from server.realtime.refusals import Refused
from server.rooms.incoming import Append, Close, Incoming, Join, Leave, Lock, Remove, Say, Set
from server.rooms.live import LiveRoom
from server.rooms.room import Person

JOIN_S = 30.0
"""A connection that has not joined after so long is closed."""

READ_S = 2.0
"""So long somebody may take to read why it is over."""

AHEAD_S = 10.0
"""Audio that may come at once; what comes faster than it is spoken is read later."""

MOST_BYTES = 4 * 1024 * 1024
"""That wait for somebody who does not read; beyond that he is let go."""

MOST_SOUND_BYTES = 2 * 1024 * 1024
"""Sound that waits for him, half a minute; beyond that the oldest is dropped: it would come too late."""

PCM_BYTES_A_SECOND = 48_000


class Guest:
    """A `Talk`: runs inside `async with`; who is in the room is somebody's as long as he has a seat, not as long as he is connected."""

    def __init__(self, live: LiveRoom, outbox: Outbox, languages: list[dict[str, Any]]) -> None:
        """Let somebody in who has an invitation to `live`, and has not said yet who he is.

        Args:
            live: the room.
            outbox: takes what he is told.
            languages: that he may choose from, as clients are told of them.
        """
        self.token: str | None = None
        self._live, self._outbox, self._languages = live, outbox, languages
        self._known = {code for each in languages for code in (each["code"], *each["to"])}
        self._person: Person | None = None
        self._pace = Pace(1.0, AHEAD_S)
        self._crowded = False
        self._joined, self._over = asyncio.Event(), asyncio.Event()
        self._ending: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Guest:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._ending is not None:
            self._ending.cancel()
            await asyncio.wait([self._ending])
        if self._person is not None:
            await self._live.go_away(self._person, self)

    # --- what a connection needs (`Talk`) ----------------------------------------------------------------------------

    def audio_s(self, event: Incoming) -> float:
        """Return how much audio an event brings that is listened to, in seconds."""
        listened = self._person is not None and not self._person.muted
        return event.audio_bytes / PCM_BYTES_A_SECOND if listened else 0.0

    def resumed(self) -> None:
        """Never: who comes back joins with his seat."""

    async def replied(self) -> None:
        """The server ends: close the room, which ends this connection, too."""
        await asyncio.shield(self._live.close("shutdown"))
        if self._person is not None:
            await asyncio.Event().wait()  # `ended` says when he has read why

    async def ended(self) -> None:
        """Return when he has left, or must."""
        with suppress(TimeoutError):
            async with asyncio.timeout(JOIN_S):
                await self._joined.wait()
        if self._joined.is_set():
            await self._over.wait()

    async def push(self, event: Incoming) -> None:
        """Do what somebody asks for.

        Raises:
            Refused: it cannot be done; the connection goes on.
        """
        if isinstance(event, Join):
            await self._join(event)
            return
        person, live = self._person, self._live
        if person is None:
            raise Refused("Send room.join first; it says who you are.", "join_first", "type")
        if self._over.is_set() or self._ending is not None:
            return
        match event:
            case Append():
                await self._hear(person, event)
            case Say(text=text):
                await live.say(person, text)
            case Set(language=language):
                self._check(language)
                await live.change(person, event.changes)
            case Leave():
                await live.leave(person)
            case Lock(locked=locked):
                live.room.at_host(person)
                live.room.locked = locked
                await live.settle()
            case Remove(person=name):
                live.room.at_host(person)
                if (other := live.room.people.get(name)) is None:
                    raise Refused(f"There is nobody called {name!r} here; look the id up in room.people.", "person_not_found", "person")
                await live.leave(other, "removed")
            case Close():
                live.room.at_host(person)
                live.close("host")

    # --- what the room tells (`Told`) --------------------------------------------------------------------------------

    def tell(self, kind: str, **fields: Any) -> None:
        """Send it; a newer list of people, or the same line once more, takes the place of one that still waits."""
        self._outbox.put({"type": kind} | fields, replaces=_about(kind, fields))

    def tell_sound(self, line: str, event: dict[str, Any]) -> None:
        """Send sound of a line; if too much waits, the oldest is dropped."""
        self._outbox.put(event, sound_of=line)
        self._outbox.shed_sound(MOST_SOUND_BYTES)

    def end(self, reason: str | None) -> None:
        """Say why it is over, if there is a reason, and end when that was read."""
        if reason is not None:
            self._outbox.put({"type": "room.closed", "reason": reason})
        if self._ending is None:
            self._ending = asyncio.get_running_loop().create_task(self._end(), name="farewell")

    async def _end(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(READ_S):
                await self._outbox.sent()
        self._over.set()

    # --- joining and speaking ----------------------------------------------------------------------------------------

    async def _join(self, event: Join) -> None:
        if self._person is not None:
            raise Refused("You have joined already; leave first, or change things with room.set.", "already_joined", "type")
        room = self._live.room
        if room.closed:
            raise Refused("This room is closed.", "room_closed")
        person = room.back(event.seat) if event.seat else None
        if person is None:
            self._check(event.language)
            now_s = asyncio.get_running_loop().time()
            person = room.join(event.name, event.language, now_s, hears=bool(event.hears), host=event.host)
        elif event.hears is not None:
            person.hears = event.hears
        self._person = person
        self._joined.set()
        self._outbox.put(
            {
                "type": "room.joined",
                "person": person.id,
                "seat": person.seat,
                "host": person.host,
                "room": {
                    "id": room.id,
                    "title": room.title,
                    "expires_at": room.unix_ms(room.expires_s) // 1000,
                    "locked": room.locked,
                    "languages": self._languages,
                },
                "people": self._live.telling.people(),
                "lines": room.shown(person.language),
            }
        )
        await self._live.enter(person, self)

    async def _hear(self, person: Person, event: Append) -> None:
        if person.muted:
            return
        data = event.data()
        if (wait_s := self._pace.push(self.audio_s(event), asyncio.get_running_loop().time())) > 0:
            await asyncio.sleep(wait_s)
        try:
            await self._live.hear(person, data)
            self._crowded = False
        except Overloaded as error:
            if not self._crowded:  # he is told once, not with every frame
                self._crowded = True
                raise Refused(str(error), error.code) from error

    def _check(self, language: str | None) -> None:
        if language is not None and language not in self._known:
            known = ", ".join(sorted(self._known))
            raise Refused(f"Nothing is interpreted into {language!r} here; choose from {known}.", "language_not_found", "language")


def _about(kind: str, fields: dict[str, Any]) -> str | None:
    """Return what a message tells of, if only the newest such message matters."""
    match kind:
        case "room.people":
            return kind
        case "room.line":
            line: str = fields["line"]["id"]
            return line
        case _:
            return None
