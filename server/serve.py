"""Running the application: addresses, TLS, and an end in good order."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from assistant.errors import InputError
from server.entrance import Room
from server.open_files import Scarcity, allow_many
from server.wire import Connection, Request

MOST_MESSAGE_BYTES = 24 * 1024 * 1024
"""Of one WebSocket message: the 15 MiB of audio that the protocol allows, in base64."""

BACKLOG = 128
"""Connections that wait to be taken; where there are no open files left, asyncio tries so many times a second."""

FINISH_S = 10.0
"""How long conversations may go on when the server is told to end."""

CLOSE_S = 5
"""How long what else is being answered may go on after that."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where it is reached. Port 0 takes a free one."""

    host: str = "127.0.0.1"
    port: int = 8765
    certificate: Path | None = None
    key: Path | None = None
    shared: bool = False
    """Whether others may listen at the same port: the system then gives each new connection to one of them (Linux)."""

    def url(self, port: int) -> str:
        """Return what to open in a browser here."""
        host = "localhost" if self.host in ("127.0.0.1", "0.0.0.0", "::1", "::") else self.host
        return f"{'https' if self.certificate else 'http'}://{host}:{port}"


def _opened(address: Address) -> list[socket.socket]:
    """Return sockets that listen: two for a name that stands for an IPv4 and an IPv6 address."""
    opened: list[socket.socket] = []
    try:
        for family, _, _, _, place in socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE):
            opened.append(socket.create_server(place[:2], family=family, reuse_port=address.shared))
    except OSError as error:
        for each in opened:
            each.close()
        why = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
        raise InputError(f"Port {address.port} of {address.host} cannot be opened: {why}. Choose another with --port or --host.") from error
    return opened


class Server(uvicorn.Server):
    """Ends in two steps: no new conversations, then, when the running ones are over or it takes too long, all connections."""

    def __init__(self, app: ASGIApp, address: Address, room: Room, started: Callable[[int], None]) -> None:
        """Serve `app` at `address`; `started` takes the port when it is open.

        Raises:
            InputError: the certificate or its key cannot be used.
        """
        super().__init__(
            uvicorn.Config(
                app,
                host=address.host,
                port=address.port,
                ssl_certfile=str(address.certificate) if address.certificate else None,
                ssl_keyfile=str(address.key) if address.key else None,
                http=Request,
                ws=Connection,
                ws_max_size=MOST_MESSAGE_BYTES,
                ws_per_message_deflate=False,  # base64 of sound hardly shrinks, and it costs time
                log_config=None,
                access_log=False,
                backlog=BACKLOG,
                lifespan="on",
                server_header=False,
                timeout_graceful_shutdown=CLOSE_S,
            )
        )
        try:
            self.config.load()
        except (OSError, ssl.SSLError) as error:
            why = (
                (error.reason or "not in PEM form").lower().replace("_", " ")
                if isinstance(error, ssl.SSLError)
                else os.strerror(error.errno or 0)
            )
            raise InputError(
                f"The certificate {address.certificate} and the key {address.key} cannot be used: {why}. Name PEM files that belong together."
            ) from error
        self._room, self._started, self._address = room, started, address
        self._ending: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the port.

        Raises:
            InputError: it is taken, or the address is none of this machine's.
        """
        allow_many()
        await super().startup(sockets or _opened(self._address))
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(Scarcity())
        self._started(self.servers[0].sockets[0].getsockname()[1])

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close everything; forced, uvicorn forgets the application's own end, which costs no time here."""
        await super().shutdown(sockets)
        if self.force_exit:
            await self.lifespan.shutdown()

    def end(self) -> None:
        """Begin to end, as when told by a signal: no new conversations, and the running ones end after the reply that is being given."""
        self.handle_exit(signal.SIGTERM, None)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end; told a second time, end now."""
        if self._ending is not None or not self._room.busy:
            # uvicorn would raise the signal once more when all is done, into the middle of our own ending.
            self.should_exit, self.force_exit = True, self.should_exit
        else:
            self._loop.call_soon_threadsafe(self._finish)

    def _finish(self) -> None:
        self._room.closing.set()
        self._ending = self._ending or self._loop.create_task(self._end())

    async def _end(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(FINISH_S):
                await self._room.empty()
        self.should_exit = True
