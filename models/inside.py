"""What runs in an engine's own process: its `Worker`, and a pipe to the server, over which it is asked as `answering.py` says."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from assistant.errors import ParleyError
from models.answering import Answering
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
        asyncio.run(_serve(told, end))
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


async def _serve(told: Told, end: socket.socket) -> None:
    """Make the engine and answer for it until the other end closes; then close it."""
    over = asyncio.Event()
    worker = told.kind(told.make, told.name)
    answering = Answering(worker, lambda message: pipe.send(message))
    pipe = await Pipe.over(end, answering.came, lambda _: over.set())
    try:
        engine = await worker.ready()
        pipe.send(("ready", {name: getattr(engine, name) for name in told.attributes}))
    except ParleyError as error:
        pipe.send(("raised", 0, error))
    await over.wait()
    answering.leave()
    await worker.close()
