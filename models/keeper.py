"""Looks after engines in processes of their own: what ended by itself is started again, and while it is not there, that is told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial

from assistant.engines import Outage
from assistant.errors import ParleyError
from models.child import Child
from models.restarts import MOST, WITHIN_S, Restarts
from models.worker import Worker

LOOK_S = 0.25
"""How often the processes are looked at: it costs a system call each."""


@dataclass
class _Kept:
    worker: Worker
    child: Child
    languages: frozenset[str]
    starts: int
    """How often its process was started, as far as the keeper knows."""
    restarts: Restarts = field(default_factory=Restarts)


class Keeper:
    """Owned by the event loop on which the workers are used."""

    def __init__(self) -> None:
        self._kept: list[_Kept] = []
        self._starting: dict[str, asyncio.Task[None]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._outages: dict[str, Outage] = {}

    def keep(self, worker: Worker, child: Child, languages: frozenset[str]) -> None:
        """Look after the process of a voice, used by `worker`, that speaks these languages."""
        self._kept.append(_Kept(worker, child, languages, child.starts))

    def start(self) -> None:
        """Begin to look."""
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(LOOK_S, self._look)

    def outages(self) -> tuple[Outage, ...]:
        """Return what is not there at the moment."""
        return tuple(self._outages.values())

    async def close(self) -> None:
        """Look after nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
        starting = list(self._starting.values())
        for task in starting:
            task.cancel()
        if starting:
            await asyncio.wait(starting)

    def _look(self) -> None:
        for kept in self._kept:
            name = kept.worker.name
            if name not in self._starting and (kept.child.down or kept.child.starts != kept.starts):
                self._starting[name] = task = self._loop.create_task(self._start_again(kept), name=f"start of {name}")
                task.add_done_callback(partial(self._over, name))
        self._timer = self._loop.call_later(LOOK_S, self._look)

    def _over(self, name: str, _: asyncio.Task[None]) -> None:
        del self._starting[name]

    async def _start_again(self, kept: _Kept) -> None:
        name = kept.worker.name
        wait_s = kept.restarts.ended(self._loop.time())
        if wait_s:
            why = f"its process ended unexpectedly {MOST} times within {WITHIN_S:g} s; there is only text until it is tried again in {wait_s:g} s"
        else:
            why = "its process ended unexpectedly; it is started again"
        self._outages[name] = Outage(f"no {name}", why, kept.languages if wait_s else frozenset())
        await asyncio.sleep(wait_s)
        try:
            await kept.worker.call("revive")
        except ParleyError:
            return  # it is down, and so it counts as ended once more
        kept.starts = kept.child.starts
        del self._outages[name]
