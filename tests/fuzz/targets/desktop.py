"""What a server sends to `parley talk --url`, and what a hub answers to `parley models pull`."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message as Headers
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any
from urllib.error import HTTPError

from assistant.errors import InputError, ModelMissing
from assistant.events import Stamped
from clients.desktop.link import read
from clients.desktop.remote import Remote
from models.hub import Hub, Interrupted
from tests.fuzz.campaign import Target
from tests.fuzz.mutation import TEXTS, dumped, number, tree
from tests.fuzz.targets.messages import sendable

PCM = base64.b64encode(bytes(480)).decode()
TOLD: tuple[dict[str, Any], ...] = (
    {"type": "session.updated", "event_id": "e", "session": {"x": {"events": ["x.phrase", "x.transcript.partial", "x.latency"], "resume": "t"}, "audio": {"input": {"turn_detection": {"silence_duration_ms": 500}}}}},
    {"type": "input_audio_buffer.speech_started", "item_id": "i", "audio_start_ms": 100},
    {"type": "input_audio_buffer.speech_stopped", "item_id": "i", "audio_end_ms": 900},
    {"type": "input_audio_buffer.committed", "item_id": "i"},
    {"type": "conversation.item.input_audio_transcription.delta", "item_id": "i", "delta": "Good"},
    {"type": "conversation.item.input_audio_transcription.completed", "item_id": "i", "transcript": "Hello."},
    {"type": "conversation.item.input_audio_transcription.failed", "item_id": "i", "error": {"message": "m", "code": "c"}},
    {"type": "response.created", "response": {"id": "r"}},
    {"type": "response.output_audio_transcript.delta", "response_id": "r", "delta": "Good morning. How "},
    {"type": "response.output_audio.delta", "response_id": "r", "item_id": "o", "delta": PCM},
    {"type": "response.done", "response": {"id": "r", "status": "failed", "status_details": {"error": {"message": "m", "code": "c"}}}},
    {"type": "response.done", "response": {"id": "r", "status": "cancelled"}},
    {"type": "error", "error": {"code": "resume_not_found", "message": "m", "event_id": "parley-extensions"}},
    {"type": "x.transcript.partial", "item_id": "i", "text": "Hello you", "stable_chars": 5},
    {"type": "x.phrase", "response_id": "r", "text": "Good morning."},
    {"type": "x.tool", "response_id": "r", "name": "n", "arguments": {"a": 1}, "result": "s"},
    {"type": "x.routed", "response_id": "r", "to": "small", "why": "w"},
    {"type": "x.degraded", "what": "partials", "why": "late"},
    {"type": "x.latency", "response_id": "r", "marks_ms": {"speech_end": 900, "final": 30, "first_audio": 200}},
)  # fmt: skip
KEYS = [*sorted({key for event in TOLD for key in event} | {event["type"] for event in TOLD}), "r", "i", "o"]


def _told(random: Random) -> list[str]:
    start = random.randrange(len(TOLD))
    events = [*TOLD[start : start + random.choice((2, 5, 12))], *(random.choice(TOLD) for _ in range(3))]
    return [dumped(random, tree(random, event, KEYS) if random.random() < 0.4 else event) for event in events]


@contextmanager
def servers(_: Path) -> Iterator[Target]:
    """Events of a server."""

    def take(case: list[str]) -> None:
        sent: list[Any] = []
        facts: list[Stamped] = []
        remote = Remote(facts.append, sent.append)
        remote.connected(1.0)
        for at, text in enumerate(case):
            if (event := read(text)) is not None:
                remote.push(event, 2.0 + at)
            if at % 4 == 3:
                remote.playback_started(2.5 + at)
                remote.playback_done(2.6 + at)
        remote.lost(60.0)
        assert all(isinstance(fact, Stamped) for fact in facts)
        sendable([each.get("type") for each in sent])

    yield Target(_told, take, ())


def _answered(random: Random) -> tuple[int, dict[str, str]]:
    headers = {
        "ETag": '"abc"', "Content-Length": "100", "Content-Range": "bytes 10-99/100", "Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT", "X-Repo-Commit": "abc",
        "Location": "https://cdn.example.org/x",
    }  # fmt: skip
    for _ in range(random.choice((1, 2, 3))):
        name = random.choice(list(headers))
        said = random.choice(
            (
                random.choice(TEXTS), str(number(random)), f"bytes {number(random)}-{number(random)}/{number(random)}", "bytes */*", "9" * 5000, "bytes 1-2/" + "9" * 5000,
                "Mon, 01 Jan 0001 00:00:00", "Mon, 31 Dec 9999 23:59:59 -2359", "Fri, 01 Jan 1 00:00:00 +9999", "file:///etc/passwd", "http://[::1", "//x", "W/x",
            )
        )  # fmt: skip
        headers[name] = said.encode("latin-1", "replace").decode("latin-1").replace("\n", "").replace("\r", "")
    return random.choice((200, 206, 206, 302, 307, 401, 404, 416, 429, 503, 418)), headers


@contextmanager
def hubs(_: Path) -> Iterator[Target]:
    """Heads of a hub's answers."""
    hub = Hub("https://hub.example.org", "hf_token")
    request = __import__("urllib.request").request.Request(hub.url("a/b", "main", "c"))

    def take(case: tuple[int, dict[str, str]]) -> None:
        status, given = case
        headers = Headers()
        for name, value in given.items():
            headers[name] = value
        if status in (302, 307):
            request.add_unredirected_header("Authorization", "Bearer hf_token")
            sent_on = hub._redirects.redirect_request(request, None, status, "Found", headers, given["Location"])
            if sent_on is not None and sent_on.has_header("Authorization"):
                assert sent_on.host == "hub.example.org"
                assert sent_on.type == "https"
        elif status >= 400:
            raise hub._refused(HTTPError(request.full_url, status, "No", headers, None), "a/b", "main", "c")
        else:
            answer = hub._answer(SimpleNamespace(status=status, headers=headers))
            assert answer.start >= 0

    yield Target(_answered, take, (InputError, ModelMissing, Interrupted))
