"""The way in for every request: who asks, from where, and whether there is room. Nothing behind it looks at a key."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from assistant.errors import Overloaded
from server.admission import Admission, Verdict
from server.allowance import Allowance
from server.auth import Denied, Doorkeeper

OPEN_PATHS = ("/", "/app", "/healthz", "/readyz", "/v1/languages")
"""The web client's front page, and whether the server works, and for whom, may be asked for without a key."""

OPEN_BELOW = "/app/"
"""Where the files of the web client are."""

INVITED = (("websocket", "/v1/rooms"), ("http", "/v1/rooms/invitation"), ("http", "/v1/rooms/transcript"))
"""Where an invitation lets in, not a key; what is behind looks at it."""

CLOSING_S = 10
"""After so long another server may be there."""

WHO = "parley.who"
"""In a request's scope: for whom it counts."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much at once."""

    sessions: int = 8
    """Conversations in all."""
    sessions_each: int = 4
    """Conversations of one key, or of one address without keys."""
    audio_minutes_each: float = 300
    """Of audio that one of them may send within an hour."""


@dataclass
class Room:
    """Counts the conversations that go on."""

    limits: Limits
    admission: Admission | None = None
    """Lets in who will be answered in time; None: only the places count."""
    queues: Callable[[], Mapping[str, int]] = dict
    """Tells what waits for each engine."""
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    """The server is shutting down: conversations end after the reply that is being given."""
    _taken: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._left = asyncio.Event()
        self._visitors = 0
        self.allowance = Allowance(60 * self.limits.audio_minutes_each)

    def spend(self, who: str, seconds: float) -> None:
        """Take audio that `who` sent.

        Raises:
            Denied: it is more than is allowed.
        """
        self.allowance.spend(who, seconds, time.monotonic())

    async def empty(self) -> None:
        """Return when no conversation goes on, and no visitor is here."""
        while self.busy:
            self._left.clear()
            await self._left.wait()

    @property
    def busy(self) -> bool:
        """Whether anybody is here who is to be told that the server ends."""
        return bool(self.taken or self._visitors)

    @contextmanager
    def visit(self) -> Iterator[None]:
        """Be here, without taking a place, until the block is left.

        Raises:
            Overloaded: the server is shutting down.
        """
        self._stay_open()
        self._visitors += 1
        try:
            yield
        finally:
            self._visitors -= 1
            self._left.set()

    @property
    def taken(self) -> int:
        """Conversations that go on."""
        return self._taken.total()

    @contextmanager
    def place(self, who: str) -> Iterator[None]:
        """Take a place until the block is left.

        Raises:
            Overloaded: there is none.
        """
        self._stay_open()
        if self.taken >= self.limits.sessions:
            if self.admission is not None:
                self.admission.refused(who, time.monotonic())
            raise Overloaded(f"All {self.limits.sessions} places are taken; try again later.")
        if self._taken[who] >= self.limits.sessions_each:
            raise Overloaded(f"You have {self.limits.sessions_each} conversations open, the most allowed; close one.")
        self._taken[who] += 1
        try:
            yield
        finally:
            self._taken[who] -= 1
            if not self._taken[who]:
                del self._taken[who]
            self._left.set()

    @contextmanager
    def conversation(self, who: str) -> Iterator[None]:
        """Take a place for a conversation that has been let in, until the block is left.

        Raises:
            Overloaded: there is none.
        """
        with self.place(who):
            if self.admission is not None:
                self.admission.came(who, time.monotonic())
            yield

    def look(self, who: str) -> str:
        """Return why a conversation that begins now must do with less, or nothing; `conversation` takes its place.

        Raises:
            Overloaded: it would not be let in.
        """
        self._stay_open()
        if self.admission is None:
            return ""
        verdict = self.judged(self.admission, who)
        if verdict.outcome == "refuse":
            self.admission.refused(who, time.monotonic())
            raise Overloaded(verdict.why, verdict.after_s)
        return verdict.why

    def judged(self, admission: Admission, who: str = "") -> Verdict:
        """Return what would become of somebody who comes now; nobody is expected back because of that."""
        now_s = time.monotonic()
        admission.waiting(sum(self.queues().values()), now_s)
        admission.worked(time.thread_time(), now_s)
        return admission.judge(who, self._taken, self.limits.sessions - self.taken, now_s)

    def _stay_open(self) -> None:
        if self.closing.is_set():
            raise Overloaded("The server is shutting down; connect again in a while.", CLOSING_S)


class Entrance:
    """ASGI middleware: lets in, or answers at once."""

    def __init__(self, app: ASGIApp, doorkeeper: Doorkeeper) -> None:
        self._app, self._doorkeeper = app, doorkeeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] not in ("http", "websocket") or _is_open(scope):
            await self._app(scope, receive, send)
            return
        try:
            who = self._who(scope)
        except Denied as denied:
            await refuse(scope, receive, send, denial(denied))
            return
        client = scope.get("client")
        scope[WHO] = f"{who} {client[0] if client else ''}" if who in ("local", "guest") else who
        await self._app(scope, receive, send)

    def _who(self, scope: Scope) -> str:
        headers = Headers(scope=scope)
        if (scope["type"], scope["path"]) in INVITED:
            self._doorkeeper.admit_without_key(headers)
            return "guest"
        return self._doorkeeper.admit(headers, scope.get("subprotocols", ()), time.monotonic())


def _is_open(scope: Scope) -> bool:
    """Whether anybody may: of WebSockets, nobody."""
    path: str = scope["path"]
    return scope["type"] == "http" and (path in OPEN_PATHS or path.startswith(OPEN_BELOW))


def denial(denied: Denied) -> JSONResponse:
    """Return what somebody is told who may not."""
    return refusal(denied.status, denied.code, denied.message, after_s=denied.after_s)


def refusal(status: int, code: str, message: str, param: str | None = None, *, after_s: int | None = None) -> JSONResponse:
    """Return an error in the form that the protocol's clients know: `param` is wrong, and `after_s` seconds later it may go well."""
    later = None if after_s is None else {"retry-after": str(after_s)}
    return JSONResponse(problem(status, code, message, param), status, later)


def problem(status: int, code: str, message: str, param: str | None = None) -> dict[str, Any]:
    """Return what such an error says."""
    kind = "server_error" if status >= 500 else "invalid_request_error"
    return {"error": {"type": kind, "code": code, "message": message, "param": param}}


async def refuse(scope: Scope, receive: Receive, send: Send, response: Response) -> None:
    """Answer a request, or a WebSocket that is not accepted, with an HTTP response."""
    if scope["type"] == "websocket":
        await WebSocket(scope, receive, send).send_denial_response(response)
    else:
        await response(scope, receive, send)
