"""What is asked of an engine's process, all at once, and what comes of it; how the messages get there and back is somebody else's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from assistant.errors import EngineUnavailable
from assistant.urgency import Urgency, urgency

AHEAD, MORE = 8, 4
"""Items of a stream that an engine may give before more are asked for, and how many are: while some are read here, it makes the next."""

_WITHOUT_END = 1 << 30

LOOK_S = 0.02
"""How often is looked whether something has become more urgent: a draft that is now waited for."""


class Died(Exception):
    """The process ended before it answered. The message says why, in words that go on after "its process"."""

    def __init__(self, why: str, *, suspect: bool = False, alone: bool = False) -> None:
        """Say whether the request was being worked on, and whether no other was."""
        super().__init__(why)
        self.suspect, self.alone = suspect, alone


class Away(EngineUnavailable):
    """The engine is not there, whatever it is asked: another one like it may answer."""


@dataclass
class _Asked:
    """A request under way. `owed`: results that the engine is at work on; `urgent`: as it was told."""

    owed: int
    urgency: Callable[[], Urgency]
    urgent: Urgency
    came: asyncio.Queue[tuple[str, Any]] = field(default_factory=asyncio.Queue)


class Asking:
    """What is asked of one process. One event loop owns it."""

    def __init__(self, send: Callable[[tuple[Any, ...]], None]) -> None:
        """Send messages to the process with `send`; `models/answering.py` says which."""
        self._send = send
        self._asked: dict[int, _Asked] = {}
        self._number = 0
        self._dead: str | None = None
        self._alone = False
        self._changed = asyncio.Event()
        self._looking: asyncio.TimerHandle | None = None

    @property
    def owed(self) -> bool:
        """Whether the engine is at work on anything."""
        return any(asked.owed for asked in self._asked.values())

    @property
    def under_way(self) -> int:
        """Requests that have not come to their end."""
        return len(self._asked)

    async def call(self, method: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Return what the method returns; cancelled, the engine is told that nobody waits.

        Raises:
            Died: the process ended meanwhile.
        """
        await self._until(lambda: not self._alone)
        return await self._call(method, args, options)

    async def call_alone(self, method: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        """Do that with nothing else under way meanwhile."""
        async with self._quiet():
            return await self._call(method, args, options)

    async def stream(self, method: str, args: tuple[Any, ...], options: dict[str, Any]) -> AsyncGenerator[Any, None]:
        """Yield the items of a generator method; closed, the engine's own is closed.

        Raises:
            Died: the process ended meanwhile.
        """
        await self._until(lambda: not self._alone)
        async with self._request(method, args, options, AHEAD) as (number, asked):
            read = 0
            while True:
                kind, value = await asked.came.get()
                if kind == "raised":
                    raise value
                if kind == "done":
                    return
                yield value
                await self._until(lambda: not self._alone)
                read += 1
                if read % MORE == 0 and number in self._asked:
                    asked.owed += MORE
                    self._send(("more", number, MORE))

    async def stream_alone(self, method: str, args: tuple[Any, ...], options: dict[str, Any]) -> list[Any]:
        """Return all items of a stream at once, with nothing else under way meanwhile: who reads them slowly holds up nobody.

        Raises:
            Died: the process ended meanwhile.
        """
        items = []
        async with self._quiet(), self._request(method, args, options, _WITHOUT_END) as (_, asked):
            while (message := await asked.came.get())[0] == "item":
                items.append(message[1])
        if message[0] == "raised":
            raise message[1]
        return items

    def came(self, kind: str, number: int, value: Any) -> None:
        """Take an "item", what is "done", or what was "raised"."""
        if (asked := self._asked.get(number)) is None:
            return  # whoever asked has left
        asked.owed -= 1
        if kind != "item":
            del self._asked[number]
        asked.came.put_nowait((kind, value))
        if self._alone:
            self._changed.set()

    def died(self, why: str) -> None:
        """Tell whoever waits, and whoever still asks, that the process has ended."""
        self._dead = why
        alone = sum(asked.owed > 0 for asked in self._asked.values()) == 1
        for asked in self._asked.values():
            asked.came.put_nowait(("raised", Died(why, suspect=asked.owed > 0, alone=alone)))
        self._asked.clear()
        self._changed.set()

    async def _call(self, method: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        async with self._request(method, args, options, None) as (_, asked):
            kind, value = await asked.came.get()
        if kind == "raised":
            raise value
        return value

    @asynccontextmanager
    async def _quiet(self) -> AsyncGenerator[None, None]:
        """Let the engine work on nothing but what is asked in this block; one block after the other."""
        await self._until(lambda: not self._alone)
        self._alone = True
        try:
            await self._until(lambda: not self.owed)
            yield
        finally:
            self._alone = False
            self._changed.set()

    @asynccontextmanager
    async def _request(
        self, method: str, args: tuple[Any, ...], options: dict[str, Any], ahead: int | None
    ) -> AsyncGenerator[tuple[int, _Asked], None]:
        if self._dead is not None:
            raise Died(self._dead)
        self._number += 1
        how_urgent = urgency()
        number, asked = self._number, _Asked(ahead or 1, how_urgent, how_urgent())
        self._asked[number] = asked
        if asked.urgent and self._looking is None:
            self._looking = asyncio.get_running_loop().call_later(LOOK_S, self._look)
        try:
            self._send(("ask", number, method, args, options, ahead, asked.urgent))
            yield number, asked
        finally:
            if self._asked.pop(number, None) is not None:  # it is left before its end
                self._send(("leave", number))
                self._changed.set()

    def _look(self) -> None:
        """Tell what has become more or less urgent, as long as anything may."""
        self._looking = None
        for number, asked in self._asked.items():
            if (now := asked.urgency()) != asked.urgent:
                asked.urgent = now
                self._send(("urgency", number, now))
        if any(asked.urgent for asked in self._asked.values()):
            self._looking = asyncio.get_running_loop().call_later(LOOK_S, self._look)

    async def _until(self, true: Callable[[], bool]) -> None:
        while not true() and self._dead is None:
            self._changed.clear()
            await self._changed.wait()
