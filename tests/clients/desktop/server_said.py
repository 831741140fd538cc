"""What a server of the Realtime protocol says, for tests of those who listen to it."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from assistant.audio import to_pcm16
from clients.desktop.wire import RATE_HZ, Message

PARLEYS = ["x.latency", "x.transcript.partial", "x.tool", "x.degraded", "x.restored", "x.phrase"]
VAD = {"type": "server_vad", "silence_duration_ms": 500}


def updated(*, parley: bool, token: str = "", turns: Any = VAD) -> Message:
    extra: Message = {"x": {"events": PARLEYS} | ({"resume": token} if token else {})} if parley else {}
    return {"type": "session.updated", "session": {"type": "realtime", "audio": {"input": {"turn_detection": turns}}} | extra}


def heard(kind: str, item: str = "u1", **fields: Any) -> Message:
    return {"type": f"input_audio_buffer.{kind}", "item_id": item} | fields


def written(kind: str, item: str = "u1", **fields: Any) -> Message:
    return {"type": f"conversation.item.input_audio_transcription.{kind}", "item_id": item} | fields


def created(response: str = "r1") -> Message:
    return {"type": "response.created", "response": {"id": response}}


def words(text: str, response: str = "r1", item: str = "a1") -> Message:
    return {"type": "response.output_audio_transcript.delta", "response_id": response, "item_id": item, "delta": text}


def sound(seconds: float, response: str = "r1", item: str = "a1") -> Message:
    pcm = to_pcm16(np.full(round(seconds * RATE_HZ), 0.25, np.float32))
    return {"type": "response.output_audio.delta", "response_id": response, "item_id": item, "delta": base64.b64encode(pcm).decode()}


def done(status: str = "completed", response: str = "r1", **details: Any) -> Message:
    return {"type": "response.done", "response": {"id": response, "status": status, "status_details": details or None}}


def ours(kind: str, response: str = "r1", **fields: Any) -> Message:
    return {"type": f"x.{kind}", "response_id": response} | fields


def refusal(code: str, message: str = "No.", event_id: str | None = None) -> Message:
    return {"type": "error", "error": {"type": "invalid_request_error", "code": code, "message": message, "event_id": event_id}}
