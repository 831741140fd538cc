"""Where the cluster meets: the directory, and the file of conversations, each behind a door. They live with `parley cluster` itself.

So the file is one machine's, and whichever front a client comes back to reads it through that door: a lost front, or the machine it was on, loses
nothing that its clients were told of.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from assistant.errors import EngineError, EngineUnavailable
from models.worker import Working
from server.cluster.directory import Directory, Place
from server.cluster.door import Door

CONVERSATIONS = "conversations"
"""The name of the store in the directory."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where it is, for those who come to it."""

    host: str
    port: int
    """Of the directory."""
    secret: bytes = field(repr=False)
    """Of the cluster."""
    keeps: bool
    """Whether conversations are kept."""


class Shelf:
    """The store as a door asks it: what could not be written for now is told apart from what never can, over the wire too."""

    steps = 0

    def __init__(self, worker: Working) -> None:
        self.name, self._worker = worker.name, worker

    @property
    def queued(self) -> int:
        """Calls that somebody waits for."""
        return self._worker.queued

    async def call(self, method: str, *args: Any, **options: Any) -> Any:
        """Return what one method of the database returns.

        Raises:
            EngineUnavailable: nothing can be written for now.
        """
        try:
            return await self._worker.call(method, *args, **options)
        except EngineError as error:
            if isinstance(error.__cause__, sqlite3.OperationalError):
                raise EngineUnavailable(str(error)) from error
            raise

    def stream(self, method: str, *args: Any, **options: Any) -> AsyncGenerator[Any, None]:
        """Yield what a generator method yields."""
        return self._worker.stream(method, *args, **options)


@asynccontextmanager
async def at_head(host: str, secret: bytes, node: str, worker: Working | None) -> AsyncGenerator[tuple[Directory, Head], None]:
    """Keep the directory, and the store of `worker` if there is one, at an address of this machine in this block.

    Raises:
        EngineUnavailable: no port of that address can be opened.
    """
    directory = Directory()
    doors = [Door(directory, secret)]
    _, port = await doors[0].open(host)
    present: asyncio.Task[None] | None = None
    try:
        if worker is not None:
            doors.append(Door(Shelf(worker), secret))
            _, at = await doors[1].open(host)
            place = Place(CONVERSATIONS, host, at, node)
            present = asyncio.get_running_loop().create_task(_present(directory, place), name="conversations")
        yield directory, Head(host, port, secret, worker is not None)
    finally:
        for door in doors:
            await door.close(0)
        if present is not None:
            present.cancel()
            await asyncio.wait([present])


async def _present(directory: Directory, place: Place) -> None:
    async with aclosing(directory.stream("present", place)) as steps:
        async for _ in steps:
            pass
