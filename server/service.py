"""What all requests share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import count

from assistant.engines import Engines, Outage
from assistant.errors import EngineUnavailable
from assistant.glossary import Glossary
from assistant.governor import Governor
from assistant.interpret import NOTHING
from assistant.manners import Manners
from assistant.session import Observer
from server.admitted import Watch
from server.auth import Doorkeeper
from server.entrance import Room
from server.metrics import Metrics
from server.others import ALONE, Others
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
    others: Others = ALONE
    """The other servers of a cluster."""
    watchers: tuple[Callable[[], Observer], ...] = ()
    """What else gives each conversation an observer: traces, the log."""
    since_s: int = field(default_factory=lambda: int(datetime.now(UTC).timestamp()))
    """When the server was started, in seconds since 1970."""

    _conversations: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.metrics.watch(lambda: self.room.taken, lambda: self.engines.queues())
        self.metrics.watch_outages(self.outages)
        self.room.queues = lambda: self.engines.queues()
        if (admission := self.room.admission) is not None:
            self.metrics.watch_admission(lambda: admission.predicted_s(time.monotonic()))

    @property
    def engines(self) -> Engines:
        return self.opener.engines

    @property
    def manners(self) -> Manners:
        return self.opener.manners

    def outages(self) -> tuple[Outage, ...]:
        """Return what does not work at the moment."""
        return self.opener.outages()

    def able(self) -> None:
        """Do nothing if conversations can be answered.

        Raises:
            EngineUnavailable: an engine is missing, and will be for some time.
        """
        for outage in self.outages():
            if outage.down:
                raise EngineUnavailable(f"Nobody can be answered at the moment ({outage.what}: {outage.why}); try again later.")

    def opening(self, less: str = "") -> Opener:
        """Return what makes one conversation, which metrics, log, traces and admission follow; `less` is why it must do with less, if it must."""
        opener, admission = self.opener, self.room.admission
        observers = (*opener.observers, *self.observers())
        if admission is None:
            return replace(opener, observers=observers)
        number = next(self._conversations)
        watch = Watch(admission, number, lambda: sum(self.engines.queues().values()))
        return replace(
            opener,
            observers=(*observers, watch),
            governor=partial(_sparing, opener.governor, less) if less else opener.governor,
            closed=partial(admission.gone, number),
        )

    def observers(self) -> tuple[Observer, ...]:
        """Return what follows one conversation."""
        return (self.metrics.observer(), *(watch() for watch in self.watchers))


def _sparing(governor: Callable[[], Governor | None], less: str) -> Governor | None:
    made = governor()
    if made is not None:
        made.spare(less)
    return made
