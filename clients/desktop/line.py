"""A talk's line to its server: sends what is given, and when the connection breaks, comes back."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from websockets.exceptions import ConnectionClosed

from assistant.errors import InputError
from clients.desktop.link import Link, Unreachable, why
from clients.desktop.wire import Message

GIVE_UP_S = 60.0
"""So long a broken connection is tried again: as long as a Parley server keeps the conversation waiting."""

FIRST_S, MOST_S = 0.25, 8.0
"""The wait before the second try, and the longest one; each is twice the one before, or up to a quarter more, so that not all come at once."""

MOST_WAITING = 300
"""Events that wait to be sent, ten seconds of sound: a network that takes so few takes none."""


class Line:
    """Owned by the event loop. What is sent while there is no connection is lost: who has to know is told of each connection."""

    def __init__(
        self,
        dial: Callable[[], Awaitable[Link]],
        *,
        connected: Callable[[], None],
        received: Callable[[Message], None],
        lost: Callable[[str], None],
    ) -> None:
        """Be a line that is not connected yet.

        Args:
            dial: opens a connection.
            connected: told of each connection; what it sends goes first.
            received: takes the server's events.
            lost: told why a connection broke.
        """
        self._dial, self._connected, self._received, self._lost = dial, connected, received, lost
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Queue[Message] | None = None
        self._stalled = asyncio.Event()

    @property
    def open(self) -> bool:
        """Whether there is a connection."""
        return self._waiting is not None

    def send(self, message: Message) -> None:
        """Send an event as soon as those before it are sent."""
        if self._waiting is None:
            return
        self._waiting.put_nowait(message)
        if self._waiting.qsize() > MOST_WAITING:
            self._stalled.set()

    async def run(self, link: Link) -> None:
        """Use this connection, and when it breaks another one, until cancelled.

        Raises:
            InputError: there is none any more.
        """
        while True:
            reason = await self._use(link)
            self._lost(reason)
            link = await self._come_back(reason)

    async def _use(self, link: Link) -> str:
        """Return why the connection broke."""
        waiting: asyncio.Queue[Message] = asyncio.Queue()
        self._waiting = waiting
        self._stalled.clear()
        works = [self._loop.create_task(work) for work in (self._receive(link), self._send(link, waiting), self._stall())]
        try:
            self._connected()
            done, _ = await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
            return next(iter(done)).result()
        finally:
            self._waiting = None
            for task in works:
                task.cancel()
            await asyncio.wait(works)
            await link.close()

    async def _receive(self, link: Link) -> str:
        while True:
            try:
                message = await link.receive()
            except ConnectionClosed as closed:
                return why(closed)
            self._received(message)

    async def _send(self, link: Link, waiting: asyncio.Queue[Message]) -> str:
        while True:
            try:
                await link.send(await waiting.get())
            except ConnectionClosed as closed:
                return why(closed)

    async def _stall(self) -> str:
        await self._stalled.wait()
        return "it takes no more sound"

    async def _come_back(self, reason: str) -> Link:
        until_s, wait_s = self._loop.time() + GIVE_UP_S, 0.0
        while True:
            await asyncio.sleep(wait_s)
            try:
                return await self._dial()
            except Unreachable as error:
                wait_s = max(error.after_s or 0.0, min(MOST_S, max(FIRST_S, 2 * wait_s)) * random.uniform(1.0, 1.25))
                if self._loop.time() + wait_s > until_s:
                    last = str(error).rstrip(".")
                    raise InputError(f"The connection was lost ({reason}) and did not come back within {GIVE_UP_S:g} s: {last}.") from error
