"""All rooms of a server: made, found by what their people show, and forgotten in time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from assistant.engines import Engines
from assistant.errors import Overloaded
from assistant.manners import Manners
from server.auth import Denied
from server.rooms.live import LiveRoom, Place
from server.rooms.room import Bounds, Room
from server.rooms.telling import Reports

CHECK_S = 5.0
"""So often it is looked whether a seat or a room has expired."""

DESERTED_S = 600.0
"""A room in which nobody has been for so long makes way for a new one."""

CLOSED_ROOMS = 100
"""Rooms that are over and whose transcripts may still be fetched; beyond that the oldest is forgotten."""

TITLE = "Parley"


class Rooms:
    """Owned by the application. Its clock is the event loop's."""

    def __init__(
        self,
        engines: Callable[[], Engines],
        manners: Callable[[], Manners],
        place: Place,
        reports: Reports,
        bounds: Bounds | None = None,
    ) -> None:
        """Have no room yet.

        Args:
            engines: gives what hears, interprets and speaks.
            manners: gives those of the sessions that listen.
            place: for those who speak.
            reports: counts.
            bounds: how much there may be.
        """
        self._engines, self._manners, self._place, self._reports = engines, manners, place, reports
        self.bounds = bounds or Bounds()
        self._rooms: list[LiveRoom] = []
        self._watching: asyncio.Task[None] | None = None

    @property
    def open(self) -> list[LiveRoom]:
        """Those that go on."""
        return [live for live in self._rooms if live.room.closed is None]

    @property
    def people(self) -> int:
        """How many people are in them."""
        return sum(len(live.room.people) for live in self.open)

    def make(self, title: str, minutes: float) -> Room:
        """Open a room.

        Raises:
            Overloaded: there are too many.
        """
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        self._make_way(now_s)
        room = Room(title, now_s, now_s + 60 * minutes, datetime.now(UTC).timestamp() - now_s, self.bounds)
        self._rooms.append(LiveRoom(room, self._engines(), self._manners(), self._place, self._reports))
        if self._watching is None:
            self._watching = loop.create_task(self._watch(), name="rooms")
        return room

    def find(self, shown: str) -> LiveRoom:
        """Return the room of an invitation, or of a host's token, whether it goes on or is over.

        Raises:
            Denied: there is none.
        """
        for live in self._rooms:
            if live.room.opens_for(shown) and live.room.expires_s > asyncio.get_running_loop().time():
                return live
        raise Denied(404, "room_not_found", "There is no such room, or it has expired; ask for a new invitation.")

    async def close(self) -> None:
        """End all of them: the server does."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait([self._watching])
        closing = [live.close("shutdown") for live in self._rooms]
        if closing:
            await asyncio.wait(closing)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(CHECK_S)
            now_s = asyncio.get_running_loop().time()
            for live in list(self._rooms):
                if live.room.expires_s <= now_s:
                    await live.close("expired")
                    self._rooms.remove(live)
                elif live.room.tick(now_s):
                    await live.settle()

    def _make_way(self, now_s: float) -> None:
        if len(self.open) >= self.bounds.rooms:
            deserted = [live for live in self.open if live.room.empty_since_s is not None]
            oldest = min(deserted, key=lambda live: live.room.empty_since_s or 0.0, default=None)
            if oldest is None or now_s - (oldest.room.empty_since_s or 0.0) < DESERTED_S:
                raise Overloaded(f"{self.bounds.rooms} rooms are open, the most there may be; close one, or try again later.")
            oldest.close("expired")
        closed = [live for live in self._rooms if live.room.closed is not None]
        for live in closed[: max(0, len(closed) - CLOSED_ROOMS)]:
            self._rooms.remove(live)
