"""Connections, engines and files of conversations each take an open file, and the system allows a process only so many."""

from __future__ import annotations

import asyncio
import errno
import sys
from contextlib import suppress
from math import inf
from typing import Any

MOST = 65_536
"""Asked for: more than conversations one machine can hold."""

TELL_S = 60.0
"""How often it is told that there are none left."""


def allow_many() -> None:
    """Have as many open files as the system lets this process have; many systems begin with 1024 and allow more to whoever asks."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST if hard == resource.RLIM_INFINITY else min(MOST, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):  # macOS tells no bound and has one; then it stays as it is
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Scarcity:
    """An exception handler for the event loop: who connects while there are no open files left waits, and that is told now and then.

    asyncio tells it with a trace for each that waits, which is much of both.
    """

    def __init__(self) -> None:
        self._told_s = -inf

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Take what went wrong in a callback."""
        error = context.get("exception")
        if not isinstance(error, OSError) or error.errno not in (errno.EMFILE, errno.ENFILE):
            loop.default_exception_handler(context)
        elif loop.time() - self._told_s > TELL_S:
            self._told_s = loop.time()
            message = "All files that this process may have open are: who connects now waits. Allow it more (ulimit -n), or close some."
            loop.default_exception_handler({"message": message})
