"""How every REST path answers: in a place of the room, no longer than the client waits, and with errors in the protocol's form."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, aclosing, nullcontext
from typing import Any, TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from assistant.errors import EngineUnavailable, InputError, Overloaded, ParleyError, PromptTooLong
from server.auth import Denied
from server.entrance import WHO, Room, problem, refusal
from server.realtime.refusals import Refused

T = TypeVar("T")

Handler = Callable[[Request], Awaitable[Response]]

log = logging.getLogger("parley.rest")

ENGINE_S = 10
"""When who needs an engine that is missing may try again: one that does not come back is tried every 8 to 60 s."""


class Endpoint:
    """An ASGI application for one path."""

    def __init__(self, handler: Handler, room: Room | None = None) -> None:
        """Let `handler` answer; given a room, a request takes a place there meanwhile, as a conversation does."""
        self._handler, self._room = handler, room

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            with self._room.place(scope[WHO]) if self._room else nullcontext():
                if self._room:
                    self._room.spend(scope[WHO], 0.0)
                response = await self._handler(Request(scope, receive))
                await response(scope, receive, sending)
        except ClientDisconnect:
            pass
        except (ParleyError, Denied) as error:
            if started:  # the server then breaks the connection off, which tells the client that something is missing
                log.warning("A response to %s was cut short: %s", scope["path"], error.code)
            else:
                await refused(error)(scope, receive, send)


def refused(error: ParleyError | Denied) -> Response:
    """Return the response that says what went wrong."""
    return refusal(*_told(error), after_s=_after_s(error))


def _after_s(error: ParleyError | Denied) -> int | None:
    match error:
        case Denied(after_s=after_s) | Overloaded(after_s=after_s):
            return after_s
        case EngineUnavailable():
            return ENGINE_S
        case _:
            return None


def _told(error: ParleyError | Denied) -> tuple[int, str, str, str | None]:
    match error:
        case Refused(wire_code=code, param=param):
            return 400, code, str(error), param
        case Denied(status=status, code=code, message=message):
            return status, code, message, None
        case PromptTooLong():
            return 400, "context_length_exceeded", str(error), "messages"
        case InputError():
            return 400, error.code, str(error), None
        case Overloaded() | EngineUnavailable():
            return 503, error.code, str(error), None
        case _:
            return 500, error.code, str(error), None


async def unknown(_: Request, error: Exception) -> Response:
    """Answer for a path or a method that is not there."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 405:
        return refusal(405, "method_not_allowed", "This path does not take that method; look it up in the documentation.")
    return refusal(status, "not_found", "There is no such path here; look it up in the documentation.")


async def failed(_: Request, __: Exception) -> Response:
    """Answer for a mistake of ours; what it was stands in the server's log only."""
    return refusal(500, "internal_error", "Something went wrong in the server; its log says what.")


async def while_wanted(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` returns; it is cancelled when the client goes away. The request's body must have been read.

    Raises:
        ClientDisconnect: the client went away.
    """
    working, leaving = asyncio.create_task(work), asyncio.create_task(_gone(request.receive))
    try:
        await asyncio.wait([working, leaving], return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.wait([working, leaving])


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class Streamed(StreamingResponse):
    """Sends what a generator yields, and closes it when the client goes away."""

    def __init__(self, parts: AsyncGenerator[bytes, None], media_type: str) -> None:
        super().__init__(parts, media_type=media_type, headers={"cache-control": "no-cache"})
        self._parts = parts

    async def stream_response(self, send: Send) -> None:
        """Send all of it."""
        async with aclosing(self._parts):
            await super().stream_response(send)


async def begun(parts: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
    """Wait for the first part and return a generator of all: what fails before it can still be answered with a status.

    Raises:
        ParleyError: there will be no first part.
    """
    async with AsyncExitStack() as undo:
        undo.push_async_callback(parts.aclose)
        try:
            first = await anext(parts)
        except StopAsyncIteration:
            return parts
        undo.pop_all()
    return _joined(first, parts)


async def _joined(first: T, rest: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
    async with aclosing(rest):
        yield first
        async for part in rest:
            yield part


async def events(parts: AsyncGenerator[dict[str, Any], None], *, last: bytes = b"") -> AsyncGenerator[bytes, None]:
    """Yield server-sent events; what fails under way is the last one, as the protocol's clients expect."""
    async with aclosing(parts):
        try:
            async for part in parts:
                yield event(part)
        except (ParleyError, Denied) as error:
            yield event(problem(*_told(error)))
            return
    if last:
        yield last


def event(content: dict[str, Any]) -> bytes:
    """Return one server-sent event."""
    return f"data: {json.dumps(content, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()
