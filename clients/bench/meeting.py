"""People of a bench in a room of a server in a process of its own: they speak, or listen, or both."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import sys
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.request import Request, urlopen

import numpy as np
import soxr
from pydantic import BaseModel
from websockets.asyncio.client import ClientConnection, connect

from assistant.audio import LISTEN_RATE_HZ, Samples
from assistant.errors import InputError
from assistant.settings import Settings

RATE_HZ, FRAME_S = 24_000, 0.04

AUDIBLE = 0.02
"""What is louder belongs to a recording's words."""

_PORT = re.compile(rb"listens at ws://[^:]+:(\d+)")


@asynccontextmanager
async def server(settings: Settings) -> AsyncGenerator[str, None]:
    """Run `parley serve` with these settings until the block is left; yield its host:port.

    Raises:
        InputError: it does not start.
    """
    async with running(settings) as (address, _):
        yield address


@asynccontextmanager
async def running(settings: Settings, *more: str) -> AsyncGenerator[tuple[str, int], None]:
    """Run `parley serve` with these settings, and `more` as `key=value`, until the block is left; yield its host:port and its process.

    Raises:
        InputError: it does not start.
    """
    given = [part for each in ("server.keep_days=0", *more) for part in ("--set", each)]
    command = parley(settings, *given, "serve", "--host", "127.0.0.1", "--port", "0")
    child = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    assert child.stderr is not None
    reading: asyncio.Task[bytes] | None = None
    try:
        last = b""
        while (found := _PORT.search(line := await child.stderr.readline())) is None:
            if not line:
                raise InputError(f"parley serve did not start: {last.decode(errors='replace').strip() or 'it said nothing'}.")
            last = line
        reading = asyncio.create_task(child.stderr.read(), name="what the server says")  # else it would wait for room
        yield f"127.0.0.1:{found[1].decode()}", child.pid
    finally:
        if child.returncode is None:
            child.terminate()
        await child.wait()
        if reading is not None:
            await reading


def parley(settings: Settings, *words: str) -> list[str]:
    """Return the command line that runs `parley` with these settings and words."""
    return [sys.executable, "-m", "clients.cli.main", *(part for flag in flags(settings) for part in ("--set", flag)), *words]


def flags(settings: BaseModel, prefix: str = "") -> Iterator[str]:
    """Yield what differs from the defaults as `key=value`, but for lists."""
    for name, value in settings:
        if value == type(settings).model_fields[name].default or isinstance(value, list):
            continue
        if isinstance(value, BaseModel):
            yield from flags(value, f"{prefix}{name}.")
        elif isinstance(value, dict):
            yield from (f"{prefix}{name}.{key}={each}" for key, each in value.items())
        else:
            yield f"{prefix}{name}={value}"


def open_room(address: str) -> str:
    """Open a room and return its invitation."""
    asked = Request(f"http://{address}/v1/rooms", data=b"{}", headers={"Content-Type": "application/json"})
    with urlopen(asked, timeout=10) as answer:
        invitation: str = json.load(answer)["invitation"]
        return invitation


@asynccontextmanager
async def joined(address: str, invitation: str, name: str, language: str) -> AsyncGenerator[ClientConnection, None]:
    """Connect somebody who hears until the block is left."""
    protocols: list[Any] = ["parley.room", f"parley.invitation.{invitation}"]
    async with connect(f"ws://{address}/v1/rooms", subprotocols=protocols, max_size=None, compression=None, proxy=None) as socket:
        await socket.send(json.dumps({"type": "room.join", "name": name, "language": language, "hears": True}))
        yield socket


async def listen(socket: ClientConnection) -> None:
    """Read all that comes, and look at none of it."""
    async for _ in socket:
        pass


@dataclass
class Heard:
    """What came of one utterance, in seconds after its last word."""

    ended_s: float
    """When that was, on the event loop's clock."""
    said: asyncio.Event = field(default_factory=asyncio.Event)
    translated_s: float | None = None
    sounded_s: float | None = None


class Talker:
    """Somebody whose microphone is always open, and who notes when the other's words come."""

    def __init__(self, socket: ClientConnection, language: str) -> None:
        self._socket, self.language = socket, language
        self._frames: deque[str] = deque()
        self._other: Heard | None = None
        self.lags_s: list[float] = []
        """What the server tells of its own lag."""

    def expect(self, heard: Heard) -> None:
        """Note what comes of an utterance of the other's."""
        self._other = heard

    def say(self, samples: Samples) -> float:
        """Say 16 kHz samples from now on; return after how many seconds the last word of it is over."""
        pcm = (soxr.resample(samples, LISTEN_RATE_HZ, RATE_HZ) * 32_767).clip(-32_768, 32_767).astype("<i2")
        frame = round(FRAME_S * RATE_HZ)
        pcm = np.concatenate([pcm, np.zeros(-pcm.size % frame, "<i2")])
        self._frames.extend(base64.b64encode(pcm[start : start + frame].tobytes()).decode() for start in range(0, pcm.size, frame))
        return float(np.flatnonzero(np.abs(samples) > AUDIBLE)[-1]) / LISTEN_RATE_HZ

    async def talk(self) -> None:
        """Send what is said, and quiet otherwise, as a microphone does."""
        loop, quiet = asyncio.get_running_loop(), base64.b64encode(bytes(2 * round(FRAME_S * RATE_HZ))).decode()
        next_s = loop.time()
        while True:
            audio = self._frames.popleft() if self._frames else quiet
            await self._socket.send(json.dumps({"type": "input_audio_buffer.append", "audio": audio}))
            next_s += FRAME_S
            await asyncio.sleep(max(0.0, next_s - loop.time()))

    async def hear(self) -> None:
        """Note what comes.

        Raises:
            InputError: the server tells of a mistake.
        """
        loop, shown = asyncio.get_running_loop(), ""
        async for message in self._socket:
            event, other = json.loads(message), self._other
            match event["type"]:
                case "error":
                    raise InputError(f"The server says: {event['error']['message']}")
                case "room.audio" if other and other.sounded_s is None:
                    other.sounded_s = loop.time() - other.ended_s
                case "room.line" if other and (text := event["line"]["texts"].get(self.language)) and text["lag_s"] is not None:
                    if text["committed"] != shown:
                        shown = text["committed"]
                        self.lags_s.append(text["lag_s"])
                    if text["final"] and loop.time() >= other.ended_s and not other.said.is_set():
                        other.translated_s = loop.time() - other.ended_s
                        other.said.set()
