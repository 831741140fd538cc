"""Under which paths rooms are made, entered and written down."""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import partial

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from assistant.errors import Overloaded
from server.auth import Denied
from server.entrance import WHO
from server.realtime.checking import Part
from server.realtime.connection import converse
from server.realtime.desk import Desk, Line
from server.realtime.outbox import Outbox
from server.realtime.refusals import Refused
from server.rest.bodies import checked, read_json
from server.rest.endpoint import Endpoint, refused
from server.rooms import incoming
from server.rooms.guest import MOST_BYTES, Guest
from server.rooms.languages import offered
from server.rooms.plain import plain_text
from server.rooms.rooms import TITLE, Rooms
from server.rooms.transcript import FORMATS, file_name
from server.service import Service

INVITATION = "parley.invitation."
"""A browser cannot set headers: it shows its invitation as a subprotocol with this in front."""

IDLE_S = 86_400.0
"""Who only reads sends nothing; whether he is still there, pings find out."""


class _Asked(Part):
    title: str = Field("", max_length=80)
    minutes: int = Field(240, ge=1, le=1440)


def room_routes(service: Service, rooms: Rooms) -> list[BaseRoute]:
    """Return the routes."""
    desk = Desk()  # keeps nobody: seats do

    async def create(request: Request) -> Response:
        asked = checked(_Asked, await read_json(request))
        with service.room.visit():
            room = rooms.make(plain_text(asked.title, "title") if asked.title.strip() else TITLE, asked.minutes)
        made = {
            "id": room.id, "title": room.title, "invitation": room.invitation, "host": room.host,
            "expires_at": room.unix_ms(room.expires_s) // 1000,
        }  # fmt: skip
        return JSONResponse(made, 201, headers={"cache-control": "no-store"})

    async def transcript(request: Request) -> Response:
        form = FORMATS.get(request.query_params.get("format", "txt"))
        if form is None:
            raise Refused(f"There is no such format; choose from {', '.join(FORMATS)}.", "invalid_value", "format")
        room = rooms.find(_shown(request)).room
        disposition = f'attachment; filename="{file_name(room, form)}"'
        headers = {"content-disposition": disposition, "cache-control": "no-store", "x-content-type-options": "nosniff"}
        return Response(form.write(room), media_type=form.media_type, headers=headers)

    async def invitation(request: Request) -> Response:
        live = rooms.find(_shown(request))
        with service.room.visit(), live.connected():  # as somebody would be let in now
            room = live.room
            told = {"title": room.title, "locked": room.locked, "expires_at": room.unix_ms(room.expires_s) // 1000}
            return JSONResponse(told, headers={"cache-control": "no-store"})

    async def languages(_: Request) -> Response:
        return JSONResponse({"languages": offered(service.engines)})

    async def enter(socket: WebSocket) -> None:
        try:
            protocols = socket.scope.get("subprotocols", ())
            live = rooms.find(next((each[len(INVITATION) :] for each in protocols if each.startswith(INVITATION)), ""))
            with service.room.visit(), live.connected():
                outbox = Outbox(MOST_BYTES)
                line = Line(guest := Guest(live, outbox, offered(service.engines)), outbox, AsyncExitStack())
                await line.stack.enter_async_context(guest)
                spend = partial(service.room.spend, socket.scope[WHO])
                await converse(socket, desk, line, incoming.read, spend=spend, idle_s=IDLE_S, closing=service.room.closing)
        except (Denied, Overloaded) as error:
            await socket.send_denial_response(refused(error))

    return [
        WebSocketRoute("/v1/rooms", enter),
        Route("/v1/rooms", Endpoint(create), methods=["POST"]),
        Route("/v1/rooms/transcript", Endpoint(transcript), methods=["GET"]),
        Route("/v1/rooms/invitation", Endpoint(invitation), methods=["GET"]),
        Route("/v1/languages", Endpoint(languages), methods=["GET"]),
    ]


def _shown(request: Request) -> str:
    """Return the invitation or the host's token that a request shows."""
    kind, _, shown = request.headers.get("authorization", "").partition(" ")
    return shown.strip() if kind.lower() == "bearer" else ""
