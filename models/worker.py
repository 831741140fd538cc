"""Engines at work: a thread for each. The only place that starts threads; `child.py` is the one for processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, Protocol, TypeVar

from assistant.errors import EngineError, EngineUnavailable, ParleyError

_END = object()


class Worker:
    """One engine on one thread of its own: made there, used there, closed there, one step at a time."""

    def __init__(self, make: Callable[[], Any], name: str) -> None:
        """Begin to make the engine; `ready` waits for it.

        Args:
            make: gives the engine; called on the worker's thread.
            name: of the thread, and in errors.
        """
        self.name = name
        self.queued = 0
        """Steps that somebody waits for: the one in flight, and those behind it."""
        self.steps = 0
        """That the engine has done: as long as there are more, it does not hang. Counted on its thread."""
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._engine = self._pool.submit(make)

    async def ready(self) -> Any:
        """Return the engine once it is made.

        Raises:
            EngineUnavailable: it cannot be made; or another ParleyError that making it raised.
        """
        try:
            return await asyncio.wrap_future(self._engine)
        except ParleyError:
            raise
        except Exception as error:
            raise EngineUnavailable(
                f"The engine {self.name} cannot be started ({type(error).__name__}: {error}); check its model in the settings."
            ) from error

    async def call(self, method: str, *args: Any, **options: Any) -> Any:
        """Return what one method returns. Cancelled, a call that has begun runs to its end unheard."""
        return await self._step(lambda: getattr(self._engine.result(), method)(*args, **options))

    async def stream(self, method: str, *args: Any, **options: Any) -> AsyncGenerator[Any, None]:
        """Yield what a generator method yields, one step on the thread for each item.

        Closing this generator, or cancelling who reads it, queues the engine's `close` behind the step in flight; work
        that is asked for later queues behind that. An engine with a method `stop` is asked to end that step early.
        """
        generator = await self._step(lambda: getattr(self._engine.result(), method)(*args, **options))
        item = None
        try:
            while (item := await self._step(lambda: next(generator, _END))) is not _END:
                yield item
        finally:
            if item is not _END and hasattr(engine := self._engine.result(), "stop"):
                engine.stop()  # if that hits a step of somebody else, it is only done again
            with suppress(RuntimeError):  # the pool is shut: its last job closed the engine
                self._pool.submit(generator.close)

    async def _step(self, work: Callable[[], Any]) -> Any:
        def counted() -> Any:
            try:
                return work()
            finally:
                self.steps += 1

        try:
            step = asyncio.get_running_loop().run_in_executor(self._pool, counted)
        except RuntimeError as error:
            raise EngineUnavailable(f"The engine {self.name} has been closed; load the engines again.") from error
        self.queued += 1
        try:
            return await step
        except ParleyError:
            raise
        except Exception as error:
            raise EngineError(f"The engine {self.name} failed ({type(error).__name__}: {error}); the next request may succeed.") from error
        finally:
            self.queued -= 1

    async def close(self) -> None:
        """Let what was asked for come to its end, close the engine, end the thread; whoever asks meanwhile is refused."""

        def last() -> None:
            if self._engine.exception() is None and hasattr(engine := self._engine.result(), "close"):
                engine.close()

        closing = asyncio.get_running_loop().run_in_executor(self._pool, last)
        self._pool.shutdown(wait=False)  # nothing gets behind it, where the engine is no more
        try:
            await asyncio.shield(closing)
        finally:
            self._pool.shutdown()  # its last job is done: the thread ends at once


class Working(Protocol):
    """An engine at work, wherever it is: a `Worker` on a thread here, `Supervised` in a process of its own."""

    name: str
    queued: int

    async def ready(self) -> Any:
        """Return the engine, or what was asked for of it, once it is made."""
        ...

    async def call(self, method: str, *args: Any, **options: Any) -> Any:
        """Return what one method returns."""
        ...

    def stream(self, method: str, *args: Any, **options: Any) -> AsyncGenerator[Any, None]:
        """Yield what a generator method yields."""
        ...

    async def close(self) -> None:
        """End the engine."""
        ...


Some = TypeVar("Some", bound=Working)


class Workers:
    """The workers started so far; leaving the block closes them, unless they were kept."""

    def __init__(self) -> None:
        self._all: list[Working] = []

    async def __aenter__(self) -> Workers:
        return self

    async def __aexit__(self, *_: object) -> None:
        await _close_all(self._all)

    def start(self, name: str, make: Callable[[], object], kind: type[Worker] = Worker) -> Worker:
        """Start one more, on a thread, of a kind."""
        return self.add(kind(make, name))

    def add(self, worker: Some) -> Some:
        """Close this one, too."""
        self._all.append(worker)
        return worker

    def queues(self) -> Callable[[], Mapping[str, int]]:
        """Return what tells how many steps wait for each of those started so far, by name."""
        workers = list(self._all)
        return lambda: {worker.name: worker.queued for worker in workers}

    def keep(self) -> Callable[[], Awaitable[None]]:
        """Return what closes those started so far; the block no longer does."""
        kept, self._all = self._all, []
        return partial(_close_all, kept)


async def _close_all(workers: Sequence[Working]) -> None:
    async with asyncio.TaskGroup() as group:
        for worker in workers:
            group.create_task(worker.close())
