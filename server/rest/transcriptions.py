"""`POST /v1/audio/transcriptions`: an uploaded sound file as text, JSON, subtitles, or events while it is recognised."""

from __future__ import annotations

import asyncio
import io
import math
import zlib
from collections.abc import AsyncGenerator
from contextlib import aclosing, closing
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from assistant.audio import LISTEN_RATE_HZ, Samples
from assistant.subtitles import srt, vtt
from assistant.transcript import Segment, transcribe
from models.media import decoded
from server.entrance import WHO
from server.realtime.refusals import Refused
from server.rest.bodies import checked, read_form, without
from server.rest.endpoint import Streamed, begun, events, while_wanted
from server.rest.languages import recognized
from server.service import Service

NEUTRAL: dict[str, tuple[Any, ...]] = {
    "include[]": (), "include": (), "known_speaker_names[]": (), "known_speaker_references[]": (),
}  # fmt: skip


class _Asked(BaseModel):
    """What may stand beside the file. The recognizer has no use for `prompt` and `temperature`, which only ever are hints."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    model: str = Field(min_length=1)
    language: str | None = None
    prompt: str | None = None
    response_format: Literal["json", "text", "srt", "vtt", "verbose_json"] = "json"
    temperature: float = Field(0, ge=0, le=1)
    granularities: tuple[Literal["word", "segment"], ...] = Field((), alias="timestamp_granularities[]")
    stream: bool = False


@dataclass
class _Listening:
    """One file on its way through a recognizer."""

    service: Service
    who: str
    data: bytes
    language: str
    times: bool
    heard_s: float = 0.0
    segments: list[Segment] = field(default_factory=list)

    async def follow(self) -> AsyncGenerator[Segment, None]:
        """Yield the segments as soon as each is known.

        Raises:
            InputError: the file has no audio that can be decoded.
            EngineError: the recognizer failed.
            Denied: it is more audio than is allowed.
        """
        engines = self.service.engines
        transcript = transcribe(self._blocks(), engines.detector(), engines.recognizers[self.language], self.language, times=self.times)
        try:
            async with aclosing(transcript) as segments:
                async for segment in segments:
                    self.segments.append(segment)
                    yield segment
        finally:
            self.service.metrics.heard(self.heard_s)

    async def _blocks(self) -> AsyncGenerator[Samples, None]:
        with closing(decoded("The file", io.BytesIO(self.data))) as blocks:
            for block in blocks:
                self.heard_s += block.size / LISTEN_RATE_HZ
                self.service.room.spend(self.who, block.size / LISTEN_RATE_HZ)
                yield block
                await asyncio.sleep(0)  # conversations go on meanwhile

    async def finish(self) -> None:
        """Hear all of it."""
        async for _ in self.follow():
            pass

    @property
    def text(self) -> str:
        return " ".join(segment.text for segment in self.segments)

    async def events(self) -> AsyncGenerator[dict[str, Any], None]:
        """Yield the protocol's events."""
        async with aclosing(self.follow()) as segments:
            async for segment in segments:
                space = " " if len(self.segments) > 1 else ""
                yield {"type": "transcript.text.delta", "delta": space + segment.text}
        yield {"type": "transcript.text.done", "text": self.text}

    @property
    def usage(self) -> dict[str, Any]:
        return {"type": "duration", "seconds": round(self.heard_s, 3)}


async def transcriptions(service: Service, request: Request) -> Response:
    """Write down a file."""
    asked, data = await _read(request)
    language = recognized(asked.language or service.manners.listens, service.engines, "language")
    listening = _Listening(service, request.scope[WHO], data, language, "word" in asked.granularities)
    if asked.stream:
        return Streamed(events(await while_wanted(request, begun(listening.events()))), "text/event-stream")
    await while_wanted(request, listening.finish())
    match asked.response_format:
        case "text":
            return PlainTextResponse(listening.text + "\n")
        case "srt":
            return PlainTextResponse(srt(listening.segments))
        case "vtt":
            return PlainTextResponse(vtt(listening.segments))
        case "json":
            return JSONResponse({"text": listening.text, "usage": listening.usage})
        case "verbose_json":
            return JSONResponse(_verbose(listening, asked))


async def _read(request: Request) -> tuple[_Asked, bytes]:
    form = await read_form(request)
    try:
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        without(fields, NEUTRAL)
        asked = checked(_Asked, fields | {"timestamp_granularities[]": form.getlist("timestamp_granularities[]")})
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise Refused("Missing required parameter: 'file'.", "missing_required_parameter", "file")
        data = await file.read()
    finally:
        await form.close()
    if not data:
        raise Refused("'file' is empty; send a file with audio.", param="file")
    if asked.granularities and asked.response_format != "verbose_json":
        raise Refused(
            "'timestamp_granularities[]' needs 'response_format' to be 'verbose_json'; set that.", param="timestamp_granularities[]"
        )
    if asked.stream and asked.response_format not in ("json", "text"):
        raise Refused(f"'{asked.response_format}' cannot be streamed; leave out 'stream', or ask for 'json'.", param="response_format")
    return asked, data


def _verbose(heard: _Listening, asked: _Asked) -> dict[str, Any]:
    found: dict[str, Any] = {
        "task": "transcribe",
        "language": heard.language,
        "duration": round(heard.heard_s, 3),
        "text": heard.text,
        "usage": heard.usage,
    }
    if "segment" in asked.granularities or not asked.granularities:
        found["segments"] = [_segment(number, segment) for number, segment in enumerate(heard.segments)]
    if heard.times:
        found["words"] = [
            {"word": word.text, "start": round(word.start_s, 3), "end": round(word.end_s, 3)}
            for segment in heard.segments
            for word in segment.words
        ]
    return found


def _segment(number: int, segment: Segment) -> dict[str, Any]:
    """Return Whisper's form of a segment. Only speech becomes one, and the tokens stay inside the recognizer."""
    text = segment.text.encode()
    return {
        "id": number,
        "seek": round(100 * segment.start_s),
        "start": round(segment.start_s, 3),
        "end": round(segment.end_s, 3),
        "text": segment.text,
        "tokens": [],
        "temperature": 0.0,
        "avg_logprob": round(math.log(max(segment.probability, 1e-9)), 4),
        "compression_ratio": round(len(text) / len(zlib.compress(text)), 3),
        "no_speech_prob": 0.0,
    }
