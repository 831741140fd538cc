"""What all requests share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from assistant.engines import Engines
from assistant.glossary import Glossary
from assistant.interpret import NOTHING
from assistant.manners import Manners
from assistant.session import Observer
from server.auth import Doorkeeper
from server.entrance import Room
from server.metrics import Metrics
from server.realtime.opening import Opener
from server.rooms.room import Bounds


@dataclass(frozen=True)
class Service:
    """The engines, and who may use them for how much."""

    opener: Opener
    doorkeeper: Doorkeeper
    room: Room
    idle_s: float = 900.0
    """A conversation without any message for so long is closed."""
    glossary: Glossary = NOTHING
    """Words that interpreters say in a certain way."""
    lag_s: float = 2.0
    """How long a word may wait for the language model of an interpreter."""
    bounds: Bounds = field(default_factory=Bounds)
    """Of rooms."""
    metrics: Metrics = field(default_factory=Metrics)
    watchers: tuple[Callable[[], Observer], ...] = ()
    """What else gives each conversation an observer: traces, the log."""
    since_s: int = field(default_factory=lambda: int(datetime.now(UTC).timestamp()))
    """When the server was started, in seconds since 1970."""

    def __post_init__(self) -> None:
        self.metrics.watch(lambda: self.room.taken, lambda: self.engines.queues())

    @property
    def engines(self) -> Engines:
        return self.opener.engines

    @property
    def manners(self) -> Manners:
        return self.opener.manners

    def opening(self) -> Opener:
        """Return what makes one conversation, which the metrics follow."""
        return replace(self.opener, observers=(*self.opener.observers, *self.observers()))

    def observers(self) -> tuple[Observer, ...]:
        """Return what follows one conversation."""
        return (self.metrics.observer(), *(watch() for watch in self.watchers))
