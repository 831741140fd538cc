"""How soon something is wanted of an engine. Whoever asks says so for all that is asked in its name, as with a deadline: a task's context variable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import IntEnum


class Urgency(IntEnum):
    """The smaller, the sooner."""

    NOW = 0
    """Somebody waits for it."""
    DRAFT = 1
    """Somebody will, if the pause was an end."""
    AHEAD = 2
    """It saves time if somebody asks for it later."""


_urgency: ContextVar[Callable[[], Urgency]] = ContextVar("urgency", default=lambda: Urgency.NOW)


@contextmanager
def urgent(urgency: Callable[[], Urgency]) -> Iterator[None]:
    """Ask in this block as urgently as `urgency` tells at each time; it may be called from any thread."""
    token = _urgency.set(urgency)
    try:
        yield
    finally:
        _urgency.reset(token)


def urgency() -> Callable[[], Urgency]:
    """Return what tells how soon that is wanted which is asked for here."""
    return _urgency.get()
