"""A TCP connection from its greeting until it carries frames, and how the system finds out that the other machine is gone."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

from models.pipe import Pipe
from server.cluster.greeting import Greeting, Stranger

GREETING_S = 5.0
"""How long a greeting may take: two ways there and back."""

GONE_S = 5.0
"""A machine that has given no sign of life for so long is gone; as long as an engine's process (`models.life.Bounds.beat_s`)."""


class Hello(asyncio.BufferedProtocol):
    """Greets, reading not one byte more than that takes, then hands the connection on."""

    def __init__(self, greeting: Greeting, met: Callable[[asyncio.Transport], None], failed: Callable[[str], None]) -> None:
        """Call `met` once the ends know each other; `failed` instead, with why not, in words that go on after "it"."""
        self._greeting, self._met, self._failed = greeting, met, failed
        self._said = bytearray(greeting.wants)
        self._filled = 0
        self._why = "closed the connection before it was greeted"
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)
        _tune(self._transport)
        self._deadline = asyncio.get_running_loop().call_later(GREETING_S, self._refuse, f"did not greet within {GREETING_S:g} s")
        self._transport.write(self._greeting.begin())

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where the rest of what is said next belongs."""
        return memoryview(self._said)[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        """Go on once all of it is there."""
        self._filled += nbytes
        if self._filled < len(self._said):
            return
        try:
            answer = self._greeting.push(bytes(self._said))
        except Stranger as stranger:
            self._refuse(str(stranger))
            return
        self._transport.write(answer)
        self._said, self._filled = bytearray(self._greeting.wants), 0
        if not self._greeting.wants:
            self._calm()
            self._met(self._transport)

    def eof_received(self) -> None:
        """The other end has closed: so does this one."""

    def connection_lost(self, error: Exception | None) -> None:
        """Tell it."""
        self._calm()
        self._failed(self._why)

    def _refuse(self, why: str) -> None:
        self._why = why
        self._transport.abort()

    def _calm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()


def carried(transport: asyncio.Transport, came: Callable[[Any], None], lost: Callable[[str], None]) -> Pipe:
    """Return the pipe that takes over a connection which was greeted."""
    pipe = Pipe(came, lost)
    transport.set_protocol(pipe)
    pipe.connection_made(transport)
    return pipe


def _tune(transport: asyncio.Transport) -> None:
    """Have the system close it when the other machine says nothing any more, whether something waits to be sent or not."""
    if (plain := transport.get_extra_info("socket")) is None:
        return
    with suppress(OSError):
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in (("TCP_KEEPIDLE", 2), ("TCP_KEEPINTVL", 1), ("TCP_KEEPCNT", 3), ("TCP_USER_TIMEOUT", round(1000 * GONE_S))):
            if hasattr(socket, name):
                plain.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
