"""Where an engine of the cluster is asked from other machines: a TCP port that speaks the frames of `models/answering.py`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from assistant.errors import EngineUnavailable
from models.answering import Answering, Answers
from models.pipe import Pipe
from server.cluster.greeting import DoorGreeting
from server.cluster.wire import Hello, carried

MOST_STRANGERS = 64
"""Connections that may be in the middle of their greeting; one more is closed at once."""

FINISH_S = 10.0
"""How long what is under way may go on when the door is closed."""


class Door:
    """One engine, for whoever has the cluster's secret. One event loop owns it."""

    def __init__(self, worker: Answers, secret: bytes, attributes: Mapping[str, Any] | None = None) -> None:
        """Answer with `worker`; each guest is told the `attributes` of its engine first."""
        self._worker, self._secret, self._attributes = worker, secret, dict(attributes or {})
        self._strangers: set[Hello] = set()
        self._guests: dict[Pipe, Answering] = {}
        self._server: asyncio.Server | None = None

    async def open(self, host: str) -> tuple[str, int]:
        """Listen at a free port of an address, and of no other; return both.

        Raises:
            EngineUnavailable: it cannot be opened.
        """
        try:
            self._server = await asyncio.get_running_loop().create_server(self._knocked, host, 0)
        except OSError as error:
            raise EngineUnavailable(f"No port of {host} can be opened for {self._worker.name} ({error.strerror}).") from error
        return host, self._server.sockets[0].getsockname()[1]

    async def close(self, finish_s: float = FINISH_S) -> None:
        """Let nobody in any more, let what is under way come to its end for a while, and close."""
        if self._server is not None:
            self._server.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(finish_s):
                for answering in list(self._guests.values()):
                    await answering.finished()
        for pipe in list(self._guests):
            pipe.close()

    def _knocked(self) -> asyncio.BaseProtocol:
        hello = Hello(DoorGreeting(self._secret), lambda transport: self._met(hello, transport), lambda _: self._strangers.discard(hello))
        if len(self._strangers) >= MOST_STRANGERS:
            return _Full()
        self._strangers.add(hello)
        return hello

    def _met(self, hello: Hello, transport: asyncio.Transport) -> None:
        self._strangers.discard(hello)
        answering = Answering(self._worker, lambda message: pipe.send(message))
        gone: Callable[[str], None] = lambda _: self._gone(pipe)  # noqa: E731 - the pipe is made with it
        pipe = carried(transport, answering.came, gone)
        self._guests[pipe] = answering
        pipe.send(("ready", self._attributes))

    def _gone(self, pipe: Pipe) -> None:
        self._guests.pop(pipe).leave()


class _Full(asyncio.Protocol):
    """Closes what cannot be greeted."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Close."""
        transport.close()
