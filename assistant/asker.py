"""In which conversation something is asked of an engine, for engines that are quicker where they have heard its beginning. As `urgency`, a context variable."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_asker: ContextVar[str] = ContextVar("asker", default="")


@contextmanager
def asking_for(conversation: str) -> Iterator[None]:
    """Ask in this block, and in tasks that are begun in it, for a conversation of this name."""
    token = _asker.set(conversation)
    try:
        yield
    finally:
        _asker.reset(token)


def asker() -> str:
    """Return for which conversation something is asked here; empty if for none."""
    return _asker.get()
