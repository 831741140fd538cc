"""An engine in a process of its own that is looked after: a `Worker` over many lives of that process.

What ended, hangs, or talks nonsense is ended and started again, after a while if that does not help. Requests that were under way are
asked again of the new process, and what was told already is not told twice: so a crash costs a pause. A request that ends the process
again is asked a last time with no other beside it; if that was it, it fails, and is not taken again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from functools import partial
from math import inf
from typing import Any

from assistant.errors import EngineUnavailable, ParleyError
from models.asking import Asking, Away, Died
from models.blame import Blame, Request
from models.inside import Told
from models.life import Attributes, Bounds, Life
from models.replay import Replaying
from models.restarts import Restarts
from models.worker import Worker

PATIENCE_S = 5.0
"""Where the next start is further off, requests fail at once."""


class Supervised(Replaying):
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
        super().__init__(name)
        self.starts = 0
        """How often a process was begun."""
        self.outage: tuple[str, float] | None = None
        """Why it is not there, and how many seconds later it is started again; 0 at once."""
        self._bounds = bounds or Bounds()
        self._birth = Told(make, name, tuple(attributes), self._bounds.memory_mb, kind)
        self._lasting: dict[str, tuple[tuple[Any, ...], dict[str, Any]] | None] = dict.fromkeys(lasting)
        self._restarts = Restarts()
        self._blame = Blame(name)
        self._life: Life | None = None
        self._news = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._first: asyncio.Future[Attributes] = self._loop.create_future()
        self._first.add_done_callback(lambda made: made.cancelled() or made.exception())  # nobody need ask
        self._living = self._loop.create_task(self._live(), name=f"life of {name}")
        self._living.add_done_callback(self._lived)

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
    def steps(self) -> int:
        """That the process which serves at the moment has told to have done."""
        return self._life.steps if self._life else 0

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
        request = Request(method, args, options)
        with self._waiting():
            while True:
                asked = await self._alive(request)
                try:
                    return await (asked.call_alone if request.last_chance else asked.call)(method, args, options)
                except Died as died:
                    self._blame.count(request, died, self._loop.time())

    def stream(self, method: str, *args: Any, **options: Any) -> AsyncGenerator[Any, None]:
        """Yield what a generator method yields; closing this closes the engine's.

        Raises:
            EngineUnavailable: as `call`.
        """
        return self._replayed(partial(self._told, Request(method, args, options)))

    async def _told(self, request: Request) -> AsyncGenerator[Any, None]:
        """Yield the items of one life.

        Raises:
            Died: another one is to be asked.
        """
        try:
            asked = await self._alive(request)
            if request.last_chance:
                for item in await asked.stream_alone(request.method, request.args, request.options):
                    yield item
            else:
                async with aclosing(asked.stream(request.method, request.args, request.options)) as items:
                    async for item in items:
                        yield item
        except Died as died:
            self._blame.count(request, died, self._loop.time())
            raise

    async def close(self) -> None:
        """End the process; who closes it while somebody does waits for the same end."""
        if not self._living.cancelling():  # else its end would be cut short
            self._living.cancel()
        await asyncio.wait([self._living])
        if not self._first.done():
            self._first.set_exception(EngineUnavailable(f"The engine {self.name} was closed before it was ready."))

    def _lived(self, living: asyncio.Task[None]) -> None:
        """Tell whoever waits that there is no next life; if that is a mistake of ours, which one."""
        if not living.cancelled() and (error := living.exception()):
            self.outage = (f"cannot be started again ({type(error).__name__})", inf)
            if not self._first.done():
                self._first.set_exception(error)
        self._news.set()

    # --- lives -----------------------------------------------------------------------------------------------------------------

    async def _live(self) -> None:
        """Start one process after the other."""
        while True:
            self.starts += 1
            life, ready_s = Life(self._birth, self._bounds), inf
            try:
                made = await life.begin()
                for method, last in self._lasting.items():
                    if last is not None:
                        await life.asking.call(method, *last)
                if not self._first.done():
                    self._first.set_result(made)
                self._life, self.outage, ready_s = life, None, self._loop.time()
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
            wait_s = self._restarts.ended(max(0.0, self._loop.time() - ready_s))
            self.outage = (why, wait_s)
            self._news.set()
            await asyncio.sleep(wait_s)

    async def _alive(self, request: Request) -> Asking:
        """Return what asks the process that lives, once there is one."""
        self._blame.look(request, self._loop.time())
        while (life := self._life) is None or life.over.done():
            if self._living.done():
                if self._first.done() and not self._first.cancelled() and (error := self._first.exception()):
                    raise error
                lost = None if self._living.cancelled() else self.outage
                why = f"is not there: its process {lost[0]}" if lost else "has been closed"
                raise Away(f"The engine {self.name} {why}; load the engines again.")
            if self.outage is not None and self.left_alone:
                why, wait_s = self.outage
                raise Away(f"The engine {self.name} is not there: its process {why}; it is tried again every {wait_s:g} s.")
            self._news.clear()
            await self._news.wait()
        return life.asking
