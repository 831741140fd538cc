"""Doors on this machine, and what goes wrong with connections to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

from models.worker import Worker
from server.cluster.directory import Place
from server.cluster.door import Door
from server.cluster.remote import Remote
from tests.models.counter import Counter
from tests.models.working import until

HOST = "127.0.0.1"
SECRET = bytes(range(32))


@asynccontextmanager
async def counting(
    make: Callable[[], object] = Counter, name: str = "counter", kind: type[Worker] = Worker
) -> AsyncGenerator[tuple[Place, Worker, Door], None]:
    """Open a door to an engine, on a thread of its own."""
    worker = kind(make, name)
    await worker.ready()
    door = Door(worker, SECRET, {"step_s": 0.5})
    host, port = await door.open(HOST)
    try:
        yield Place(name, host, port, "here"), worker, door
    finally:
        await door.close(0)
        await worker.close()


@asynccontextmanager
async def asking(*places: Place, **options: Any) -> AsyncGenerator[Remote, None]:
    """Ask who is at these doors; `options` are those of a `Remote`."""
    remote = Remote("counter", SECRET, **options)
    remote.found(places)
    try:
        await remote.ready()
        await until(lambda: len(remote._lines) == len(places))
        yield remote
    finally:
        await remote.close()


class Cable:
    """A connection that can be pulled out: nothing passes any more, and nobody is told."""

    def __init__(self, place: Place) -> None:
        self._place, self._pulled = place, asyncio.Event()
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> Place:
        self._server = await asyncio.start_server(self._through, HOST, 0)
        return Place(self._place.name, HOST, self._server.sockets[0].getsockname()[1], self._place.node)

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.close()

    def pull(self) -> None:
        self._pulled.set()

    def cut(self) -> None:
        """End it as the system of a machine does whose process is killed."""
        for writer in self._writers:
            writer.transport.abort()

    async def _through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._place.host, self._place.port)
        self._writers += [writer, back]
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pass(reader, back))
            group.create_task(self._pass(there, writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                if self._pulled.is_set():
                    await asyncio.Event().wait()
                writer.write(data)
            writer.close()
        except ConnectionError:
            writer.close()
