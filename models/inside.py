"""What runs in an engine's own process: its `Worker`, and a pipe to the server over which many requests are under way at once.

To it come ("ask", id, method, args, options, ahead, urgency): ahead is how many items of a stream may be sent before more are asked for,
None for a call; ("more", id, count); ("urgency", id, urgency); ("leave", id); ("ping",). From it go ("ready", attributes) or ("raised", 0, error); ("item", id, item);
("done", id, result); ("raised", id, error); ("pong", steps), so many as the engine has done.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any

from assistant.errors import EngineError, ParleyError
from assistant.urgency import Urgency, urgent
from models.pipe import Pipe
from models.worker import Worker

UNLUCKY = "500"
"""How much likelier than the server Linux ends this process when memory runs out, in thousandths of it."""


@dataclass(frozen=True)
class Told:
    """What the process is told at its birth; all of it can be pickled."""

    make: Callable[[], Any]
    """Gives the engine."""
    name: str
    attributes: Sequence[str]
    """Of the engine, told when it is ready."""
    memory_mb: int | None
    """The most memory of its own that it may have."""
    kind: type[Worker] = Worker
    """How it works there."""


def live(told: Told, end: socket.socket) -> None:
    """Be the process until the server closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which closes the pipe
    if sys.platform == "linux":
        _settle(told)
    with suppress(KeyboardInterrupt):
        asyncio.run(_Inside(told).run(end))
    os._exit(0)  # a step that never ends would be waited for


def _settle(told: Told) -> None:
    """Be told apart in lists of processes, end with the parent, and have as much memory as is allowed."""
    import ctypes
    import resource

    set_name, set_death_signal = 15, 1  # PR_SET_NAME, PR_SET_PDEATHSIG
    libc = ctypes.CDLL(None)
    libc.prctl(set_name, told.name[:15].encode(), 0, 0, 0)
    libc.prctl(set_death_signal, signal.SIGKILL, 0, 0, 0)
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write(UNLUCKY)
    if told.memory_mb is not None:
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        limit = told.memory_mb << 20
        resource.setrlimit(resource.RLIMIT_DATA, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


class _Inside:
    def __init__(self, told: Told) -> None:
        self._told = told
        self._works: dict[int, asyncio.Task[None]] = {}
        self._allowed: dict[int, asyncio.Semaphore] = {}
        self._urgency: dict[int, Urgency] = {}

    async def run(self, end: socket.socket) -> None:
        """Make the engine and serve it until the other end closes; then close it."""
        over = asyncio.Event()
        self._pipe = await Pipe.over(end, self._came, lambda _: over.set())
        self._worker = self._told.kind(self._told.make, self._told.name)
        try:
            engine = await self._worker.ready()
            self._pipe.send(("ready", {name: getattr(engine, name) for name in self._told.attributes}))
        except ParleyError as error:
            self._pipe.send(("raised", 0, error))
        await over.wait()
        for work in self._works.values():
            work.cancel()
        await self._worker.close()

    def _came(self, message: Any) -> None:
        match message:
            case ("ask", int() as number, method, args, options, ahead, how_urgent):
                self._urgency[number] = how_urgent
                self._works[number] = task = asyncio.get_running_loop().create_task(self._serve(number, method, args, options, ahead))
                task.add_done_callback(lambda _: self._over(number))
            case ("more", number, count):
                if allowed := self._allowed.get(number):
                    for _ in range(count):
                        allowed.release()
            case ("urgency", number, how_urgent):
                if number in self._urgency:
                    self._urgency[number] = how_urgent
            case ("leave", number):
                if left := self._works.get(number):
                    left.cancel()
            case ("ping",):
                self._pipe.send(("pong", self._worker.steps))

    def _over(self, number: int) -> None:
        del self._works[number]
        del self._urgency[number]
        self._allowed.pop(number, None)

    async def _serve(self, number: int, method: str, args: tuple[Any, ...], options: dict[str, Any], ahead: int | None) -> None:
        with urgent(lambda: self._urgency.get(number, Urgency.NOW)):
            try:
                if ahead is None:
                    self._tell("done", number, await self._worker.call(method, *args, **options))
                else:
                    await self._stream(number, method, args, options, ahead)
            except ParleyError as error:
                self._tell("raised", number, error)

    async def _stream(self, number: int, method: str, args: tuple[Any, ...], options: dict[str, Any], ahead: int) -> None:
        allowed = self._allowed[number] = asyncio.Semaphore(ahead)
        async with aclosing(self._worker.stream(method, *args, **options)) as items:
            await allowed.acquire()
            async for item in items:
                self._tell("item", number, item)
                await allowed.acquire()
        self._tell("done", number, None)

    def _tell(self, kind: str, number: int, value: Any) -> None:
        try:
            self._pipe.send((kind, number, value))
        except Exception as error:  # it has no form that travels
            name = self._told.name
            failed = EngineError(
                f"The engine {name} gave what cannot be told ({type(error).__name__}: {error}); the next request may succeed."
            )
            self._pipe.send(("raised", number, failed))
