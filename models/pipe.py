"""One end of what two processes say to each other: messages over a socket, on the event loop of each."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

from models.frames import Deframer, Unreadable, framed

BUFFER_BYTES = 1 << 20
"""Held by the system on the way: some seconds of sound go out at once."""


class Pipe(asyncio.BufferedProtocol):
    """Sends messages and passes on those that come. One event loop owns it."""

    def __init__(self, came: Callable[[Any], None], lost: Callable[[str], None]) -> None:
        """Pass each message to `came`; `lost` is called once, with why nothing can come any more, empty if the other end closed."""
        self._came, self._lost = came, lost
        self._deframer = Deframer()
        self._transport: asyncio.Transport | None = None
        self._why = ""

    @classmethod
    async def over(cls, end: socket.socket, came: Callable[[Any], None], lost: Callable[[str], None]) -> Pipe:
        """Return a pipe over one end of a socket pair, which it owns from now on."""
        with suppress(OSError):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
        end.setblocking(False)
        _, pipe = await asyncio.get_running_loop().create_connection(lambda: cls(came, lost), sock=end)
        return pipe

    def send(self, message: Any) -> None:
        """Send one message; one that cannot arrive any more is lost without a word.

        Raises:
            Exception: it cannot be pickled.
        """
        data = framed(message)
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def close(self, *, at_once: bool = False) -> None:
        """Send what waits, unless `at_once`, and close."""
        if self._transport is not None:
            if at_once:
                self._transport.abort()
            else:
                self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        self._transport = cast(asyncio.Transport, transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where the next bytes belong."""
        return self._deframer.room()

    def buffer_updated(self, nbytes: int) -> None:
        """Pass on what has become complete."""
        try:
            for message in self._deframer.took(nbytes):
                self._came(message)
        except Unreadable as error:
            self._why = f"sent what cannot be read: {error}"
            self.close(at_once=True)

    def eof_received(self) -> None:
        """The other end has closed: so does this one."""

    def connection_lost(self, error: Exception | None) -> None:
        """Tell it."""
        self._transport = None
        self._lost(self._why)
