"""One WebSocket of `/v1/realtime`: a reader, a sender, and the dialogue between them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self, TypeVar

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from server.realtime.incoming import ClientEvent, echo
from server.realtime.outbox import Outbox
from server.realtime.refusals import CLOSE_AWAY, CLOSE_ENDED, CLOSE_FAILED, CLOSE_OVERLOADED, Refused

SUBPROTOCOL = "realtime"


T = TypeVar("T", bound=ClientEvent)
E = TypeVar("E", bound=ClientEvent, contravariant=True)


class Talk(Protocol[E]):
    """What a client has to do with, once it is connected: runs inside `async with`."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...

    def push(self, event: E) -> None:
        """Do what the client asks for.

        Raises:
            Refused: it cannot be done; the session goes on.
        """
        ...

    async def replied(self) -> None:
        """Return when nothing is being said."""
        ...

    async def ended(self) -> None:
        """Return when the client wants no more."""
        ...


async def converse(
    socket: WebSocket, open_talk: Callable[[Outbox], Talk[T]], read: Callable[[str], T], *, idle_s: float, closing: asyncio.Event
) -> None:
    """Serve one client until it goes, is too slow to read, or sends nothing for `idle_s`.

    Args:
        socket: not accepted yet.
        open_talk: makes what tells the given outbox.
        read: makes an event of a text message, or refuses it.
        idle_s: the longest time without a message.
        closing: set when the server ends: then this does, after the reply that is being given.
    """
    await socket.accept(subprotocol=SUBPROTOCOL if SUBPROTOCOL in socket.scope.get("subprotocols", ()) else None)
    outbox = Outbox()
    code, reason = CLOSE_ENDED, ""
    async with open_talk(outbox) as talk:
        loop = asyncio.get_running_loop()
        works = {
            loop.create_task(_read(socket, talk, read, outbox, idle_s), name="reader"): CLOSE_ENDED,
            loop.create_task(_send(socket, outbox), name="sender"): CLOSE_FAILED,
            loop.create_task(outbox.overflowed.wait(), name="overflow"): CLOSE_OVERLOADED,
            loop.create_task(talk.ended(), name="ended"): CLOSE_ENDED,
            loop.create_task(_close(talk, outbox, closing), name="closing"): CLOSE_AWAY,
        }
        try:
            done, _ = await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
            first = next(iter(done))
            if (error := first.exception()) is not None and not isinstance(error, WebSocketDisconnect):
                raise error
            code = works[first]
            reason = "The client does not read what it is sent; connect again." if code == CLOSE_OVERLOADED else ""
        finally:
            for task in works:
                task.cancel()
            await asyncio.wait(works)
    if socket.client_state is WebSocketState.CONNECTED and socket.application_state is WebSocketState.CONNECTED:
        await socket.close(code, reason)


async def _read(socket: WebSocket, talk: Talk[T], read: Callable[[str], T], outbox: Outbox, idle_s: float) -> None:
    while True:
        try:
            async with asyncio.timeout(idle_s):
                message = await socket.receive()
        except TimeoutError:
            return
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1006))
        text = message.get("text")
        try:
            if text is None:
                raise Refused("Binary messages are not understood here; send JSON as text.", "invalid_value")
            event = read(text)
        except Refused as refused:
            outbox.put(refused.as_event(echo(text or "")))
            continue
        try:
            talk.push(event)
        except Refused as refused:
            outbox.put(refused.as_event(event.event_id))


async def _close(talk: Talk[T], outbox: Outbox, closing: asyncio.Event) -> None:
    await closing.wait()
    await talk.replied()
    await outbox.sent()


async def _send(socket: WebSocket, outbox: Outbox) -> None:
    while True:
        await socket.send_text(await outbox.take())
