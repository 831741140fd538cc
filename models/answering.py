"""The answering end of one connection: what is asked of an engine through messages, many requests at once, whoever carries them.

What comes are ("ask", id, method, args, options, ahead, urgency): ahead is how many items of a stream may be sent before more are asked for,
None for a call; ("more", id, count); ("urgency", id, urgency); ("leave", id); ("ping",). What goes are ("ready", attributes) or
("raised", 0, error); ("item", id, item); ("done", id, result); ("raised", id, error); ("pong", steps, queued): how many steps the engine has
done, and how many somebody waits for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, Protocol

from assistant.errors import EngineError, ParleyError
from assistant.urgency import Urgency, urgent


class Answers(Protocol):
    """What is asked: a `Worker`, or what has its methods."""

    name: str

    @property
    def queued(self) -> int:
        """Steps that somebody waits for."""
        ...

    @property
    def steps(self) -> int:
        """That it has done."""
        ...

    async def call(self, method: str, *args: Any, **options: Any) -> Any:
        """Return what one method returns."""
        ...

    def stream(self, method: str, *args: Any, **options: Any) -> AsyncGenerator[Any, None]:
        """Yield what a generator method yields."""
        ...


class Answering:
    """The requests of one connection. One event loop owns it."""

    def __init__(self, worker: Answers, send: Callable[[tuple[Any, ...]], None]) -> None:
        """Ask `worker`, and tell with `send`, which raises for what has no form that travels."""
        self._worker, self._send = worker, send
        self._works: dict[int, asyncio.Task[None]] = {}
        self._allowed: dict[int, asyncio.Semaphore] = {}
        self._urgency: dict[int, Urgency] = {}

    async def finished(self) -> None:
        """Return when nothing is under way."""
        while self._works:
            await asyncio.wait(self._works.values())

    def came(self, message: Any) -> None:
        """Take one message; what is none of those above is left alone."""
        match message:
            case ("ask", int() as number, method, args, options, ahead, how_urgent):
                self._urgency[number] = how_urgent
                self._works[number] = task = asyncio.get_running_loop().create_task(self._serve(number, method, args, options, ahead))
                task.add_done_callback(lambda _: self._over(number))
            case ("more", number, count):
                if allowed := self._allowed.get(number):
                    for _ in range(count):
                        allowed.release()
            case ("urgency", number, how_urgent):
                if number in self._urgency:
                    self._urgency[number] = how_urgent
            case ("leave", number):
                if left := self._works.get(number):
                    left.cancel()
            case ("ping",):
                self._send(("pong", self._worker.steps, self._worker.queued))

    def leave(self) -> None:
        """Nobody waits any more for what is under way."""
        for work in self._works.values():
            work.cancel()

    def _over(self, number: int) -> None:
        del self._works[number]
        del self._urgency[number]
        self._allowed.pop(number, None)

    async def _serve(self, number: int, method: str, args: tuple[Any, ...], options: dict[str, Any], ahead: int | None) -> None:
        with urgent(lambda: self._urgency.get(number, Urgency.NOW)):
            try:
                if ahead is None:
                    self._tell("done", number, await self._worker.call(method, *args, **options))
                else:
                    await self._stream(number, method, args, options, ahead)
            except ParleyError as error:
                self._tell("raised", number, error)

    async def _stream(self, number: int, method: str, args: tuple[Any, ...], options: dict[str, Any], ahead: int) -> None:
        allowed = self._allowed[number] = asyncio.Semaphore(ahead)
        async with aclosing(self._worker.stream(method, *args, **options)) as items:
            await allowed.acquire()
            async for item in items:
                self._tell("item", number, item)
                await allowed.acquire()
        self._tell("done", number, None)

    def _tell(self, kind: str, number: int, value: Any) -> None:
        try:
            self._send((kind, number, value))
        except Exception as error:  # it has no form that travels
            name = self._worker.name
            failed = EngineError(
                f"The engine {name} gave what cannot be told ({type(error).__name__}: {error}); the next request may succeed."
            )
            self._send(("raised", number, failed))
