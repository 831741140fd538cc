"""How many replicas an engine has: as many as it takes for requests not to wait. Sans-I/O; Ray Serve asks, and does it.

By Little's law the mean wait is the mean number that waits, divided by how many are answered in a second: no request has to be timed, and one
that takes long by itself does not count as waiting.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from math import ceil
from typing import Any

from models.answering import Answers

QUEUE = "queue_s"
"""What replicas tell Ray Serve, by this name."""

MOST_S = 0.05
"""Of waiting, in the mean: beyond that there are too few replicas. A fifth of what the budget gives to each part of an answer."""

LEAST_S = 0.005
"""Below that there may be one too many."""

FASTEST = 2.0
"""So many times as many replicas at once: the wait grows without bound where there are too few, and tells little of how many it takes then."""

UP_S, DOWN_S = 5.0, 300.0
"""So long the wait must be too long, or as good as none, before something is done: starting a replica takes seconds, and people come back after a lull."""


class QueueTime:
    """The requests of one replica; its times are seconds on a clock that only grows."""

    def __init__(self, seats: int, now_s: float) -> None:
        """Begin with none; `seats` are answered at once, and others wait."""
        self._seats, self._since_s = seats, now_s
        self._under_way = self._answered = 0
        self._waited_s = 0.0

    def asked(self, now_s: float) -> None:
        """Count one more."""
        self._pass(now_s)
        self._under_way += 1

    def answered(self, now_s: float) -> None:
        """Count one that is over."""
        self._pass(now_s)
        self._under_way -= 1
        self._answered += 1

    def take(self, now_s: float) -> float:
        """Return how long requests have waited in the mean since this was asked last."""
        self._pass(now_s)
        mean_s = self._waited_s / max(1, self._answered)
        self._waited_s, self._answered = 0.0, 0
        return mean_s

    def _pass(self, now_s: float) -> None:
        self._waited_s += max(0, self._under_way - self._seats) * (now_s - self._since_s)
        self._since_s = now_s


class Queued:
    """An engine whose queue time is told."""

    def __init__(self, worker: Answers, seats: int, now_s: Callable[[], float]) -> None:
        self.name = worker.name
        self._worker, self._now_s = worker, now_s
        self._time = QueueTime(seats, now_s())

    @property
    def queued(self) -> int:
        """Steps that somebody waits for."""
        return self._worker.queued

    @property
    def steps(self) -> int:
        """That it has done."""
        return self._worker.steps

    def queue_s(self) -> float:
        """Return how long requests have waited in the mean since this was asked last."""
        return self._time.take(self._now_s())

    async def call(self, method: str, *args: Any, **options: Any) -> Any:
        """Return what one method returns."""
        self._time.asked(self._now_s())
        try:
            return await self._worker.call(method, *args, **options)
        finally:
            self._time.answered(self._now_s())

    async def stream(self, method: str, *args: Any, **options: Any) -> AsyncGenerator[Any, None]:
        """Yield what a generator method yields."""
        self._time.asked(self._now_s())
        try:
            async with aclosing(self._worker.stream(method, *args, **options)) as items:
                async for item in items:
                    yield item
        finally:
            self._time.answered(self._now_s())


def wanted(queue_s: float, replicas: int) -> int:
    """Return how many replicas there should be, of so many whose requests wait so long in the mean."""
    if queue_s > MOST_S:
        return max(replicas + 1, ceil(round(replicas * min(FASTEST, queue_s / MOST_S), 6)))
    return replicas - 1 if queue_s < LEAST_S and replicas > 1 else replicas


def by_queue_time(context: Any) -> tuple[int, dict[str, Any]]:
    """Tell Ray Serve how many replicas a deployment should have: its policy, which is given an `AutoscalingContext`."""
    told = list(context.aggregated_metrics.get(QUEUE, {}).values())
    mean_s = sum(told) / len(told) if told else 0.0
    replicas = context.current_num_replicas
    return (wanted(mean_s, replicas) if told else context.target_num_replicas), {}
