"""One room: who is in it, what was said, who may do what, and when it ends. No input or output; `now_s` comes as an argument."""

from __future__ import annotations

import hmac
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from server.realtime.pace import Pace
from server.realtime.refusals import Refused
from server.rooms.lines import Line
from server.rooms.plain import plain_text

SEAT_S = 120.0
"""So long a seat is kept for somebody whose connection broke."""

SHOWN_LINES = 50
"""Lines that somebody is told of who joins."""

CHANGES_A_SECOND, CHANGES_AT_ONCE = 2.0, 20.0
"""Of name, language, mute and the like, each: everybody is told of every one."""


def token() -> str:
    """Return what nobody guesses: 192 bits, fit for an address."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much there may be."""

    rooms: int = 20
    """Open at once."""
    people: int = 32
    """In one room."""
    lines: int = 2000
    """Kept of one room; beyond that the oldest are forgotten."""
    texts_a_minute: float = 20
    """That one person may write."""


@dataclass(eq=False, slots=True)
class Person:
    """Somebody in a room, with a seat that outlives a connection."""

    id: str
    name: str
    language: str
    seat: str
    host: bool
    hears: bool
    texts: Pace
    changes: Pace
    muted: bool = False
    speaking: bool = False
    away_since_s: float | None = None

    def wire(self) -> dict[str, Any]:
        """Return what everybody is told of him."""
        return {
            "id": self.id, "name": self.name, "language": self.language, "muted": self.muted, "away": self.away_since_s is not None,
            "speaking": self.speaking, "host": self.host,
        }  # fmt: skip


@dataclass(eq=False)
class Room:
    """The state of one room. Times are seconds on a clock that only grows."""

    title: str
    opened_s: float
    expires_s: float
    epoch_s: float
    """What the clock shows 0 at, in seconds since 1970."""
    bounds: Bounds = field(default_factory=Bounds)
    make: Callable[[], str] = token
    """Makes tokens."""

    def __post_init__(self) -> None:
        self.id = f"room_{secrets.token_hex(6)}"
        self.invitation, self.host = self.make(), self.make()
        self.people: dict[str, Person] = {}
        self.lines: deque[Line] = deque()
        self.locked = False
        self.closed: str | None = None
        """Why it is over."""
        self.empty_since_s: float | None = self.opened_s
        """Since when nobody is connected."""
        self._people_so_far = self._lines_so_far = 0

    # --- who is in it ------------------------------------------------------------------------------------------------

    @property
    def full(self) -> bool:
        """Whether every seat is taken, and nobody may come back to one."""
        return len(self.people) >= self.bounds.people and not any(each.away_since_s is not None for each in self.people.values())

    def opens_for(self, shown: str) -> bool:
        """Whether a token lets its holder see what was said: the invitation, or the host's."""
        return any(hmac.compare_digest(shown.encode(), known.encode()) for known in (self.invitation, self.host))

    def join(self, name: str, language: str, now_s: float, *, hears: bool = False, host: str | None = None) -> Person:
        """Give somebody new a seat.

        Raises:
            Refused: there is none, or nobody may join.
        """
        if self.locked and not self._is_host(host):
            raise Refused("The host has locked this room; ask to be let in.", "room_locked")
        if len(self.people) >= self.bounds.people:
            raise Refused(f"All {self.bounds.people} seats of this room are taken; try again later.", "room_full")
        self._people_so_far += 1
        person = Person(
            id=f"person_{self._people_so_far}",
            name=plain_text(name, "name"),
            language=language,
            seat=self.make(),
            host=self._is_host(host),
            hears=hears,
            texts=Pace(self.bounds.texts_a_minute / 60, self.bounds.texts_a_minute),
            changes=Pace(CHANGES_A_SECOND, CHANGES_AT_ONCE),
        )
        self.people[person.id] = person
        self.empty_since_s = None
        return person

    def back(self, seat: str) -> Person | None:
        """Return who has this seat, and let him sit down again; None if nobody has."""
        for person in self.people.values():
            if hmac.compare_digest(seat.encode(), person.seat.encode()):
                person.away_since_s = self.empty_since_s = None
                return person
        return None

    def away(self, person: Person, now_s: float) -> None:
        """Somebody's connection broke: the seat is kept for a while."""
        person.away_since_s, person.speaking = now_s, False
        self._look_around(now_s)

    def leave(self, person: Person, now_s: float) -> None:
        """Somebody gives the seat up, or loses it."""
        self.people.pop(person.id, None)
        self._look_around(now_s)

    def change(self, person: Person, now_s: float, **changes: Any) -> None:
        """Set what somebody may set of himself: name, language, muted, hears.

        Raises:
            Refused: too often, or no name.
        """
        if person.changes.push(1, now_s) > 0:
            raise Refused("You change things too often; wait a moment.", "rate_limit_exceeded")
        if "name" in changes:
            changes["name"] = plain_text(changes["name"], "name")
        for name, value in changes.items():
            setattr(person, name, value)
        person.speaking = person.speaking and not person.muted

    def at_host(self, person: Person) -> None:
        """Hold that somebody is the host.

        Raises:
            Refused: he is not.
        """
        if not person.host:
            raise Refused("Only the host may do that; join with the host's token.", "host_only")

    def read(self, *, beside: str) -> set[str]:
        """Return the languages that people here read who do not speak `beside`."""
        return {person.language for person in self.people.values()} - {beside}

    # --- what was said -----------------------------------------------------------------------------------------------

    def begin(self, person: Person, now_s: float, language: str, *, typed: bool = False) -> Line:
        """Return a new line of somebody, which has no words yet."""
        self._lines_so_far += 1
        line = Line(f"line_{self._lines_so_far}", person.id, person.name, now_s, language, typed)
        self.lines.append(line)
        while len(self.lines) > self.bounds.lines:
            self.lines.popleft()
        return line

    def drop(self, line: Line) -> None:
        """Forget a line that was none."""
        if line in self.lines:
            self.lines.remove(line)

    def say(self, person: Person, text: str, now_s: float) -> Line:
        """Return a new line that somebody wrote.

        Raises:
            Refused: too much, or nothing.
        """
        text = plain_text(text, "text")
        if person.texts.push(1, now_s) > 0:
            raise Refused(f"You may write {self.bounds.texts_a_minute:g} lines a minute; wait a moment.", "rate_limit_exceeded")
        line = self.begin(person, now_s, person.language, typed=True)
        line.own.grow(text, final=True)
        return line

    def told(self, line: Line, language: str) -> dict[str, Any]:
        """Return a line as somebody is told of it who reads `language`."""
        return line.wire(self.unix_ms(line.began_s), (language,))

    def shown(self, language: str) -> list[dict[str, Any]]:
        """Return the last lines for somebody who joins."""
        said = [line for line in self.lines if not line.empty]
        return [self.told(line, language) for line in said[-SHOWN_LINES:]]

    def unix_ms(self, at_s: float) -> int:
        """Return a time of the room's clock in milliseconds since 1970."""
        return round(1000 * (self.epoch_s + at_s))

    # --- when it ends ------------------------------------------------------------------------------------------------

    def close(self, reason: str) -> None:
        """Let nobody in any more, and nothing be said."""
        self.closed = self.closed or reason
        for person in self.people.values():
            person.speaking = False

    def due_s(self) -> float:
        """Return when `tick` has something to do at the latest."""
        away = (person.away_since_s + SEAT_S for person in self.people.values() if person.away_since_s is not None)
        return min([self.expires_s, *away])

    def tick(self, now_s: float) -> list[Person]:
        """Take away the seats of people who did not come back, and return those."""
        gone = [person for person in self.people.values() if person.away_since_s is not None and person.away_since_s + SEAT_S <= now_s]
        for person in gone:
            self.leave(person, now_s)
        return gone

    def _is_host(self, shown: str | None) -> bool:
        return shown is not None and hmac.compare_digest(shown.encode(), self.host.encode())

    def _look_around(self, now_s: float) -> None:
        if self.empty_since_s is None and all(each.away_since_s is not None for each in self.people.values()):
            self.empty_since_s = now_s
