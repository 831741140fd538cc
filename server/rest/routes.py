"""What is served beside the Realtime protocol: which path is answered by what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.rest.chat import chat_completions
from server.rest.client_secrets import client_secrets, translation_client_secrets
from server.rest.endpoint import Endpoint, failed, unknown
from server.rest.model_list import model, models
from server.rest.speech import speech
from server.rest.transcriptions import transcriptions
from server.service import Service

Work = Callable[[Service, Request], Awaitable[Response]]

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"

problems: Mapping[Any, Callable[[Request, Exception], Awaitable[Response]]] = {404: unknown, 405: unknown, Exception: failed}
"""What answers where no route does."""


def rest_routes(service: Service) -> list[Route]:
    """Return the routes."""

    def working(path: str, work: Work) -> Route:
        return Route(path, Endpoint(partial(work, service), service.room), methods=["POST"])

    def light(path: str, work: Work, method: str = "GET") -> Route:
        return Route(path, Endpoint(partial(work, service)), methods=[method])

    async def metrics(_: Request) -> Response:
        return Response(service.metrics.text(), media_type=METRICS_TYPE)

    return [
        working("/v1/audio/transcriptions", transcriptions),
        working("/v1/audio/speech", speech),
        working("/v1/chat/completions", chat_completions),
        light("/v1/realtime/client_secrets", client_secrets, "POST"),
        light("/v1/realtime/translations/client_secrets", translation_client_secrets, "POST"),
        light("/v1/models", models),
        light("/v1/models/{name:path}", model),
        Route("/metrics", metrics),
    ]
