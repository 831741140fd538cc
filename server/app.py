"""The served application: what is reached under which path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from assistant.engines import Engines
from assistant.errors import Overloaded
from assistant.governor import Governor
from assistant.manners import Manners
from assistant.tools import Toolbox
from server.auth import Doorkeeper
from server.entrance import WHO, Entrance, Room, refusal
from server.realtime import incoming
from server.realtime.config import SessionConfig
from server.realtime.connection import converse
from server.realtime.dialogue import Dialogue
from server.realtime.outbox import Outbox
from server.translations import incoming as translated
from server.translations.interpretation import Interpretation

MODEL = "parley"
"""What a client is told that does not ask for a model by name."""


@dataclass(frozen=True)
class Service:
    """What all requests share."""

    engines: Engines
    doorkeeper: Doorkeeper
    room: Room
    manners: Manners
    governor: Callable[[], Governor | None] = lambda: None
    idle_s: float = 900.0
    """A conversation without any message for so long is closed."""


def create_app(service: Service) -> Starlette:
    """Return the application that serves these engines."""

    async def realtime(socket: WebSocket) -> None:
        if socket.query_params.get("call_id") is not None:
            await socket.send_denial_response(refusal(404, "call_not_found", "There are no telephone calls here; leave out call_id."))
            return
        try:
            with service.room.place(socket.scope[WHO]):
                await converse(socket, _dialogue(service, socket), incoming.read, idle_s=service.idle_s, closing=service.room.closing)
        except Overloaded as error:
            await socket.send_denial_response(refusal(503, error.code, str(error)))

    async def translations(socket: WebSocket) -> None:
        try:
            with service.room.place(socket.scope[WHO]):
                opened = _interpretation(service, socket)
                await converse(socket, opened, translated.read, idle_s=service.idle_s, closing=service.room.closing)
        except Overloaded as error:
            await socket.send_denial_response(refusal(503, error.code, str(error)))

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_: Request) -> Response:
        if service.room.closing.is_set():
            return refusal(503, "shutting_down", "The server is shutting down.")
        return JSONResponse({"status": "ready", "sessions": service.room.taken})

    routes: list[BaseRoute] = [
        WebSocketRoute("/v1/realtime", realtime),
        WebSocketRoute("/realtime", realtime),
        WebSocketRoute("/v1/realtime/translations", translations),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
    ]
    return Starlette(routes=routes, middleware=[Middleware(Entrance, doorkeeper=service.doorkeeper)])


def _dialogue(service: Service, socket: WebSocket) -> Callable[[Outbox], Dialogue]:
    query = socket.query_params
    config = SessionConfig(type="transcription") if query.get("intent") == "transcription" else SessionConfig()

    def opened(outbox: Outbox) -> Dialogue:
        return Dialogue(
            service.engines,
            Toolbox(lambda: datetime.now().astimezone()),
            service.manners,
            outbox,
            model=query.get("model") or MODEL,
            now_s=datetime.now(UTC).timestamp(),
            config=config,
            governor=service.governor(),
        )

    return opened


def _interpretation(service: Service, socket: WebSocket) -> Callable[[Outbox], Interpretation]:
    model, now_s = socket.query_params.get("model") or MODEL, datetime.now(UTC).timestamp()
    return lambda outbox: Interpretation(service.engines, service.manners, outbox, model=model, now_s=now_s)
