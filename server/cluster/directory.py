"""Who is there: the doors of the cluster as a list that follows them. It lives with the head, behind a door of its own.

Being there is a stream that stays open: when the connection under it is lost, because a process or a machine is, the place is off the list.
No clock says so, and nothing has to be told at the end.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any

from assistant.errors import EngineError, ParleyError
from models.asking import Died
from server.cluster.line import Line
from server.cluster.spread import Spread

AGAIN_S = 0.5
"""After so long the head is looked for again."""


@dataclass(frozen=True, slots=True)
class Place:
    """A door."""

    name: str
    """Of the engine behind it."""
    host: str
    port: int
    node: str
    """The machine it is on, as Ray names it."""
    serves: int = 0
    """The port at which clients reach a front."""


class Directory:
    """The list; its methods are those of a `Worker`, so that a door can stand before it. One event loop owns it."""

    name = "directory"
    queued = 0
    steps = 0

    def __init__(self) -> None:
        self._places: dict[int, Place] = {}
        self._number = 0
        self._watching: set[asyncio.Event] = set()
        self._spread = Spread()
        self.complaints: list[ParleyError] = []
        """Why replicas could not begin; whoever reads them takes them off."""

    @property
    def places(self) -> tuple[Place, ...]:
        """Return who is there, the first who came first."""
        return tuple(self._places.values())

    async def call(self, method: str, *args: Any, **options: Any) -> Any:
        """Do what is asked for: "complain", note why a replica could not begin; "fits", tell whether one of this name is to begin on this machine.

        Raises:
            EngineError: there is nothing of that name.
        """
        match method, args:
            case "complain", (ParleyError() as complaint,):
                self.complaints.append(complaint)
                self._changed()
                return None
            case "fits", (str() as name, str() as node, list() as room):
                return self._spread.fits(name, node, (place.node for place in self.places if place.name == name), room)
        raise EngineError(f"A directory knows no {method!r}.")

    async def stream(self, method: str, *args: Any, **options: Any) -> AsyncGenerator[Any, None]:
        """Yield what is asked for: "present", once `args` is on the list, which it is until this is closed; "watch", the list, each time it changes.

        Raises:
            EngineError: there is nothing of that name.
        """
        match method, args:
            case "present", (Place() as place,):
                steps: AsyncGenerator[Any, None] = self._present(place)
            case "watch", ():
                steps = self._watch()
            case _:
                raise EngineError(f"A directory knows no {method!r}.")
        async with aclosing(steps):
            async for step in steps:
                yield step

    async def until_all(self, names: Mapping[str, int]) -> None:
        """Return when there are so many of each of these names.

        Raises:
            ParleyError: what a replica complained about meanwhile.
        """
        async with aclosing(self._watch()) as lists:
            async for places in lists:
                if self.complaints:
                    raise self.complaints.pop()
                if Counter(place.name for place in places) >= Counter(names):
                    return

    async def _present(self, place: Place) -> AsyncGenerator[bool, None]:
        self._number += 1
        number = self._number
        self._places[number] = place
        self._changed()
        try:
            yield True
            await asyncio.Event().wait()
        finally:
            del self._places[number]
            self._changed()

    async def _watch(self) -> AsyncGenerator[tuple[Place, ...], None]:
        news = asyncio.Event()
        self._watching.add(news)
        try:
            while True:
                news.clear()
                yield self.places
                await news.wait()
        finally:
            self._watching.discard(news)

    def _changed(self) -> None:
        for news in self._watching:
            news.set()


async def followed(host: str, port: int, secret: bytes, method: str, *args: Any) -> AsyncGenerator[Any, None]:
    """Yield the steps of a stream of the directory at an address, anew each time that the connection was lost: until this is closed."""
    while True:
        line = Line(host, port, secret)
        with suppress(Died):
            try:
                await line.begin()
                async with aclosing(line.asking.stream(method, args, {})) as steps:
                    async for step in steps:
                        yield step
            finally:
                line.close()
        await asyncio.sleep(AGAIN_S)
