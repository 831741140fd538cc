"""`POST /v1/realtime/client_secrets`: short-lived keys for browsers, each with the session that it opens."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from assistant.respond import SYSTEM
from server.auth import EPHEMERAL, Denied
from server.entrance import WHO
from server.realtime.checking import Part
from server.realtime.config import SessionConfig
from server.realtime.ids import new_id
from server.realtime.opening import MODEL
from server.rest.bodies import checked, read_json
from server.rest.languages import recognized
from server.service import Service
from server.translations.incoming import TranslationConfig
from server.translations.interpretation import source_of


class _Expiry(Part):
    anchor: Literal["created_at"] = "created_at"
    seconds: int = Field(600, ge=10, le=7200)


class _Asked(Part):
    expires_after: _Expiry = _Expiry()
    session: dict[str, Any] = Field(default_factory=dict)


async def client_secrets(service: Service, request: Request) -> Response:
    """Lend a key for a conversation or a transcription session."""
    asked = await _read(request)
    config = SessionConfig().merged(asked.session)
    transcription = config.audio.input.transcription
    if transcription and transcription.language:
        recognized(transcription.language, service.engines, "session.audio.input.transcription.language")
    value, expires_at = await _lend(service, asked, asked.session)
    session = config.as_wire(new_id("sess"), asked.session.get("model") or MODEL, SYSTEM, expires_at, granted={})
    return JSONResponse({"value": value, "expires_at": expires_at, "session": session})


async def translation_client_secrets(service: Service, request: Request) -> Response:
    """Lend a key for a translation session."""
    asked = await _read(request)
    config = TranslationConfig().merged(asked.session)
    source_of(config.language, service.engines)
    value, expires_at = await _lend(service, asked, asked.session | {"type": "translation"})
    session = {"id": new_id("sess"), "type": "translation", "model": asked.session.get("model") or MODEL, "expires_at": expires_at}
    return JSONResponse({"value": value, "expires_at": expires_at, "session": session | config.model_dump(mode="json")})


async def _read(request: Request) -> _Asked:
    if request.scope[WHO].startswith(EPHEMERAL):
        raise Denied(403, "insufficient_permissions", "A short-lived key lends no others; use the server's own key.")
    return checked(_Asked, await read_json(request))


async def _lend(service: Service, asked: _Asked, session: dict[str, Any]) -> tuple[str, int]:
    """Return a key that opens such sessions, and when it expires in seconds since 1970."""
    seconds = asked.expires_after.seconds
    value = service.doorkeeper.lend(seconds, time.monotonic(), session)
    await service.others.lent(value, seconds, session)
    return value, int(datetime.now(UTC).timestamp()) + seconds
