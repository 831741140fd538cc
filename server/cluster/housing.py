"""What runs in a replica: an engine behind its door, or a front. Ray Serve makes these, asks how they are, and ends them; no request goes through it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from assistant.engines import Engines
from assistant.errors import EngineUnavailable, ParleyError
from assistant.sections import ModelSettings
from models.load import supervised
from models.plan import Plan, Planned
from models.supervised import Supervised
from server.cluster.asked import FRONT, Ours, called, told_soon
from server.cluster.directory import Place, followed
from server.cluster.door import Door
from server.cluster.engines import Remotes, engines, remotes
from server.cluster.head import CONVERSATIONS, Head
from server.cluster.scaling import QUEUE, Queued
from server.cluster.shares import Share
from server.cluster.spread import with_room
from server.others import Others
from server.store.archive import Archive, archive_elsewhere

LOOPBACK = "127.0.0.1"
"""Where the doors of a cluster are that is one machine."""

logger = logging.getLogger("parley.cluster")
"""Goes into Ray's log of the replica."""


@dataclass(frozen=True)
class EngineTold:
    """What the replica of an engine is told; all of it can be pickled."""

    head: Head
    engine: Planned
    models: ModelSettings
    share: Share


@dataclass(frozen=True)
class Front:
    """What a front is given to serve with."""

    engines: Engines
    archive: Archive | None
    others: Others
    started: Callable[[int], None]
    """Takes the port when it is open."""
    ending: asyncio.Event
    """Set when it is to end in good order."""


@dataclass(frozen=True)
class FrontTold:
    """What the replica of a front is told; all of it can be pickled."""

    head: Head
    plan: Plan
    serve: Callable[[Front], Awaitable[None]]
    """Serves until it is to end."""


class _House:
    """What both have in common. Ray Serve calls the methods without an underscore, on one event loop."""

    def __init__(self, head: Head) -> None:
        self._head = head
        self._stack = AsyncExitStack()
        self._present: asyncio.Task[None] | None = None

    async def reconfigure(self, _: Any) -> None:
        """Begin; Ray Serve takes the replica for ready when this returns.

        Raises:
            RuntimeError: it cannot; the head was told why.
        """
        if self._present is not None:
            return
        try:
            place = await self._begin()
        except ParleyError as error:
            await self._stack.aclose()
            await told_soon(self._head.host, self._head.port, self._head.secret, "complain", error)
            raise RuntimeError(str(error)) from None
        self._present = asyncio.get_running_loop().create_task(self._be_present(place), name="present")

    async def check_health(self) -> None:
        """Do nothing if all is well.

        Raises:
            RuntimeError: another replica is to take the place of this one, which is off the list already: who fails at once looks idle.
        """
        if why := self._ailing() or self._missing():
            await self._leave()
            raise RuntimeError(why)

    async def __del__(self) -> None:
        """Be asked for nothing new, finish what is under way, end."""
        await self._leave()
        await self._stack.aclose()

    async def _leave(self) -> None:
        if self._present is not None:
            self._present.cancel()
            await asyncio.wait([self._present])

    def _missing(self) -> str:
        """Tell whether it is off the list and will not be on it again."""
        if (present := self._present) is None or not present.done():
            return ""
        why = "it has left" if present.cancelled() else str(present.exception() or "the list has ended")
        return f"The replica is off the list of the cluster ({why})."

    def _ailing(self) -> str:
        raise NotImplementedError

    async def _begin(self) -> Place:
        raise NotImplementedError

    async def _be_present(self, place: Place) -> None:
        head = self._head
        async with aclosing(followed(head.host, head.port, head.secret, "present", place)) as steps:
            async for _ in steps:
                pass


class EngineHouse(_House):
    """One engine in a process of its own, as `parley serve` has it, behind a door."""

    def __init__(self, told: EngineTold) -> None:
        super().__init__(told.head)
        self._told = told
        self._worker: Supervised | None = None
        self._queued: Queued | None = None

    def record_autoscaling_stats(self) -> dict[str, float]:
        """Return what decides how many replicas there are."""
        return {QUEUE: self._queued.queue_s()} if self._queued is not None else {}

    def _ailing(self) -> str:
        """Tell whether the engine's own supervisor has given up for now."""
        worker = self._worker
        return f"The process of {worker.name} {worker.outage[0]}." if worker and worker.outage and worker.left_alone else ""

    async def _begin(self) -> Place:
        told, (host, node) = self._told, _here(self._told.head)
        if not await self._fits(node):
            raise RuntimeError(f"Another machine has room, and fewer replicas of {told.engine.name} than this one; it begins there.")
        self._worker = worker = supervised(told.engine, told.models)
        self._stack.push_async_callback(worker.close)
        attributes = await worker.ready()
        self._queued = Queued(worker, told.share.seats, asyncio.get_running_loop().time)
        door = Door(self._queued, told.head.secret, attributes.values)
        _, port = await door.open(host)
        self._stack.push_async_callback(door.close)
        return Place(told.engine.name, host, port, node)

    async def _fits(self, node: str) -> bool:
        told, head = self._told, self._told.head
        with suppress(EngineUnavailable):  # the head is away: it will find what has begun
            return bool(await called(head.host, head.port, head.secret, "fits", told.engine.name, node, with_room(told.share.cpus)))
        return True


class FrontHouse(_House):
    """One front: sockets, sessions, and lines to the engines."""

    def __init__(self, told: FrontTold) -> None:
        super().__init__(told.head)
        self._told = told
        self._own: Place | None = None
        self._serving: asyncio.Task[None] | None = None

    def _ailing(self) -> str:
        if (serving := self._serving) is None or not serving.done():
            return ""
        return f"The front has ended ({_end_of(serving)})."

    async def _begin(self) -> Place:
        told, head, (host, node) = self._told, self._told.head, _here(self._told.head)
        loop = asyncio.get_running_loop()
        found = await self._stack.enter_async_context(remotes(head.host, head.port, head.secret))
        kept = None
        if head.keeps:
            shelf = found.add(CONVERSATIONS, patience_s=0.0)  # it is one: nobody starts another, and what cannot be written waits here
            kept = await self._stack.enter_async_context(archive_elsewhere(shelf, logger.warning))
        ours = Ours(kept)
        ending, port = asyncio.Event(), loop.create_future()
        others = Others(partial(self._tell_others, found, "give_up"), partial(self._tell_others, found, "lend"), ours.may_be_asked)
        front = Front(await engines(told.plan, found), kept, others, port.set_result, ending)
        self._serving = serving = loop.create_task(_served(told.serve, front), name="front")

        async def end() -> None:
            ending.set()
            await asyncio.wait([serving])

        self._stack.push_async_callback(end)
        await asyncio.wait([port, serving], return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            serving.result()
            raise EngineUnavailable("A front has ended before it was open.")
        door = Door(ours, head.secret)
        _, at = await door.open(host)
        self._stack.push_async_callback(door.close, 0)
        self._own = Place(FRONT, host, at, node, port.result())
        return self._own

    async def _tell_others(self, found: Remotes, method: str, *args: Any) -> None:
        async with asyncio.TaskGroup() as group:
            for place in found.places:
                if place.name == FRONT and place != self._own:
                    group.create_task(told_soon(place.host, place.port, self._told.head.secret, method, *args))


async def _served(serve: Callable[[Front], Awaitable[None]], front: Front) -> None:
    await serve(front)


def _end_of(task: asyncio.Task[None]) -> str:
    """Tell why a task is over that nobody ended."""
    if task.cancelled():
        return "it was cancelled"
    error = task.exception()
    return f"{type(error).__name__}: {error}" if error else "it stopped serving, without an error"


def _here(head: Head) -> tuple[str, str]:
    """Return at which address of this machine a door is opened, and the machine's name in the cluster."""
    address, node = here()
    return head.host if head.host == LOOPBACK else address, node


def here() -> tuple[str, str]:
    """Return the address of this machine in the cluster, and its name there."""
    import ray

    return ray.util.get_node_ip_address(), ray.get_runtime_context().get_node_id()
