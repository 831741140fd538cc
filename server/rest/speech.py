"""`POST /v1/audio/speech`: a text spoken, each phrase sent as soon as it is ready."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from assistant.engines import Voice
from assistant.phrases import Phraser
from server.realtime.refusals import Refused
from server.rest.bodies import checked, read_json, without
from server.rest.endpoint import Streamed, begun, while_wanted
from server.rest.languages import plain
from server.rest.sound import MEDIA_TYPES, Format, Pace, coder
from server.service import Service

NEUTRAL: dict[str, tuple[Any, ...]] = {"stream_format": ("audio",)}

SLICE_S = 0.2
"""Coded at once: some milliseconds of work at the most."""


class _Named(BaseModel):
    id: str


class _Asked(BaseModel):
    """A request. `instructions` are about a manner that no voice here has, and are left aside, as the protocol's `tts-1` does."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    model: str = Field(min_length=1)
    input: str = Field(min_length=1, max_length=4096)
    voice: str | _Named
    response_format: Format = "mp3"
    speed: float = Field(1.0, ge=0.25, le=4.0)
    instructions: str | None = None
    stream_format: Literal["audio"] = "audio"
    x_language: str | None = None


async def speech(service: Service, request: Request) -> Response:
    """Speak a text."""
    given = await read_json(request)
    without(given, NEUTRAL)
    asked = checked(_Asked, given)
    if not asked.input.strip():
        raise Refused("'input' says nothing; send some words.", param="input")
    parts = _spoken(service, asked, service.engines.voices[_language(service, asked)])
    return Streamed(await while_wanted(request, begun(parts)), MEDIA_TYPES[asked.response_format])


async def _spoken(service: Service, asked: _Asked, voice: Voice) -> AsyncGenerator[bytes, None]:
    rate_hz = voice.sample_rate_hz
    pace = None if asked.speed == 1 else Pace(asked.speed, rate_hz)
    coded, phraser = coder(asked.response_format, rate_hz), Phraser()
    for phrase in (*phraser.push(asked.input), *phraser.flush()):
        async with aclosing(voice.speak(phrase)) as sounds:
            async for sound in sounds:
                service.metrics.spoke(sound.samples, rate_hz)
                for start in range(0, sound.samples.size, round(SLICE_S * rate_hz)):
                    samples = sound.samples[start : start + round(SLICE_S * rate_hz)]
                    if data := coded.push(pace.push(samples) if pace else samples):
                        yield data
                    await asyncio.sleep(0)  # conversations go on meanwhile
    if pace and (data := coded.push(pace.finish())):
        yield data
    if data := coded.finish():
        yield data


def _language(service: Service, asked: _Asked) -> str:
    """Return the language: the one that is named, the one that the voice is named after, or the server's first."""
    voices, named = service.engines.voices, asked.voice if isinstance(asked.voice, str) else asked.voice.id
    if asked.x_language is not None:
        language = plain(asked.x_language)
        if language not in voices:
            raise Refused(f"No voice for {language!r} is loaded here; choose from {', '.join(sorted(voices))}.", param="x_language")
        return language
    if plain(named) in voices:
        return plain(named)
    if not voices:
        raise Refused("No voice is loaded here; name a language in the setting server.speaks.", param="voice")
    first = service.manners.speaks or service.manners.listens
    return first if first in voices else next(iter(voices))
