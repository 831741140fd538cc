"""Who is told what in a room: the same line to each in his language, sound to those who hear."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Iterable
from typing import Any, Protocol

from assistant.own_voice import OwnVoice
from assistant.session import Observer
from server.rooms.lines import Line
from server.rooms.pacing import Pacing
from server.rooms.room import Person, Room

SOUND_BYTES = 24_000
"""Of one message: half a second."""

log = logging.getLogger("parley.rooms")


class Told(Protocol):
    """Somebody's connection."""

    def tell(self, kind: str, **fields: Any) -> None:
        """Send it when there is time; a newer list of people, or the same line once more, may take its place."""
        ...

    def tell_sound(self, line: str, event: dict[str, Any]) -> None:
        """Send sound of a line, if there is time."""
        ...

    def end(self, reason: str | None) -> None:
        """Say why it is over, if there is a reason, and end."""
        ...


class Reports(Protocol):
    """Who counts what happens in rooms."""

    def observer(self) -> Observer:
        """Return an observer of one session."""
        ...

    def lagged(self, lag_s: float) -> None:
        """Count words that were interpreted so long after they were said."""
        ...

    def echoed(self) -> None:
        """Count an utterance that was our own voice."""
        ...


class Telling:
    """The `Audience` of all who speak and write in one room. Owned by it."""

    def __init__(self, room: Room, reports: Reports) -> None:
        """Tell nobody yet."""
        self._room, self._reports = room, reports
        self._loop = asyncio.get_running_loop()
        self._told: dict[str, Told] = {}
        self._pacing = Pacing()
        self._handles: dict[str, asyncio.TimerHandle] = {}
        self._sounded: dict[tuple[str, str], set[str]] = {}
        self.echo = OwnVoice()

    # --- who ---------------------------------------------------------------------------------------------------------

    def connect(self, person: Person, told: Told) -> None:
        """Tell somebody from now on; whoever was told for him is let go."""
        before, self._told[person.id] = self._told.get(person.id), told
        if before is not None:
            before.end(None)

    def disconnect(self, person: Person) -> Told | None:
        """Tell somebody no more; return who was told for him."""
        return self._told.pop(person.id, None)

    def connected(self, person: Person) -> Told | None:
        """Return who is told for somebody."""
        return self._told.get(person.id)

    def end(self, reason: str | None) -> None:
        """Tell everybody that it is over."""
        for handle in self._handles.values():
            handle.cancel()
        told, self._told = self._told, {}
        for each in told.values():
            each.end(reason)

    # --- what --------------------------------------------------------------------------------------------------------

    def moved(self) -> None:
        """Tell everybody who is here."""
        people = self.people()
        for told in self._told.values():
            told.tell("room.people", people=people, locked=self._room.locked)

    def people(self) -> list[dict[str, Any]]:
        """Return everybody as clients are told of them."""
        return [person.wire() for person in self._room.people.values()]

    def changed(self, line: Line) -> None:
        """Tell of a line that has words, or had, not too often; its end at once."""
        if line.empty and not self._pacing.knows(line.id):
            return
        wait_s = 0.0 if line.done else self._pacing.wait_s(line.id, self._loop.time())
        if wait_s > 0:
            if line.id not in self._handles:
                self._handles[line.id] = self._loop.call_later(wait_s, self._tell, line)
            return
        self._tell(line)

    def lagged(self, line: Line, lag_s: float) -> None:
        """Count it, if it was said: what is written has no lag."""
        if not line.typed:
            self._reports.lagged(lag_s)

    def echoed(self) -> None:
        """Count it."""
        self._reports.echoed()

    def failed(self, line: Line, message: str, code: str) -> None:
        """Tell the speaker."""
        log.warning("A line was not interpreted: %s", code)
        if told := self._told.get(line.person):
            told.tell("error", error={"type": "server_error", "code": code, "message": message, "param": None})

    def listens(self, language: str) -> bool:
        """Whether anybody hears it."""
        return any(True for _ in self._hearing(language))

    def sounded(self, line: Line, language: str, phrase: str, data: bytes, seconds: float) -> None:
        """Give it to all who hear that language."""
        if phrase:
            self.echo.push(language, phrase, seconds, self._loop.time())
        heard_by = self._sounded.setdefault((line.id, language), set())
        for start in range(0, len(data), SOUND_BYTES):
            audio = base64.b64encode(data[start : start + SOUND_BYTES]).decode()
            event = {"type": "room.audio", "line": line.id, "person": line.person, "audio": audio}
            for person in self._hearing(language):
                heard_by.add(person.id)
                self._told[person.id].tell_sound(line.id, event)

    def spoken(self, line: Line, language: str) -> None:
        """Tell those who heard it."""
        for person in self._sounded.pop((line.id, language), set()):
            if told := self._told.get(person):
                told.tell("room.spoken", line=line.id)

    def _hearing(self, language: str) -> Iterable[Person]:
        here = (self._room.people[each] for each in self._told)
        return (person for person in here if person.hears and person.language == language)

    def _tell(self, line: Line) -> None:
        if handle := self._handles.pop(line.id, None):
            handle.cancel()
        self._pacing.tell(line.id, self._loop.time(), last=line.done)
        told: dict[str, dict[str, Any]] = {}
        for each, to in self._told.items():
            language = self._room.people[each].language
            if language not in told:
                told[language] = self._room.told(line, language)
            to.tell("room.line", line=told[language])
