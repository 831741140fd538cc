"""A language model on a thread of its own, as `Worker`, whose streams are computed together: each step is one of all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from typing import Any

from assistant.errors import EngineError, EngineUnavailable, ParleyError
from assistant.urgency import urgency
from models.rounds import AHEAD_PIECES, Request, Rounds
from models.worker import Worker

_END = object()


class Batched(Worker):
    """One engine that has `requests` and a `context`, as `LlamaEngine`; whatever else is asked of it happens between two steps."""

    def __init__(self, make: Callable[[], Any], name: str) -> None:
        """Begin to make the engine; as `Worker`."""
        super().__init__(make, name)
        self._rounds: Rounds | None = None  # until it is made
        self._scheduled = False
        self._closed: EngineUnavailable | None = None

    @property
    def busy(self) -> bool:
        """Whether there is something to compute."""
        return self._rounds is not None and self._rounds.busy

    @property
    def computing(self) -> Sequence[Request]:
        """Which requests have a part in the step in flight."""
        return () if self._rounds is None else self._rounds.computing

    async def stream(self, method: str, *args: Any, **options: Any) -> AsyncGenerator[Any, None]:
        """Yield what a method of the engine's requests gives. Others that are asked for meanwhile share its steps.

        Closing this generator, or cancelling who reads it, ends the request before the next step, and stops the one in
        flight if nobody else has a part in it.
        """
        loop, received = asyncio.get_running_loop(), asyncio.Queue[Any]()

        def pass_on(items: Sequence[Any]) -> None:
            for item in items:
                received.put_nowait(item)

        def give(items: Sequence[Any]) -> None:
            with suppress(RuntimeError):  # the loop is closed, and nobody reads
                loop.call_soon_threadsafe(pass_on, items)

        request = Request(
            lambda: getattr(self._engine.result().requests, method)(*args, **options),
            give,
            lambda error: give([_END if error is None else error]),
            urgency(),
        )
        if self._rounds is not None and self._rounds.gives_way(request):
            self._engine.result().stop()
        self._submit(self._begin, request)
        over = False
        try:
            while True:
                self.queued += 1
                try:
                    item = await received.get()
                finally:
                    self.queued -= 1
                if item is _END:
                    over = True
                    return
                if isinstance(item, Exception):
                    over = True
                    raise self._told(item)
                request.taken += 1
                if request.given - request.taken == AHEAD_PIECES - 1:  # it was waiting for that
                    self._submit(self._schedule)
                yield item
        finally:
            if not over:
                if list(self.computing) == [request]:
                    self._engine.result().stop()  # if that hits a step of somebody else, it is only done again
                with suppress(EngineUnavailable):  # closing has ended it
                    self._submit(self._leave, request)

    async def close(self) -> None:
        """End all requests, close the engine, end the thread."""
        error = EngineUnavailable(f"The engine {self.name} has been closed; load the engines again.")
        with suppress(EngineUnavailable):
            self._submit(self._end, error)
        await super().close()

    def _submit(self, work: Callable[..., None], *args: Any) -> None:
        try:
            self._pool.submit(work, *args)
        except RuntimeError as error:
            raise EngineUnavailable(f"The engine {self.name} has been closed; load the engines again.") from error

    def _begin(self, request: Request) -> None:
        if self._closed is not None:
            request.end(self._closed)
            return
        if self._rounds is None:
            try:
                self._rounds = Rounds(self._engine.result().context)
            except Exception as error:
                request.end(error)
                return
        self._rounds.begin(request)
        self._schedule()

    def _leave(self, request: Request) -> None:
        if self._rounds is not None:
            self._rounds.leave(request)

    def _end(self, error: EngineUnavailable) -> None:
        self._closed = error
        if self._rounds is not None:
            self._rounds.end(error)

    def _schedule(self) -> None:
        """Have the next round, if there is something to compute, behind what else was asked for meanwhile."""
        if not self._scheduled and self._rounds is not None and self._rounds.busy:
            self._scheduled = True
            with suppress(RuntimeError):  # the pool is shut: the last round was
                self._pool.submit(self._round)

    def _round(self) -> None:
        self._scheduled = False
        if self._rounds is not None and self._closed is None:
            try:
                self._rounds.step()
            except Exception as error:
                self._rounds.end(error)
            self.steps += 1
            self._schedule()

    def _told(self, error: Exception) -> Exception:
        if isinstance(error, ParleyError):
            return error
        said = f"The engine {self.name} failed ({type(error).__name__}: {error}); the next request may succeed."
        return EngineError(said).with_traceback(error.__traceback__)
