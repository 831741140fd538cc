"""The served application: what is reached under which path."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from assistant.errors import EngineUnavailable, Overloaded
from server.auth import Denied
from server.entrance import CLOSING_S, WHO, Entrance, refusal
from server.metrics import Refusals
from server.pages import page_routes
from server.realtime import incoming
from server.realtime.config import SessionConfig
from server.realtime.connection import Read, converse, refuse_beta, speaks_beta
from server.realtime.desk import Desk, Line
from server.realtime.opening import MODEL
from server.realtime.outbox import Outbox
from server.realtime.refusals import Refused
from server.rest.endpoint import refused
from server.rest.routes import problems, rest_routes
from server.rooms.interpreters import How
from server.rooms.rooms import Rooms
from server.rooms.routes import room_routes
from server.service import Service
from server.translations import incoming as translated
from server.translations.incoming import TranslationConfig
from server.translations.interpretation import Interpretation


def create_app(service: Service) -> Starlette:
    """Return the application that serves these engines."""
    room = service.room
    desk = Desk(lambda token: service.opening().restored(token))
    service.others.may_ask(desk, service.doorkeeper)
    how = How(service.glossary, service.lag_s, service.manners.reply_s)
    rooms = Rooms(lambda: service.engines, lambda: service.manners, room.place, service.metrics, service.bounds, how)
    service.metrics.watch_rooms(lambda: len(rooms.open), lambda: rooms.people)

    async def talk(socket: WebSocket, opened: Callable[[str], Awaitable[Line]], read: Read) -> None:
        try:
            who = socket.scope[WHO]
            service.able()
            room.spend(who, 0.0)
            less = "" if desk.lets_back(who) else room.look(who)
            with room.conversation(who):
                line = await opened(less)
                line.who = who
                await converse(socket, desk, line, read, spend=partial(room.spend, who), idle_s=service.idle_s, closing=room.closing)
        except (Denied, Overloaded, EngineUnavailable, Refused) as error:  # the last if what the key was lent for cannot be opened here
            await socket.send_denial_response(refused(error))

    async def realtime(socket: WebSocket) -> None:
        query = socket.query_params
        if query.get("call_id") is not None:
            await socket.send_denial_response(refusal(404, "call_not_found", "There are no telephone calls here; leave out call_id."))
            return
        if speaks_beta(socket):
            await refuse_beta(socket)
            return
        config = SessionConfig(type="transcription") if query.get("intent") == "transcription" else SessionConfig()
        lent = service.doorkeeper.session(socket.scope[WHO])
        await talk(
            socket, lambda less: service.opening(less).anew(query.get("model") or lent.get("model"), config.merged(lent)), incoming.read
        )

    async def translations(socket: WebSocket) -> None:
        lent = service.doorkeeper.session(socket.scope[WHO])
        model = socket.query_params.get("model") or lent.get("model") or MODEL
        await talk(socket, lambda _: _interpretation(service, model, TranslationConfig().merged(lent)), translated.read)

    async def nowhere(socket: WebSocket) -> None:
        paths = "/v1/realtime, /v1/realtime/translations and /v1/rooms"
        await socket.send_denial_response(refusal(404, "not_found", f"There is no {socket.url.path} for WebSockets; there are {paths}."))

    async def knock(request: Request) -> Response:
        try:
            who = request.scope[WHO]
            service.able()
            room.spend(who, 0.0)
            room.look(who)
            with room.place(who):
                return Response(status_code=204)
        except (Denied, Overloaded, EngineUnavailable) as error:
            return refused(error)

    async def healthz(_: Request) -> Response:
        missing = [{"what": outage.what, "down": outage.down} for outage in service.outages()]  # why is not for everybody
        return JSONResponse({"status": "degraded", "outages": missing} if missing else {"status": "ok"})

    async def readyz(_: Request) -> Response:
        if room.closing.is_set():
            return refusal(503, "shutting_down", "The server is shutting down.", after_s=CLOSING_S)
        try:
            service.able()
        except EngineUnavailable as error:
            return refused(error)
        if room.taken >= room.limits.sessions or (room.admission is not None and room.judged(room.admission).outcome == "refuse"):
            return JSONResponse({"status": "busy", "sessions": room.taken}, 503)
        return JSONResponse({"status": "ready", "sessions": room.taken})

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None, None]:
        yield
        await desk.close()
        await rooms.close()

    routes: list[BaseRoute] = [
        WebSocketRoute("/v1/realtime", realtime),
        WebSocketRoute("/realtime", realtime),
        WebSocketRoute("/v1/realtime/translations", translations),
        *room_routes(service, rooms),
        WebSocketRoute("/{path:path}", nowhere),
        Route("/v1/realtime", knock),  # a browser is not told why its WebSocket was refused, and asks here
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        *rest_routes(service),
        *page_routes(),
    ]
    return Starlette(
        routes=routes,
        middleware=[
            Middleware(CORSMiddleware, allow_origins=service.doorkeeper.origins, allow_methods=["*"], allow_headers=["*"]),
            Middleware(Refusals, metrics=service.metrics),
            Middleware(Entrance, doorkeeper=service.doorkeeper),
        ],
        exception_handlers=problems,
        lifespan=lifespan,
    )


async def _interpretation(service: Service, model: str, config: TranslationConfig) -> Line:
    stack, outbox = AsyncExitStack(), Outbox()
    interpretation = Interpretation(
        service.engines,
        service.manners,
        outbox,
        model=model,
        now_s=datetime.now(UTC).timestamp(),
        config=config,
        glossary=service.glossary,
        lag_s=service.lag_s,
        observers=service.observers(),
    )
    await stack.enter_async_context(interpretation)
    return Line(interpretation, outbox, stack)
