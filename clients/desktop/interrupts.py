"""Ctrl-C between two steps, instead of in the middle of one that cannot bear it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let Ctrl-C wait until the block is done; programs that it starts never get to see one.

    For imports of C libraries: interrupted, some abort the process, and one that asks a program where its library lies
    is told that there is none.
    """
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
