"""uvicorn's connections, with an end for peers that say nothing, have gone, or do not read."""

from __future__ import annotations

import socket
from asyncio import BaseTransport, Transport
from contextlib import suppress

import h11
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

SEND_BUFFER_BYTES = 128 * 1024
"""Of the kernel, which otherwise takes seconds of sound that a cancel can then not call back."""

HIGH_WATER_BYTES = 64 * 1024
"""Beyond that, who sends waits."""

FLUSH_S = 2.0
"""How long a peer may take to read what is left when its connection is closed."""

HANDSHAKE_S = 10.0
"""How long a connection may take until its first request is read."""


class Connection(WebSocketsSansIOProtocol):
    """One WebSocket."""

    def connection_made(self, transport: BaseTransport) -> None:
        """Keep what waits between us and the client small."""
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=HIGH_WATER_BYTES)
        with suppress(OSError):
            if (plain := transport.get_extra_info("socket")) is not None:
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)

    async def send(self, message: ASGISendEvent) -> None:
        """Send; a refusal that was sent whole is the end of the handshake, too: uvicorn would log it as an error."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body"):
            self.handshake_complete = True

    async def run_asgi(self) -> None:
        """Serve; what the peer has not read some time after the end is thrown away."""
        await super().run_asgi()
        self.loop.call_later(FLUSH_S, self.transport.abort)

    def keepalive_timeout(self) -> None:
        """The peer does not answer: it will not read, either."""
        super().keepalive_timeout()
        self.transport.abort()


class Request(H11Protocol):
    """A connection before it is a WebSocket, or that stays plain HTTP."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Wait for a request, but not for ever."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(HANDSHAKE_S, self._look)

    def connection_lost(self, error: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._deadline.cancel()
        super().connection_lost(error)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand the connection on: this is its first request, and its end is not ours to see."""
        self._deadline.cancel()
        super().handle_websocket_upgrade(event)

    def _look(self) -> None:
        if self.cycle is None:
            self.transport.abort()
