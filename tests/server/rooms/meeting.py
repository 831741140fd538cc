"""People in a room of a real server, each with a WebSocket of his own that keeps all that comes."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import numpy as np
import soxr
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from assistant.audio import LISTEN_RATE_HZ, Samples, silence
from assistant.engines import Engines
from clients.bench.room import recording
from models.load import load
from tests.server.rest.asking import plain
from tests.server.serving import frames, served

SPANISH = "¿Dónde está la estación?"


class Member:
    """One connection to a room."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.events: list[dict[str, Any]] = []
        self.joined: dict[str, Any] = {}

    @property
    def id(self) -> str:
        name: str = self.joined["person"]
        return name

    async def send(self, kind: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": kind} | fields))

    async def join(self, name: str, language: str, **more: Any) -> dict[str, Any]:
        await self.send("room.join", name=name, language=language, **more)
        self.joined = await self.until("room.joined")
        return self.joined

    async def until(self, kind: str, which: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """Return the next event of this type, or fail after 30 s."""
        try:
            async with asyncio.timeout(30):
                while True:
                    event: dict[str, Any] = json.loads(await self.socket.recv())
                    self.events.append(event)
                    if event["type"] == kind and which(event):
                        return event
        except TimeoutError:
            raise AssertionError(f"no {kind}; there came {[short(each) for each in self.events][-30:]}") from None

    async def error(self) -> str:
        """Return the code of the next error."""
        code: str = (await self.until("error"))["error"]["code"]
        return code

    async def final(self, language: str, which: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """Return the next line that is complete in this language."""

        def done(event: dict[str, Any]) -> bool:
            text = event["line"]["texts"].get(language, {})
            return bool(text.get("final")) and which(event["line"])

        line: dict[str, Any] = (await self.until("room.line", done))["line"]
        return line

    async def closed(self) -> tuple[str | None, int | None]:
        """Return why it is over, as it was said, and the close code."""
        try:
            async with asyncio.timeout(30):
                while True:
                    self.events.append(json.loads(await self.socket.recv()))
        except ConnectionClosed:
            pass
        reasons = [event["reason"] for event in self.events if event["type"] == "room.closed"]
        return (reasons[0] if reasons else None), self.socket.close_code

    async def speak(self, samples: Samples, *, quiet_s: float = 1.5) -> None:
        """Send 16 kHz samples as a microphone would, and quiet behind them."""
        for frame in frames(np.concatenate([samples, silence(round(quiet_s * LISTEN_RATE_HZ))])):
            await self.send("input_audio_buffer.append", audio=base64.b64encode(frame).decode())
            await asyncio.sleep(0.04)

    async def break_off(self) -> None:
        """Lose the connection without a word."""
        self.socket.transport.abort()
        await self.socket.wait_closed()

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]

    def sound(self, line: str) -> bytes:
        return b"".join(base64.b64decode(each["audio"]) for each in self.of("room.audio") if each["line"] == line)


def short(event: dict[str, Any]) -> str:
    return f"{event['type']} {event.get('error', {}).get('code', '')}{event.get('line', '') if event['type'] == 'room.line' else ''}"


class Meeting:
    """A server, and one room in it."""

    def __init__(self, address: str, http: httpx2.AsyncClient, made: dict[str, Any]) -> None:
        self.address, self.http, self.made = address, http, made

    @asynccontextmanager
    async def member(self, name: str | None = None, language: str = "en", **more: Any) -> AsyncGenerator[Member, None]:
        """Connect somebody, who joins if he has a name."""
        async with connection(self.address, self.made["invitation"]) as socket:
            member = Member(socket)
            if name is not None:
                await member.join(name, language, **more)
            yield member

    async def transcript(self, form: str, token: str | None = None) -> httpx2.Response:
        shown = {"authorization": f"Bearer {token or self.made['invitation']}"}
        return await self.http.get("/v1/rooms/transcript", params={"format": form}, headers=shown)


def connection(address: str, invitation: str, **more: Any) -> connect:
    protocols = ["parley.room", f"parley.invitation.{invitation}"]
    return connect(f"ws://{address}/v1/rooms", **({"subprotocols": protocols, "max_size": None, "max_queue": None, "proxy": None} | more))


@asynccontextmanager
async def meeting(engines: Engines | None = None, asked: dict[str, Any] | None = None, **changes: Any) -> AsyncGenerator[Meeting, None]:
    """Serve, with the starter models if no engines are given, and open a room."""
    engines = engines or await load(["en", "es"], speaks=["en", "es"])
    async with served(engines=engines, **changes) as address, plain(address) as http:
        made = await http.post("/v1/rooms", json=asked or {"title": "Café"})
        assert made.status_code == 201, made.text
        yield Meeting(address, http, made.json())


async def spanish(engines: Engines, text: str = SPANISH) -> Samples:
    """Return a text in the Spanish voice at 16 kHz."""
    voice = engines.voices["es"]
    sounds = [sound.samples async for sound in voice.speak(text)]
    spoken: Samples = soxr.resample(np.concatenate(sounds), voice.sample_rate_hz, LISTEN_RATE_HZ)
    return spoken


def english() -> Samples:
    return recording("translate-1")
