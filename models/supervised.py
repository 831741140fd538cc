"""An engine in a process of its own that is looked after: a `Worker` over many lives of that process.

What ended, hangs, or talks nonsense is ended and started again, after a while if that does not help. Requests that were under way are
asked again of the new process, and what was told already is not told twice: so a crash costs a pause. A request that ends the process
again is asked a last time with no other beside it; if that was it, it fails, and is not taken again.
"""

from __future__ import annotations

import asyncio
import hashlib
import pickle
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from math import inf
from typing import Any

from assistant.errors import EngineUnavailable, ParleyError
from models.asking import Asking, Died
from models.inside import Told
from models.life import Attributes, Bounds, Life
from models.replay import Replay
from models.restarts import Restarts
from models.worker import Worker

PATIENCE_S = 5.0
"""Where the next start is further off, requests fail at once."""

MOST_DEATHS = 2
"""After so many of its process a request is asked alone, and the next one is its own fault."""

MOST_KNOWN = 64
"""Requests that are remembered because they end the process."""


class Supervised:
    """One engine in a process of its own, with the methods of a `Worker`. The event loop in which it is made owns it."""

    def __init__(
        self,
        make: Callable[[], Any],
        name: str,
        *,
        kind: type[Worker] = Worker,
        attributes: Sequence[str] = (),
        lasting: Sequence[str] = (),
        bounds: Bounds | None = None,
    ) -> None:
        """Begin to start the process; `ready` waits for it.

        Args:
            make: a picklable factory of the engine; called in the process.
            name: of the process, and in errors.
            kind: how the engine works in the process.
            attributes: of the engine, for what `ready` returns.
            lasting: methods whose last call says how the engine works from then on; a new process is told it, too.
            bounds: what it may do.
        """
        self.name = name
        self.queued = 0
        """Requests that an answer is waited for."""
        self.starts = 0
        """How often a process was begun."""
        self.outage: tuple[str, float] | None = None
        """Why it is not there, and how many seconds later it is started again; 0 at once."""
        self._bounds = bounds or Bounds()
        self._told = Told(make, name, tuple(attributes), self._bounds.memory_mb, kind)
        self._lasting: dict[str, tuple[tuple[Any, ...], dict[str, Any]] | None] = dict.fromkeys(lasting)
        self._restarts = Restarts()
        self._poison: deque[bytes] = deque(maxlen=MOST_KNOWN)
        self._life: Life | None = None
        self._news = asyncio.Event()
        loop = asyncio.get_running_loop()
        self._first: asyncio.Future[Attributes] = loop.create_future()
        self._first.add_done_callback(lambda made: made.cancelled() or made.exception())  # nobody need ask
        self._living = loop.create_task(self._live(), name=f"life of {name}")
        self._living.add_done_callback(lambda _: self._news.set())

    async def ready(self) -> Attributes:
        """Return what was asked for of the engine once it is made.

        Raises:
            EngineUnavailable: it cannot be made; or another ParleyError that making it raised.
        """
        return await asyncio.shield(self._first)

    @property
    def left_alone(self) -> bool:
        """Whether it is not there, and will not be for some time."""
        return self.outage is not None and self.outage[1] > PATIENCE_S

    @property
    def pid(self) -> int | None:
        """Of the process that serves at the moment."""
        return self._life.pid if self._life else None

    async def call(self, method: str, *args: Any, **options: Any) -> Any:
        """Return what one method returns.

        Raises:
            EngineUnavailable: the process is left alone for a while, or this request has ended it too often.
        """
        if method in self._lasting:
            self._lasting[method] = (args, options)
        request = _Request(method, args, options)
        self.queued += 1
        try:
            while True:
                asked = await self._alive(request)
                try:
                    return await (asked.call_alone if request.last_chance else asked.call)(method, args, options)
                except Died as died:
                    self._blame(request, died)
        finally:
            self.queued -= 1

    async def stream(self, method: str, *args: Any, **options: Any) -> AsyncGenerator[Any, None]:
        """Yield what a generator method yields; closing this closes the engine's.

        Raises:
            EngineUnavailable: as `call`.
        """
        request, replay = _Request(method, args, options), Replay()
        self.queued += 1
        try:
            while True:
                asked = await self._alive(request)
                replay.again()
                try:
                    if request.last_chance:
                        for item in await asked.stream_alone(method, args, options):
                            for fresh in replay.push(item):
                                yield fresh
                    else:
                        async with aclosing(asked.stream(method, args, options)) as items:
                            async for item in items:
                                for fresh in replay.push(item):
                                    yield fresh
                    for fresh in replay.end():
                        yield fresh
                    return
                except Died as died:
                    self._blame(request, died)
        finally:
            self.queued -= 1

    async def close(self) -> None:
        """End the process."""
        self._living.cancel()
        await asyncio.wait([self._living])
        if not self._first.done():
            self._first.set_exception(EngineUnavailable(f"The engine {self.name} was closed before it was ready."))

    # --- lives -----------------------------------------------------------------------------------------------------------------

    async def _live(self) -> None:
        """Start one process after the other."""
        loop = asyncio.get_running_loop()
        while True:
            self.starts += 1
            life, ready_s = Life(self._told, self._bounds), inf
            try:
                made = await life.begin()
                for method, last in self._lasting.items():
                    if last is not None:
                        await life.asking.call(method, *last)
                if not self._first.done():
                    self._first.set_result(made)
                self._life, self.outage, ready_s = life, None, loop.time()
                self._news.set()
                await asyncio.wait([life.over])
                why = life.over.result()
            except ParleyError as error:
                why = "cannot make the engine: " + str(error).rstrip(".")
                if not self._first.done():
                    self._first.set_exception(error)
                    return
            except Died as died:
                why = str(died)
                if not self._first.done():
                    self._first.set_exception(
                        EngineUnavailable(f"The engine {self.name} cannot be started: its process {why}; check its model.")
                    )
                    return
            finally:
                self._life = None
                await life.close()
            wait_s = self._restarts.ended(max(0.0, loop.time() - ready_s))
            self.outage = (why, wait_s)
            self._news.set()
            await asyncio.sleep(wait_s)

    async def _alive(self, request: _Request) -> Asking:
        """Return what asks the process that lives, once there is one."""
        if self._poison and request.digest() in self._poison:
            raise EngineUnavailable(f"This request has ended the process of the engine {self.name} before; it is not taken again.")
        while (life := self._life) is None or life.over.done():
            if self._living.done():
                if self._first.done() and not self._first.cancelled() and (error := self._first.exception()):
                    raise error
                raise EngineUnavailable(f"The engine {self.name} has been closed; load the engines again.")
            if self.outage is not None and self.left_alone:
                why, wait_s = self.outage
                raise EngineUnavailable(f"The engine {self.name} is not there: its process {why}; it is tried again every {wait_s:g} s.")
            self._news.clear()
            await self._news.wait()
        return life.asking

    def _blame(self, request: _Request, died: Died) -> None:
        """Count a death that this request may have brought about.

        Raises:
            EngineUnavailable: it was this request.
        """
        request.deaths += died.suspect
        if request.deaths >= MOST_DEATHS and died.suspect and died.alone:
            self._poison.append(request.digest())
            raise EngineUnavailable(
                f"This request ended the process of the engine {self.name} {request.deaths} times: it {died}."
            ) from died


@dataclass
class _Request:
    method: str
    args: tuple[Any, ...]
    options: dict[str, Any]
    deaths: int = 0

    @property
    def last_chance(self) -> bool:
        return self.deaths >= MOST_DEATHS

    def digest(self) -> bytes:
        return hashlib.blake2b(pickle.dumps((self.method, self.args, self.options))).digest()
