"""Running the application: addresses, TLS, and an end in good order."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from assistant.errors import InputError
from server.entrance import Room
from server.wire import Connection, Request

MOST_MESSAGE_BYTES = 24 * 1024 * 1024
"""Of one WebSocket message: the 15 MiB of audio that the protocol allows, in base64."""

FINISH_S = 10.0
"""How long conversations may go on when the server is told to end."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where it is reached. Port 0 takes a free one."""

    host: str = "127.0.0.1"
    port: int = 8765
    certificate: Path | None = None
    key: Path | None = None

    def url(self, port: int) -> str:
        """Return what to open in a browser here."""
        host = "localhost" if self.host in ("127.0.0.1", "0.0.0.0", "::1", "::") else self.host
        return f"{'https' if self.certificate else 'http'}://{host}:{port}"


class Server(uvicorn.Server):
    """Ends in two steps: no new conversations, then, when the running ones are over or it takes too long, all connections."""

    def __init__(self, app: ASGIApp, address: Address, room: Room, started: Callable[[int], None]) -> None:
        """Serve `app` at `address`; `started` takes the port when it is open."""
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
                lifespan="on",
                server_header=False,
                timeout_graceful_shutdown=5,
            )
        )
        self._room, self._started, self._address = room, started, address
        self._ending: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the port.

        Raises:
            InputError: it is taken.
        """
        try:
            await super().startup(sockets)
        except SystemExit as error:
            raise InputError(f"Port {self._address.port} of {self._address.host} cannot be opened; choose another with --port.") from error
        self._loop = asyncio.get_running_loop()
        self._started(self.servers[0].sockets[0].getsockname()[1])

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end; told a second time, end now."""
        if self._ending is not None or not self._room.taken:
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
