"""One connection to a door: what is asked over it is under way all at once, and ends when the other machine is gone."""

from __future__ import annotations

import asyncio
from typing import Any

from models.asking import Asking, Died
from models.life import Attributes
from models.pipe import Pipe
from models.signs import Signs
from server.cluster.greeting import GuestGreeting
from server.cluster.wire import GONE_S, Hello, carried


class Line:
    """Owned by the event loop that began it."""

    def __init__(self, host: str, port: int, secret: bytes) -> None:
        """Begin it with `begin`."""
        self._host, self._port, self._secret = host, port, secret
        self._loop = asyncio.get_running_loop()
        self.asking = Asking(self._send)
        self.over: asyncio.Future[str] = self._loop.create_future()
        """Why it is over, in words that go on after "it"."""
        self._ready: asyncio.Future[dict[str, Any]] = self._loop.create_future()
        self._ready.add_done_callback(lambda ready: ready.cancelled() or ready.exception())  # nobody need ask
        self._pipe: Pipe | None = None
        self._signs = Signs(self.over, self._tick, self._send)
        self._others = 0
        self._why = ""

    @property
    def load(self) -> int:
        """Requests that the engine has: ours, and those of others when it last told."""
        return self.asking.under_way + self._others

    async def begin(self) -> Attributes:
        """Connect; return the attributes of the engine.

        Raises:
            Died: there is nobody, or a stranger.
        """
        hello = Hello(GuestGreeting(self._secret), self._met, self._lost)
        try:
            async with asyncio.timeout(GONE_S):
                await self._loop.create_connection(lambda: hello, self._host, self._port)
                return Attributes(await asyncio.shield(self._ready))
        except (OSError, TimeoutError) as error:
            self._close(f"cannot be reached ({type(error).__name__})")
            self._lost("")
            raise Died(self.over.result()) from error

    def close(self) -> None:
        """End it; who waits for an answer is told."""
        self._close("was closed")

    def _close(self, why: str) -> None:
        self._why = self._why or why
        if self._pipe is not None:
            self._pipe.close(at_once=True)
        elif not self.over.done():
            self._lost(why)

    def _met(self, transport: asyncio.Transport) -> None:
        if self.over.done():
            transport.abort()
            return
        self._pipe = carried(transport, self._came, self._lost)
        self._signs.begin()

    def _send(self, message: tuple[Any, ...]) -> None:
        if self._pipe is not None:
            self._pipe.send(message)

    def _came(self, message: Any) -> None:
        self._signs.came()
        match message:
            case ("item" | "done" | "raised" as kind, int() as number, value) if number:
                self.asking.came(kind, number, value)
            case ("pong", int(), int() as queued):
                self._others = max(0, queued - self.asking.under_way)
            case ("ready", dict() as attributes) if not self._ready.done():
                self._ready.set_result(attributes)
            case _:
                self._close(f"sent what cannot be understood: {str(message)[:40]!r}")

    def _tick(self) -> None:
        if self._signs.missed_s >= GONE_S:
            self._close(f"gave no sign of life for {GONE_S:g} s")
        else:
            self._signs.ask()

    def _lost(self, why: str) -> None:
        if self.over.done():
            return
        why = self._why or why or "closed the connection"
        self.over.set_result(why)
        if not self._ready.done():
            self._ready.set_exception(Died(why))
        self.asking.died(why)
