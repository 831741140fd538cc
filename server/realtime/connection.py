"""One WebSocket: a reader, a sender, and the talk between them, which may outlive it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import NamedTuple, TypeAlias

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from assistant.asker import asking_for
from server.auth import Denied
from server.realtime.desk import Desk, Line
from server.realtime.incoming import ClientEvent, echo
from server.realtime.outbox import Outbox
from server.realtime.pace import Pace
from server.realtime.refusals import CLOSE_AWAY, CLOSE_ENDED, CLOSE_OVERLOADED, Refused
from server.realtime.talk import Resumes, Talk

SUBPROTOCOLS = "realtime", "parley.room"

BETA = "realtime=v1", "openai-beta.realtime-v1"
"""How clients ask for the form of the protocol before GA: in the header `OpenAI-Beta`, or as a subprotocol."""

CLOSE_BETA, BETA_CODE = 4000, "beta_api_shape_disabled"

CLOSE_S = 1.0

MESSAGES_A_SECOND = 500
"""More are read later: ten times what a microphone sends in frames of 20 ms."""


class Farewell(NamedTuple):
    """With what a connection is closed."""

    code: int
    reason: str = ""
    """At most 123 bytes."""


UNREAD = Farewell(CLOSE_OVERLOADED, "The client does not read what it is sent; connect again.")

Read: TypeAlias = Callable[[str], ClientEvent]
"""Makes an event of a text message, or refuses it."""

Reader: TypeAlias = Callable[[WebSocket, Desk, Line], Coroutine[None, None, Farewell]]

Spend: TypeAlias = Callable[[float], None]
"""Takes seconds of audio, or denies them."""


def speaks_beta(socket: WebSocket) -> bool:
    """Whether a client will say things that mean nothing any more, and wait for others that never come."""
    header, protocol = BETA
    return header in socket.headers.get("openai-beta", "") or protocol in socket.scope.get("subprotocols", ())


async def refuse_beta(socket: WebSocket) -> None:
    """Tell such a client what OpenAI's service tells it."""
    await socket.accept(subprotocol=_chosen(socket))
    outbox = Outbox()
    outbox.put(Refused("The beta form of this protocol is no longer spoken; use a client for the GA form.", BETA_CODE).as_event(None))
    await socket.send_text(await outbox.take())
    await socket.close(CLOSE_BETA, BETA_CODE)


def _chosen(socket: WebSocket) -> str | None:
    return next((each for each in SUBPROTOCOLS if each in socket.scope.get("subprotocols", ())), None)


async def converse(socket: WebSocket, desk: Desk, line: Line, read: Read, *, spend: Spend, idle_s: float, closing: asyncio.Event) -> None:
    """Serve one client until it goes, is too slow to read, sends nothing for `idle_s`, or more audio than it may.

    Args:
        socket: not accepted yet.
        desk: keeps lines for clients that come back.
        line: a new one; the client may leave it for an earlier one.
        read: makes an event of a text message, or refuses it.
        spend: takes the seconds of audio that the client sends, or denies them.
        idle_s: the longest time without a message.
        closing: set when the server ends: then this does, after the reply that is being given.
    """
    await socket.accept(subprotocol=_chosen(socket))
    broken, taken = True, line.taken
    try:
        while True:
            ended = await _serve(socket, desk, line, partial(_read, read=read, spend=spend, idle_s=idle_s), closing)
            if not isinstance(ended, Resumes):
                break
            line = await _switch(desk, line, ended)
            taken = line.taken
        broken = isinstance(ended, WebSocketDisconnect) and ended.code != CLOSE_ENDED
        if isinstance(ended, Farewell) and socket.application_state is socket.client_state is WebSocketState.CONNECTED:
            with suppress(TimeoutError, WebSocketDisconnect):  # who does not read, or closes just now, hears no reason, either
                async with asyncio.timeout(CLOSE_S):
                    await socket.close(ended.code, ended.reason)
    finally:
        if not taken.is_set():
            await desk.leave(line, broken=broken)


async def _serve(
    socket: WebSocket, desk: Desk, line: Line, reader: Reader, closing: asyncio.Event
) -> Farewell | WebSocketDisconnect | Resumes:
    """Serve one line; return with what to close, or what the client did."""
    loop, talk, outbox = asyncio.get_running_loop(), line.talk, line.outbox
    with asking_for(f"{id(line):x}"):
        reading = loop.create_task(reader(socket, desk, line), name="reader")
    works: list[asyncio.Task[Farewell]] = [
        reading,
        loop.create_task(_send(socket, outbox), name="sender"),
        loop.create_task(_after(outbox.overflowed.wait(), UNREAD), name="overflow"),
        loop.create_task(_after(line.taken.wait(), Farewell(CLOSE_ENDED)), name="taken"),
        loop.create_task(_after(talk.ended(), Farewell(CLOSE_ENDED)), name="ended"),
        loop.create_task(_close(talk, outbox, closing), name="closing"),
    ]
    line.free.clear()
    try:
        done, _ = await asyncio.wait(works, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in works:
            task.cancel()
        await asyncio.wait(works)
        line.free.set()
    first = next(iter(done))
    match first.exception():
        case None:
            return first.result()
        case (WebSocketDisconnect() | Resumes()) as what:
            return what
        case error:
            raise error


async def _switch(desk: Desk, line: Line, wanted: Resumes) -> Line:
    """Return the line that the client wants to go on with; the one that it has, if there is none."""
    try:
        earlier = await desk.take(wanted.token)
    except Refused as refused:
        line.outbox.put(refused.as_event(None))
        return line
    await desk.leave(line, broken=False)
    desk.know(earlier)
    if wanted.after is not None:
        try:
            earlier.outbox.rewind(wanted.after)
        except Refused as refused:
            earlier.outbox.put(refused.as_event(None))
    earlier.talk.resumed()
    return earlier


async def _read(socket: WebSocket, desk: Desk, line: Line, read: Read, spend: Spend, idle_s: float) -> Farewell:
    talk, outbox, loop = line.talk, line.outbox, asyncio.get_running_loop()
    pace = Pace(MESSAGES_A_SECOND, 2 * MESSAGES_A_SECOND)
    while True:
        try:
            async with asyncio.timeout(idle_s):
                message = await socket.receive()
        except TimeoutError:
            return Farewell(CLOSE_ENDED)
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1006))
        if (wait_s := pace.push(1, loop.time())) > 0:
            await asyncio.sleep(wait_s)
        text = message.get("text")
        try:
            if text is None:
                raise Refused("Binary messages are not understood here; send JSON as text.", "invalid_value")
            event = read(text)
        except Refused as refused:
            outbox.put(refused.as_event(echo(text or "")))
            continue
        try:
            spend(talk.audio_s(event))
            await talk.push(event)
            desk.know(line)
        except Refused as refused:
            outbox.put(refused.as_event(event.event_id))
        except Denied as denied:
            outbox.put(Refused(denied.message, denied.code).as_event(event.event_id))
            await outbox.sent()
            return Farewell(CLOSE_OVERLOADED, denied.message)


async def _after(event: Awaitable[object], farewell: Farewell) -> Farewell:
    await event
    return farewell


async def _close(talk: Talk, outbox: Outbox, closing: asyncio.Event) -> Farewell:
    await closing.wait()
    await talk.replied()
    await outbox.sent()
    return Farewell(CLOSE_AWAY)


async def _send(socket: WebSocket, outbox: Outbox) -> Farewell:
    while True:
        await socket.send_text(await outbox.take())
