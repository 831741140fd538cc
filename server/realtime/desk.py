"""Where a conversation waits for a client whose connection broke, and is found again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from server.realtime.outbox import Outbox
from server.realtime.refusals import Refused
from server.realtime.talk import Talk

GRACE_S = 60.0
"""How long a conversation waits for its client."""

MOST_WAITING = 32
"""Conversations that wait; beyond that the one that has waited longest ends."""


@dataclass
class Line:
    """A talk and what it tells, whoever is connected to it; `stack` ends it."""

    talk: Talk
    outbox: Outbox
    stack: AsyncExitStack
    who: str = ""
    """For whom it counts."""
    called_for: bool = False
    """Whether somebody was let in, since it waits, who may have come to resume it."""
    taken: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when another connection goes on with it."""
    free: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while no connection reads what it tells."""

    def __post_init__(self) -> None:
        self.free.set()


class Desk:
    """All lines that can be resumed, by token: those in use, those that wait, and, with a `restore`, those of an earlier process."""

    def __init__(self, restore: Callable[[str], Awaitable[Line | None]] | None = None, grace_s: float = GRACE_S) -> None:
        self._restore, self._grace_s = restore, grace_s
        self._lines: dict[str, Line] = {}
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()

    def know(self, line: Line) -> None:
        """Take note of a line that is in use, once it has a token."""
        if line.talk.token is not None:
            self._lines[line.talk.token] = line

    def lets_back(self, who: str) -> bool:
        """Whether somebody may have come to resume a conversation that waits, who is no additional load: one for each that does.

        Many may share a name, and only later it is told who came for which.
        """
        line = next((line for line in map(self._lines.__getitem__, self._waiting) if line.who == who and not line.called_for), None)
        if line is not None:
            line.called_for = True
        return line is not None

    async def take(self, token: str) -> Line:
        """Return the line of this token, which whoever uses it loses.

        Raises:
            Refused: there is none.
        """
        line = self._lines.pop(token, None)
        if line is None and self._restore is not None:
            line = await self._restore(token)
        if line is None:
            raise Refused(
                "There is no conversation to resume with that token; go on with this one.", "resume_not_found", "session.x.resume"
            )
        if (waiting := self._waiting.pop(token, None)) is not None:
            waiting.cancel()
        line.taken.set()
        await line.free.wait()
        line.taken = asyncio.Event()
        return line

    async def give_up(self, token: str) -> bool:
        """End the line of this token, because its client goes on elsewhere; return whether there was one.

        Whoever wants it may be gone before it has ended; it ends all the same, as nobody else would end it any more.
        """
        line = self._lines.pop(token, None)
        if line is None:
            return False
        if (waiting := self._waiting.pop(token, None)) is not None:
            waiting.cancel()
        line.taken.set()
        ending = asyncio.get_running_loop().create_task(_ended(line), name="giving up")
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)
        await asyncio.shield(ending)
        return True

    async def leave(self, line: Line, *, broken: bool) -> None:
        """A connection is over: let the line wait if it was `broken` and can be resumed, else end it."""
        token = line.talk.token
        if token is None or not broken:
            if token is not None:
                self._lines.pop(token, None)
            await line.stack.aclose()
            return
        self._lines[token], line.called_for = line, False
        self._waiting[token] = asyncio.get_running_loop().create_task(self._wait(token, line), name="waiting for a client")
        if len(self._waiting) > MOST_WAITING:
            await self._end(next(iter(self._waiting)))

    async def close(self) -> None:
        """End what waits, and what is given up."""
        for token in list(self._waiting):
            await self._end(token)
        if self._ending:
            await asyncio.wait(self._ending)

    async def _end(self, token: str) -> None:
        self._waiting.pop(token).cancel()
        await self._lines.pop(token).stack.aclose()

    async def _wait(self, token: str, line: Line) -> None:
        await asyncio.sleep(self._grace_s)
        del self._waiting[token], self._lines[token]
        await line.stack.aclose()


async def _ended(line: Line) -> None:
    await line.free.wait()
    await line.stack.aclose()
