"""One life of an engine's process: how it begins, whether it shows signs of life, how it ends."""

from __future__ import annotations

import asyncio
import signal
import socket
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from assistant.errors import EngineUnavailable, ParleyError
from models.asking import Asking, Died
from models.child import spawned
from models.inside import Told, live
from models.pipe import Pipe
from models.signs import TICK_S, Signs

GOODBYE_S = 2.0
"""What does not end by itself within that time is killed."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an engine's process may do."""

    start_s: float = 300.0
    """Seconds until its engine is ready."""
    beat_s: float = 5.0
    """Seconds without a sign of life: it is stopped, or it starves."""
    step_s: float = 15.0
    """Seconds at work without a step done: it hangs."""
    memory_mb: int | None = None
    """MiB of its own; None for as much as there is."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """What `ready` gives: the engine itself is in another process."""

    values: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the engine that was asked for."""
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(name) from None


class Life:
    """Owned by the event loop that began it."""

    def __init__(self, told: Told, bounds: Bounds) -> None:
        """Begin one with `begin`."""
        self._told, self._bounds = told, bounds
        self._loop = asyncio.get_running_loop()
        self.asking = Asking(self._send)
        self.over: asyncio.Future[str] = self._loop.create_future()
        """Why it is over, in words that go on after "its process"."""
        self._ready: asyncio.Future[dict[str, Any]] = self._loop.create_future()
        self._process: Any = None
        self._pipe: Pipe | None = None
        self._signs = Signs(self.over, self._tick, self._send)
        self._starting = self._still = 0
        """Ticks before it was ready, and at work without a step done."""
        self.steps = 0
        """That its engine has told to have done."""
        self._killed = ""

    @property
    def pid(self) -> int | None:
        """Of the process."""
        pid: int | None = None if self.over.done() else self._process.pid
        return pid

    async def begin(self) -> Attributes:
        """Start the process; return the attributes of its engine when that is made.

        Raises:
            ParleyError: it cannot be made.
            Died: the process ended before it was.
        """
        self._pipe = await Pipe.over(self._start(), self._came, self._lost)
        self._signs.begin()
        return Attributes(await self._ready)

    async def close(self) -> None:
        """End the process in good order; what does not end soon is killed."""
        if self._process is None:
            return
        if self._ready.cancel() or self._ready.cancelled():  # the engine is being made, which is not worth waiting for
            self._kill("was closed")
        if self._pipe is not None:
            self._pipe.close()
        await asyncio.wait([self.over])

    def _start(self) -> socket.socket:
        """Start the process; return our end of the pipe."""
        try:
            ours, theirs = socket.socketpair()
            with theirs, ExitStack() as unless_started:  # theirs: so that the end of the process is the end of the pipe
                unless_started.enter_context(ours)
                self._process = spawned(live, (self._told, theirs), self._told.name)
                unless_started.pop_all()
        except OSError as error:
            why = f"The process of the engine {self._told.name} cannot be started ({error}); free memory, processes or open files."
            raise EngineUnavailable(why) from error
        return ours

    def _send(self, message: tuple[Any, ...]) -> None:
        if self._pipe is not None:
            self._pipe.send(message)

    def _came(self, message: Any) -> None:
        self._signs.came()
        match message:
            case ("item" | "done" | "raised" as kind, int() as number, value) if number:
                self._still = 0
                self.asking.came(kind, number, value)
            case ("pong", int() as steps, int()):
                if steps > self.steps:  # many may share a step, and most of them give nothing: a long prompt has no result yet
                    self.steps, self._still = steps, 0
            case ("ready", dict() as attributes) if not self._ready.done():
                self._ready.set_result(attributes)
            case ("raised", 0, ParleyError() as error) if not self._ready.done():
                self._ready.set_exception(error)
            case _:
                self._kill(f"sent what cannot be understood: {str(message)[:40]!r}")

    def _tick(self) -> None:
        """Judge by what it has done."""
        if not self._ready.done():
            self._starting += 1
            if self._starting * TICK_S >= self._bounds.start_s:
                self._kill(f"was not ready within {self._bounds.start_s:g} s")
            return
        self._still = self._still + 1 if self.asking.owed else 0
        if self._signs.missed_s >= self._bounds.beat_s:
            self._kill(f"gave no sign of life for {self._bounds.beat_s:g} s and was ended")
        elif self._still * TICK_S > self._bounds.step_s:
            self._kill(f"got nothing done for {self._bounds.step_s:g} s and was ended")
        else:
            self._signs.ask()

    def _kill(self, why: str) -> None:
        self._killed = self._killed or why
        if self._pipe is not None:
            self._pipe.close(at_once=True)

    def _lost(self, why: str) -> None:
        """The pipe is closed, and so the process is at its end, or is brought there."""
        self._killed = self._killed or why
        if self._killed:
            self._process.kill()
        self._loop.run_in_executor(None, self._reap).add_done_callback(self._reaped)

    def _reap(self) -> None:
        """Wait until the process has ended, on a thread: a clock that a test sets ends no process."""
        self._process.join(GOODBYE_S)
        self._process.kill()
        self._process.join()

    def _reaped(self, _: asyncio.Future[None]) -> None:
        """Leave nothing of the process; who waits for an answer is told."""
        why = self._killed or _ended(self._process.exitcode)
        self._process.close()
        self.over.set_result(why)
        if not self._ready.done():
            self._ready.set_exception(Died(why))
        self.asking.died(why)


def _ended(code: int | None) -> str:
    if code is not None and code < 0:
        try:
            return f"was ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"was ended by signal {-code}"
    return f"ended unexpectedly (exit status {code})"
