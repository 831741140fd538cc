"""The whole application, without a network: HTTP requests and WebSockets as uvicorn hands them on."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from assistant.manners import Manners
from server.app import create_app
from server.auth import Doorkeeper
from server.entrance import Limits, Room
from server.realtime.opening import Opener
from server.service import Service
from tests.conftest import VirtualLoop
from tests.fuzz.campaign import Target
from tests.fuzz.mutation import TEXTS, dumped, octets, tree
from tests.fuzz.targets.engines import engines
from tests.fuzz.targets.messages import REALTIME, ROOMS, SESSION, TOOL, TRANSLATIONS, message
from tests.fuzz.targets.sound import wave

BODIES: dict[str, tuple[dict[str, Any], ...]] = {
    "/v1/chat/completions": (
        {
            "model": "m", "stream": True, "stream_options": {"include_usage": True}, "tools": [{"type": "function", "function": TOOL}], "max_tokens": 20,
            "messages": [
                {"role": "system", "content": "Be brief."}, {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
                {"role": "assistant", "content": None, "tool_calls": [{"id": "c", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}]},
                {"role": "tool", "tool_call_id": "c", "content": "3"}, {"role": "user", "content": "So?"},
            ],
        },
        {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "temperature": 0.5, "n": 1, "logit_bias": {}, "response_format": {"type": "text"}},
    ),
    "/v1/audio/speech": ({"model": "m", "input": "Good morning.", "voice": {"id": "v"}, "response_format": "pcm", "speed": 1.5, "x_language": "es"},),
    "/v1/realtime/client_secrets": ({"expires_after": {"anchor": "created_at", "seconds": 60}, "session": SESSION | {"model": "m"}},),
    "/v1/realtime/translations/client_secrets": ({"session": {"model": "m", "audio": {"output": {"language": "es"}}}},),
    "/v1/rooms": ({"title": "Café", "minutes": 60},),
}  # fmt: skip
PATHS = ("/", "/app/", "/app/main.js", "/app/../main.py", "/app/%2e%2e/x", "/v1/models", "/v1/languages", "/v1/rooms/transcript", "/v1/rooms/invitation", "/metrics", "/healthz", "/v1/realtime", "/nowhere", "/" + "x" * 3000)  # fmt: skip
UPLOAD = "/v1/audio/transcriptions"
KEYS = sorted(
    {key for bodies in BODIES.values() for body in bodies for key in body} | {"role", "content", "user", "tool", "function", "arguments"}
)
FORM = [
    b'--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n--b\r\nContent-Disposition: form-data; name="response_format"\r\n\r\nverbose_json\r\n'
    b'--b\r\nContent-Disposition: form-data; name="timestamp_granularities[]"\r\n\r\nword\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n'
    + wave(16_000, data=bytes(640))
    + b"\r\n--b--\r\n"
]
FORM_WORDS = (
    b"--b",
    b"\r\n\r\n",
    b'name="file"',
    b'filename="../x"',
    b"filename*=utf-8''%ff",
    b"--b--",
    b"; " * 50,
    b"language",
    b"stream",
    b"true",
    b"json",
    b"srt",
    b"a" * 9000,
)
HEADERS = ("host", "origin", "authorization", "content-type", "content-length", "openai-beta", "if-none-match", "transfer-encoding")

Case = tuple[str, str, bytes, list[tuple[bytes, bytes]], list[bytes]]


class Application:
    """The application with engines that answer at once, on virtual time."""

    def __init__(self) -> None:
        self.loop = VirtualLoop()
        self.loop.set_debug(False)
        logging.getLogger("parley").setLevel(logging.CRITICAL)
        room = Room(Limits(sessions=100, sessions_each=100, audio_minutes_each=1e9))
        service = Service(Opener(engines(), Manners()), Doorkeeper(None), room)
        self.app, self.room = create_app(service), room
        self._life = self.app.router.lifespan_context(self.app)
        self.loop.run_until_complete(self._life.__aenter__())

    def close(self) -> None:
        """After the time that broken connections are kept, nothing may be left."""
        self.loop.run_until_complete(asyncio.sleep(100_000))
        self.loop.run_until_complete(self._life.__aexit__(None, None, None))
        left = asyncio.all_tasks(self.loop)
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()
        assert not left, f"{len(left)} tasks were left behind: {left}"
        assert not self.room.taken

    def ask(self, case: Case) -> int:
        """Return the status that a request is answered with."""
        method, path, query, headers, body = case
        scope = {
            "type": "http", "http_version": "1.1", "method": method, "path": path, "raw_path": path.encode(), "query_string": query, "root_path": "", "scheme": "http",
            "headers": headers, "client": ("127.0.0.1", 5), "server": ("127.0.0.1", 8765),
        }  # fmt: skip
        parts = [{"type": "http.request", "body": part, "more_body": True} for part in body] + [
            {"type": "http.request", "body": b"", "more_body": False}
        ]
        told: list[Any] = []

        async def receive() -> Any:
            await asyncio.sleep(0)
            return parts.pop(0) if parts else await asyncio.Event().wait()

        async def send(event: Any) -> None:
            told.append(event)

        self.loop.run_until_complete(asyncio.wait_for(self.app(scope, receive, send), 1000))
        return int(told[0]["status"])

    def talk(self, path: str, protocols: list[str], messages: list[Any], code: int) -> list[Any]:
        """Return what a WebSocket is told."""
        scope = {
            "type": "websocket", "http_version": "1.1", "path": path, "raw_path": path.encode(), "query_string": b"model=m", "root_path": "", "scheme": "ws",
            "headers": [(b"host", b"localhost")], "client": ("127.0.0.1", 5), "server": ("127.0.0.1", 8765), "subprotocols": protocols,
            "extensions": {"websocket.http.response": {}},
        }  # fmt: skip
        said = [{"type": "websocket.connect"}, *messages]
        told: list[Any] = []

        async def receive() -> Any:
            await asyncio.sleep(0.05)
            return said.pop(0) if said else {"type": "websocket.disconnect", "code": code}

        async def send(event: Any) -> None:
            told.append(event)

        self.loop.run_until_complete(asyncio.wait_for(self.app(scope, receive, send), 10_000))
        return told


@contextmanager
def rest(_: Path) -> Iterator[Target]:
    """Requests: paths, queries, headers, bodies and forms."""
    application = Application()

    def take(case: Case) -> None:
        status = application.ask(case)
        assert status < 500 or status == 503, f"status {status}"

    try:
        yield Target(request_of, take, (), lambda: None)
    finally:
        application.close()


def request_of(random: Random) -> Case:
    headers = {"host": "localhost", "content-type": "application/json"}
    path, body, method = random.choice((*PATHS, *BODIES, UPLOAD, UPLOAD, *BODIES)), b"", "GET"
    if path in BODIES:
        seed = random.choice(BODIES[path])
        text = dumped(random, tree(random, seed, KEYS) if random.random() < 0.9 else seed)
        body, method = text.encode(errors="surrogatepass"), "POST"
    elif path == UPLOAD:
        body, method = octets(random, FORM, FORM_WORDS), "POST"
        headers["content-type"] = random.choice(
            (
                "multipart/form-data; boundary=b",
                "multipart/form-data; boundary=b; charset=x",
                "multipart/form-data",
                "multipart/form-data; boundary=",
            )
        )
    if random.random() < 0.1:
        method = random.choice(("GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "X"))
    if random.random() < 0.2:
        headers[random.choice(HEADERS)] = random.choice(
            (*TEXTS, "http://[::1", "Bearer \xff", "Bearer", "localhost:99999", "[::1", "127.0.0.1:x", "1e9", "-1", "9" * 5000)
        )
    query = (
        b""
        if random.random() < 0.7
        else random.choice(TEXTS).encode(errors="replace") + b"&format=" + random.choice((b"srt", b"x", b"%00", b"\xff"))
    )
    return (
        method,
        path,
        query,
        [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()],
        [body[at : at + 3000] for at in range(0, len(body), 3000)],
    )


@contextmanager
def sockets(_: Path) -> Iterator[Target]:
    """Conversations: some messages to one path, then a good end or a bad one."""
    application = Application()
    opened = application.ask(("POST", "/v1/rooms", b"", [(b"host", b"localhost")], [b"{}"]))
    assert opened == 201
    rooms = _rooms(application)

    def make(random: Random) -> tuple[str, list[str], list[Any], int]:
        path, seeds = random.choice((("/v1/realtime", REALTIME), ("/v1/realtime/translations", TRANSLATIONS), ("/v1/rooms", ROOMS[:-1])))
        said: list[Any] = [json.dumps(seeds[0])] if path == "/v1/rooms" else []
        said += [message(random, seeds) for _ in range(random.choice((1, 3, 8)))]
        messages = [{"type": "websocket.receive", "text": each.encode(errors="replace").decode()} for each in said]
        if random.random() < 0.1:
            messages.append({"type": "websocket.receive", "bytes": b"\xff\x00"})
        return path, ["parley.room"] if path == "/v1/rooms" else ["realtime"], messages, random.choice((1000, 1001, 1006))

    def take(case: tuple[str, list[str], list[Any], int]) -> None:
        path, protocols, messages, code = case
        if path == "/v1/rooms":
            protocols = [*protocols, f"parley.invitation.{rooms()}"]
        for event in application.talk(path, protocols, messages, code):
            if "text" in event:
                told = json.loads(event["text"])
                assert "Traceback" not in event["text"]
                assert told.get("error", {}).get("code") not in ("server_error", "internal_error"), event["text"]

    try:
        yield Target(make, take, ())
    finally:
        application.close()


def _rooms(application: Application) -> Any:
    """Return what gives the invitation to an open room, a new one where the last is over."""
    held: list[tuple[str, float]] = []

    def invitation() -> str:
        now_s = application.loop.time()
        if not held or now_s - held[-1][1] > 3600:
            held.append((_made(application), now_s))
        return held[-1][0]

    return invitation


def _made(application: Application) -> str:
    told: list[Any] = []
    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "path": "/v1/rooms", "raw_path": b"/v1/rooms", "query_string": b"", "root_path": "", "scheme": "http",
        "headers": [(b"host", b"localhost")], "client": ("127.0.0.1", 5), "server": ("127.0.0.1", 8765),
    }  # fmt: skip

    async def receive() -> Any:
        return {"type": "http.request", "body": b'{"minutes": 1440}', "more_body": False}

    async def send(event: Any) -> None:
        told.append(event)

    application.loop.run_until_complete(application.app(scope, receive, send))
    return str(json.loads(told[1]["body"])["invitation"])
