"""What one machine of a cluster asks another that is no engine: fronts give conversations up to each other, and tell of short-lived keys."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import Any

from assistant.errors import EngineError, EngineUnavailable, ParleyError
from models.asking import Died
from server.auth import Doorkeeper
from server.cluster.line import Line
from server.realtime.desk import Desk
from server.store.archive import Archive

FRONT = "front"
"""The name of the fronts in the directory."""

TOLD_S = 2.0
"""How long whoever is told something may take to do it; one that takes longer is about to be gone."""


class Ours:
    """A front as others ask it."""

    name = FRONT
    queued = 0
    steps = 0

    def __init__(self, kept: Archive | None) -> None:
        self._kept = kept
        self._open: tuple[Desk, Doorkeeper] | None = None

    def may_be_asked(self, desk: Desk, doorkeeper: Doorkeeper) -> None:
        """Answer for these from now on."""
        self._open = desk, doorkeeper

    async def call(self, method: str, *args: Any, **options: Any) -> bool:
        """Do what another front wants; return whether there was anything to do.

        "give_up", TOKEN: end that conversation, and return when all of it is kept; "lend", KEY, SECONDS, SESSION: let in whoever has that key.
        """
        if self._open is None:
            return False
        desk, doorkeeper = self._open
        match method, args:
            case "give_up", (str() as token,):
                given_up = await desk.give_up(token)
                if given_up and self._kept is not None:
                    await self._kept.store.all_written()
                return given_up
            case "lend", (str() as key, seconds, dict() as session):
                doorkeeper.learn(key, seconds, time.monotonic(), session)
                return True
        raise EngineError(f"A front knows no {method!r}.")

    def stream(self, method: str, *args: Any, **options: Any) -> Any:
        """There is nothing to stream."""
        raise EngineError(f"A front streams no {method!r}.")


async def told_soon(host: str, port: int, secret: bytes, method: str, *args: Any) -> None:
    """Tell whoever is behind a door something, and wait until it has done it, but not for long; there may be nobody."""
    with suppress(TimeoutError, ParleyError):
        async with asyncio.timeout(TOLD_S):
            await called(host, port, secret, method, *args)


async def called(host: str, port: int, secret: bytes, method: str, *args: Any) -> Any:
    """Ask whoever is behind a door one thing; return the answer.

    Raises:
        EngineUnavailable: nobody is, or is no longer; or another ParleyError of theirs.
    """
    line = Line(host, port, secret)
    try:
        await line.begin()
        return await line.asking.call(method, args, {})
    except Died as died:
        raise EngineUnavailable(f"The door at {host}:{port} {died}.") from died
    finally:
        line.close()
