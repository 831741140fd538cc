"""`GET /v1/models`: the one model there is."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from server.auth import Denied
from server.realtime.opening import MODEL
from server.service import Service


async def models(service: Service, _: Request) -> Response:
    """List the models."""
    return JSONResponse({"object": "list", "data": [_model(service)]})


async def model(service: Service, request: Request) -> Response:
    """Describe one model."""
    name = request.path_params["name"]
    if name != MODEL:
        raise Denied(
            404, "model_not_found", f"There is no model {name!r} here; the one there is is called {MODEL!r}, and answers to any name."
        )
    return JSONResponse(_model(service))


def _model(service: Service) -> dict[str, Any]:
    return {"id": MODEL, "object": "model", "created": service.since_s, "owned_by": "parley"}
