"""The database and its writer, as long as a server runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from assistant.engines import Outage
from assistant.errors import EngineError
from models.worker import Worker, Working
from server.store.database import DAY_S, Database
from server.store.journal import Store

SWEEP_S = 3600.0
"""So often what is too old is deleted."""

JUMP_S = DAY_S
"""By so much a clock is not corrected but wrong, now or before: nothing is deleted then until it has run for `SWEEP_S` since."""


@dataclass(frozen=True)
class Archive:
    """Where conversations are kept: the worker reads, the store writes."""

    worker: Working
    store: Store

    def outages(self) -> tuple[Outage, ...]:
        """Return that nothing can be kept, if that is so at the moment."""
        return (Outage("conversations are not kept", "their file cannot be written"),) if self.store.failing else ()


@asynccontextmanager
async def archive(path: Path, keep_days: float, now_s: Callable[[], float], failed: Callable[[str], None]) -> AsyncGenerator[Archive, None]:
    """Open the file `path`; what was changed last more than `keep_days` ago is deleted, at first and every hour.

    Raises:
        InputError: the file cannot be used.
    """
    worker = Worker(partial(Database, path), "conversations")
    try:
        await worker.ready()
        store = Store(worker, failed)
        await _forget(worker, keep_days, now_s, failed)
        loop = asyncio.get_running_loop()
        tasks = [loop.create_task(store.run(), name="store"), loop.create_task(_sweep(worker, keep_days, now_s, failed), name="sweep")]
        try:
            yield Archive(worker, store)
        finally:
            await store.all_written()
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
    finally:
        await worker.close()


@asynccontextmanager
async def archive_elsewhere(worker: Working, failed: Callable[[str], None]) -> AsyncGenerator[Archive, None]:
    """Keep conversations through a worker whose file is another server's, which deletes what is too old."""
    store = Store(worker, failed)
    writing = asyncio.get_running_loop().create_task(store.run(), name="store")
    try:
        yield Archive(worker, store)
    finally:
        await store.all_written()
        writing.cancel()
        await asyncio.wait([writing])


async def _sweep(worker: Worker, keep_days: float, now_s: Callable[[], float], failed: Callable[[str], None]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        was_s, began_s = now_s(), loop.time()
        await asyncio.sleep(SWEEP_S)
        jumped_s = now_s() - was_s - (loop.time() - began_s)
        if abs(jumped_s) < JUMP_S:
            await _forget(worker, keep_days, now_s, failed)
        else:
            failed(f"The clock was set by {jumped_s / DAY_S:+.0f} days; no conversation is deleted as too old for now.")


async def _forget(worker: Worker, keep_days: float, now_s: Callable[[], float], failed: Callable[[str], None]) -> None:
    try:
        await worker.call("forget", now_s() - keep_days * DAY_S)
    except EngineError as error:
        failed(str(error))
