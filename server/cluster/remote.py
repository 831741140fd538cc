"""An engine of which there may be several, on any machine: a `Worker` that asks the one with the least to do.

What was under way on one that is lost is asked of another, and what was told already is not told twice, as in `models/supervised.py`.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any

from assistant.asker import asker
from assistant.engines import Outage
from assistant.errors import EngineUnavailable
from models.asking import Asking, Away, Died
from models.life import Attributes
from models.replay import Replaying
from server.cluster.directory import AGAIN_S, Place
from server.cluster.line import Line

PATIENCE_S = 8.0
"""So long a request waits for a replica where there is none and Ray starts one; beyond that all fail at once until there is."""

START_S = 300.0
"""How long the first one may take to be there: a large model is read from a disk."""

MOST_LOST = 3
"""Replicas that a request may lose; then it fails: it may be what ends them."""

MOST_KEPT = 10_000
"""Conversations of which is remembered where they ask."""


class Remote(Replaying):
    """One engine, wherever its replicas are. The event loop in which it is made owns it."""

    def __init__(self, name: str, secret: bytes, *, sticks: bool = False, patience_s: float = PATIENCE_S) -> None:
        """Know nobody yet; `found` tells who is there.

        Args:
            name: of the engine.
            secret: of the cluster.
            sticks: a conversation asks the same replica as long as that is there, as it has heard its beginning.
            patience_s: so long a request waits for a replica where there is none any more.
        """
        super().__init__(name)
        self._secret, self._sticks, self._patience_s = secret, sticks, patience_s
        self._loop = asyncio.get_running_loop()
        self._lines: OrderedDict[Place, Line] = OrderedDict()
        """Those that answer, the one that was asked the longest time ago first."""
        self._calling: dict[Place, asyncio.Task[None]] = {}
        self._leaving: dict[Place, tuple[asyncio.Task[None], Line]] = {}
        """Those off the list that finish what is under way."""
        self._kept: OrderedDict[str, Place] = OrderedDict()
        self._first: asyncio.Future[Attributes] = self._loop.create_future()
        self._missing_s = self._loop.time()
        """Since when there is none."""
        self._news = asyncio.Event()
        self._closed = False

    # --- who is there -------------------------------------------------------------------------------------------------------

    def found(self, places: Sequence[Place]) -> None:
        """Take who is there: begin lines to new ones, end those to who has left."""
        there = {place for place in places if place.name == self.name}
        for place in there - self._calling.keys():
            if place in self._leaving:
                self._take_back(place)
            else:
                self._calling[place] = self._loop.create_task(self._call_up(place), name=f"line to {place.name}")
        for place in self._calling.keys() - there:
            calling, line = self._calling.pop(place), self._lines.pop(place, None)
            self._look_for_any()
            if line is None or not line.asking.under_way:
                calling.cancel()
            else:  # it finishes what is under way, and closes
                self._leaving[place] = calling, line

    def _take_back(self, place: Place) -> None:
        """Ask who is on the list again before its line has ended by that line."""
        self._calling[place], line = self._leaving.pop(place)
        if not line.over.done():  # else another one is begun
            self._lines[place] = line
            self._news.set()

    async def _call_up(self, place: Place) -> None:
        """Hold a line as long as the place is on the list."""
        while self._calling.get(place) is asyncio.current_task():
            line = Line(place.host, place.port, self._secret)
            try:
                attributes = await line.begin()
                self._lines[place] = line
                if not self._first.done():
                    self._first.set_result(attributes)
                self._news.set()
                await asyncio.wait([line.over])
            except Died:
                pass
            finally:
                if self._lines.get(place) is line:
                    del self._lines[place]
                    self._look_for_any()
                line.close()
            if self._calling.get(place) is asyncio.current_task():
                await asyncio.sleep(AGAIN_S)
        self._leaving.pop(place, None)

    def _look_for_any(self) -> None:
        if not self._lines:
            self._missing_s = self._loop.time()

    def missing(self, languages: frozenset[str] | None) -> Outage | None:
        """Return what is to be told if there is none; `languages` are those of a voice, None for an engine without which nobody is answered."""
        if self._lines:
            return None
        told = "no replica of it is there; Ray starts one"
        if languages is None:
            return Outage(f"no {self.name}", told, down=self.left_alone)
        return Outage(f"no {self.name}", told, silent=languages if self.left_alone else frozenset())

    @property
    def left_alone(self) -> bool:
        """Whether there has been none for some time."""
        return not self._lines and self._loop.time() - self._missing_s > self._patience_s

    # --- what is asked ------------------------------------------------------------------------------------------------------

    async def ready(self) -> Attributes:
        """Return what was asked for of the engine once there is one.

        Raises:
            EngineUnavailable: there is none for too long.
        """
        try:
            async with asyncio.timeout(START_S):
                return await asyncio.shield(self._first)
        except TimeoutError as error:
            raise EngineUnavailable(
                f"No replica of the engine {self.name} has started within {START_S:g} s; look into Ray's log."
            ) from error

    async def call(self, method: str, *args: Any, **options: Any) -> Any:
        """Return what one method returns.

        Raises:
            EngineUnavailable: there is no replica, or this request has lost too many.
        """
        with self._waiting():
            avoided: list[Asking] = []
            for _ in range(MOST_LOST):
                asked = await self._chosen(avoided)
                try:
                    return await asked.call(method, args, options)
                except (Died, Away) as error:
                    self._look(avoided, asked, error)

    def stream(self, method: str, *args: Any, **options: Any) -> AsyncGenerator[Any, None]:
        """Yield what a generator method yields; closing this closes the engine's.

        Raises:
            EngineUnavailable: as `call`.
        """
        return self._replayed(partial(self._told, list[Asking](), method, args, options))

    async def _told(self, avoided: list[Asking], method: str, args: tuple[Any, ...], options: dict[str, Any]) -> AsyncGenerator[Any, None]:
        """Yield the items of one replica.

        Raises:
            Died: another one is to be asked.
        """
        asked = await self._chosen(avoided)
        try:
            async with aclosing(asked.stream(method, args, options)) as items:
                async for item in items:
                    yield item
        except (Died, Away) as error:
            self._look(avoided, asked, error)
            raise Died(str(error)) from error

    def _look(self, avoided: list[Asking], asked: Asking, error: Died | Away) -> None:
        """Avoid a replica that is lost, or whose engine is, for the rest of a request.

        Raises:
            EngineUnavailable: there is no other, or there were too many.
        """
        avoided.append(asked)
        if isinstance(error, Away) and all(line.asking in avoided for line in self._lines.values()):
            raise error
        if len(avoided) == MOST_LOST:
            raise EngineUnavailable(
                f"{MOST_LOST} replicas of the engine {self.name} were lost with this request (the last one: {error}); ask again."
            ) from error

    async def _chosen(self, avoided: Sequence[Asking]) -> Asking:
        """Return what asks the replica with the least to do, or the one that has heard this conversation, once there is one."""
        while not (open_ := [place for place, line in self._lines.items() if not line.over.done() and line.asking not in avoided]):
            now_s = self._loop.time()
            since_s = now_s if self._lines else self._missing_s  # those that are left have been lost just now
            left_s = since_s + self._patience_s - now_s if self._first.done() else START_S
            if self._closed:
                raise EngineUnavailable(f"The engine {self.name} has been closed; load the engines again.")
            self._news.clear()
            try:
                async with asyncio.timeout(max(0.0, left_s)):
                    await self._news.wait()
            except TimeoutError as error:
                raise EngineUnavailable(f"No replica of the engine {self.name} is there; try again in some seconds.") from error
        who = asker() if self._sticks else ""
        place = self._kept.get(who)
        if place not in open_:
            place = min(open_, key=lambda each: self._lines[each].load)
        self._lines.move_to_end(place)
        if who:
            self._kept[who] = place
            self._kept.move_to_end(who)
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return self._lines[place].asking

    async def close(self) -> None:
        """End all lines."""
        self._closed = True
        calling = [*self._calling.values(), *(task for task, _ in self._leaving.values())]
        self._calling, self._leaving = {}, {}
        for task in calling:
            task.cancel()
        if calling:
            await asyncio.wait(calling)
        self._news.set()
