"""A room in operation: its state, the people who speak and write, and the end of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

from assistant.engines import Engines
from assistant.errors import Overloaded
from assistant.manners import Manners
from server.auth import Denied
from server.realtime.refusals import Refused
from server.rooms.interpreters import How, Interpreters
from server.rooms.languages import targets
from server.rooms.lines import Line
from server.rooms.room import Person, Room
from server.rooms.speaker import Speaker
from server.rooms.telling import Reports, Telling, Told

FINISH_S = 5.0
"""For so long what was said is still written and spoken when a room closes."""

QUIET_S = 60.0
"""Who sends no audio at all for so long gives his place to others until he does."""

MOST_UNREAD_TEXTS = 40
"""Written lines that wait for their translation."""

MORE_CONNECTIONS = 4
"""Than people: of those who have not joined yet, and those who come back while their old connection seems open."""

Place = Callable[[str], AbstractContextManager[None]]
"""Takes one of the server's places for somebody who speaks, while its block lasts."""


class LiveRoom:
    """Moves what people say and what is made of it. Everything runs on the event loop; `close` ends it."""

    def __init__(self, room: Room, engines: Engines, manners: Manners, place: Place, reports: Reports, how: How) -> None:
        """Open a room.

        Args:
            room: its state, on the event loop's clock.
            engines: hear, interpret and speak.
            manners: of the sessions that listen.
            place: for those who speak.
            reports: counts.
            how: is interpreted.
        """
        self.room, self.telling = room, Telling(room, reports)
        self._engines, self._manners, self._place, self._reports, self._how = engines, manners, place, reports, how
        self._loop = asyncio.get_running_loop()
        self._speakers: dict[str, Speaker] = {}
        self._writers: dict[str, Interpreters] = {}
        self._unread: list[Line] = []
        self._speaking: set[asyncio.Task[None]] = set()
        self._closing: asyncio.Task[None] | None = None
        self._connections = 0

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Count a connection until the block is left.

        Raises:
            Denied: the room is closed.
            Overloaded: it is full.
        """
        if self.room.closed:
            raise Denied(410, "room_closed", "This room is closed; ask for a new invitation.")
        if self.room.full or self._connections >= self.room.bounds.people + MORE_CONNECTIONS:
            raise Overloaded("This room is full; try again later.")
        self._connections += 1
        try:
            yield
        finally:
            self._connections -= 1

    # --- people ------------------------------------------------------------------------------------------------------

    async def enter(self, person: Person, told: Told) -> None:
        """Connect somebody who has a seat; whoever was connected for him is let go."""
        self.telling.connect(person, told)
        await self.settle()

    async def go_away(self, person: Person, told: Told) -> None:
        """A connection is over; if it was the newest one of somebody in here, the seat waits for him."""
        if self.telling.connected(person) is told:
            self.telling.disconnect(person)
            self.room.away(person, self._loop.time())
            self._hush(person)
            self.telling.moved()

    async def leave(self, person: Person, reason: str | None = None) -> None:
        """Somebody gives his seat up, or it is taken from him."""
        told = self.telling.disconnect(person)
        self.room.leave(person, self._loop.time())
        self._hush(person)
        if told is not None:
            told.end(reason)
        await self.settle()

    async def change(self, person: Person, changes: dict[str, Any]) -> None:
        """Set what somebody may set of himself.

        Raises:
            Refused: too often, or no name.
        """
        self.room.change(person, self._loop.time(), **changes)
        if person.muted:
            self._hush(person)
        await self.settle()

    async def settle(self) -> None:
        """Interpret into the languages that are read now, and tell everybody who is here."""
        self.telling.moved()
        if self.room.closed:
            return
        for speaker in list(self._speakers.values()):
            await speaker.interpret_into(self.room.read(beside=speaker.language))
        for source, writer in list(self._writers.items()):
            await writer.interpret_into(self.room.read(beside=source) & set(targets(self._engines, source)))

    def _hush(self, person: Person) -> None:
        """Let what somebody was saying come to its end, and hear no more of him."""
        if (speaker := self._speakers.pop(person.id, None)) is not None:
            speaker.retired.set()

    # --- what they say -----------------------------------------------------------------------------------------------

    async def hear(self, person: Person, data: bytes) -> None:
        """Take 24 kHz PCM16 of somebody.

        Raises:
            Refused: his language is not heard here.
            Overloaded: as many speak as may.
        """
        if person.muted or self.room.closed:
            return
        speaker = self._speakers.get(person.id)
        if speaker is not None and speaker.language != person.language and speaker.idle:
            self._hush(person)
            speaker = None
        if speaker is None:
            speaker = await self._begin(person)
        await speaker.hear(data)

    async def say(self, person: Person, text: str) -> None:
        """Take what somebody wrote.

        Raises:
            Refused: too much of it.
        """
        if self.room.closed:
            return
        self._unread = [line for line in self._unread if not line.done]
        if len(self._unread) >= MOST_UNREAD_TEXTS:
            raise Refused("So much waits to be translated that nothing more is taken; wait a moment.", "rate_limit_exceeded")
        line = self.room.say(person, text, self._loop.time())
        self._unread.append(line)
        source = person.language
        if source not in self._writers:
            self._writers[source] = Interpreters(self._engines, source, self.telling, self._how)
        writer = self._writers[source]
        await writer.interpret_into(self.room.read(beside=source) & set(targets(self._engines, source)))
        turn = int(line.id.rpartition("_")[2])
        writer.open(turn, line)
        self.telling.changed(line)
        writer.send(turn, line.own.committed)

    async def _begin(self, person: Person) -> Speaker:
        if person.language not in self._engines.recognizers:
            known = ", ".join(sorted(self._engines.recognizers))
            raise Refused(f"Speech in {person.language!r} is not understood here, only {known}; write instead.", "language_not_heard")
        begun: asyncio.Future[Speaker] = self._loop.create_future()
        self._spawn(self._speak(person, begun))
        speaker = await begun
        if (other := self._speakers.get(person.id)) is not None:  # another connection of his was faster
            speaker.retired.set()
            return other
        self._speakers[person.id] = speaker
        if person.muted or self.telling.connected(person) is None or self.room.closed:  # by now
            self._hush(person)
        return speaker

    async def _speak(self, person: Person, begun: asyncio.Future[Speaker]) -> None:
        """Keep a speaker, and his place, until he has finished."""
        observer = self._reports.observer()
        try:
            speaker = Speaker(self._engines, self._manners, self._how, self.room, person, self.telling, self.telling.echo, observer)
            with self._place(f"{self.room.id} {person.id}"):
                async with speaker:
                    await speaker.interpret_into(self.room.read(beside=speaker.language))
                    begun.set_result(speaker)
                    await self._while_heard(person, speaker)
                    await speaker.finish()
        except Overloaded as error:
            begun.set_exception(error)
        finally:
            begun.cancel()  # which does nothing once it is known how it began

    async def _while_heard(self, person: Person, speaker: Speaker) -> None:
        while not speaker.retired.is_set():
            heard_s = speaker.heard_s
            with suppress(TimeoutError):
                async with asyncio.timeout(QUIET_S):
                    await speaker.retired.wait()
            if speaker.heard_s == heard_s and self._speakers.get(person.id) is speaker:
                self._hush(person)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work, name="speaker")
        self._speaking.add(task)
        task.add_done_callback(self._speaking.discard)

    # --- the end -----------------------------------------------------------------------------------------------------

    def close(self, reason: str) -> asyncio.Task[None]:
        """Let nobody in any more, finish what was said, and tell everybody."""
        self.room.close(reason)
        if self._closing is None:
            self._closing = self._loop.create_task(self._close(), name="closing room")
        return self._closing

    async def _close(self) -> None:
        for person in list(self.room.people.values()):
            self._hush(person)
        with suppress(TimeoutError):
            async with asyncio.timeout(FINISH_S):
                for writer in self._writers.values():
                    await writer.done()
                if self._speaking:
                    await asyncio.wait(self._speaking)
        for task in list(self._speaking):
            task.cancel()
        if self._speaking:
            await asyncio.wait(self._speaking)
        for writer in self._writers.values():
            await writer.close()
        for line in self.room.lines:
            line.end()
        self.telling.end(self.room.closed)
