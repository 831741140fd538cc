"""The served application: what is reached under which path."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from assistant.errors import Overloaded
from server.auth import Doorkeeper
from server.entrance import WHO, Entrance, Room, refusal
from server.realtime import incoming
from server.realtime.config import SessionConfig
from server.realtime.connection import Read, converse
from server.realtime.desk import Desk, Line
from server.realtime.opening import MODEL, Opener
from server.realtime.outbox import Outbox
from server.translations import incoming as translated
from server.translations.interpretation import Interpretation


@dataclass(frozen=True)
class Service:
    """What all requests share."""

    opener: Opener
    doorkeeper: Doorkeeper
    room: Room
    idle_s: float = 900.0
    """A conversation without any message for so long is closed."""


def create_app(service: Service) -> Starlette:
    """Return the application that serves these engines."""
    opener, room = service.opener, service.room
    desk = Desk(opener.restored)

    async def talk(socket: WebSocket, opened: Callable[[], Awaitable[Line]], read: Read) -> None:
        try:
            with room.place(socket.scope[WHO]):
                await converse(socket, desk, await opened(), read, idle_s=service.idle_s, closing=room.closing)
        except Overloaded as error:
            await socket.send_denial_response(refusal(503, error.code, str(error)))

    async def realtime(socket: WebSocket) -> None:
        query = socket.query_params
        if query.get("call_id") is not None:
            await socket.send_denial_response(refusal(404, "call_not_found", "There are no telephone calls here; leave out call_id."))
            return
        config = SessionConfig(type="transcription") if query.get("intent") == "transcription" else SessionConfig()
        await talk(socket, lambda: opener.anew(query.get("model"), config), incoming.read)

    async def translations(socket: WebSocket) -> None:
        await talk(socket, lambda: _interpretation(opener, socket.query_params.get("model") or MODEL), translated.read)

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_: Request) -> Response:
        if room.closing.is_set():
            return refusal(503, "shutting_down", "The server is shutting down.")
        return JSONResponse({"status": "ready", "sessions": room.taken})

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None, None]:
        yield
        await desk.close()

    routes: list[BaseRoute] = [
        WebSocketRoute("/v1/realtime", realtime),
        WebSocketRoute("/realtime", realtime),
        WebSocketRoute("/v1/realtime/translations", translations),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
    ]
    return Starlette(routes=routes, middleware=[Middleware(Entrance, doorkeeper=service.doorkeeper)], lifespan=lifespan)


async def _interpretation(opener: Opener, model: str) -> Line:
    stack, outbox = AsyncExitStack(), Outbox()
    interpretation = Interpretation(opener.engines, opener.manners, outbox, model=model, now_s=datetime.now(UTC).timestamp())
    await stack.enter_async_context(interpretation)
    return Line(interpretation, outbox, stack)
