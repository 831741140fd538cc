"""A room with scripted engines on virtual time, and the people in it."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import soxr

from assistant.audio import LISTEN_RATE_HZ, Samples, silence
from assistant.manners import Manners
from models.scripted import Vocabulary, scripted_engines
from server.entrance import Limits
from server.entrance import Room as Places
from server.metrics import Metrics
from server.realtime.outbox import Outbox
from server.realtime.refusals import Refused
from server.rooms import incoming
from server.rooms.guest import MOST_BYTES, Guest
from server.rooms.languages import offered
from server.rooms.room import Bounds
from server.rooms.rooms import Rooms
from tests.conftest import on_virtual_time
from tests.server.spoken import LevelRecognizer

FRAME_S = 0.1


class Visitor:
    """Somebody with a connection, who reads all that he is told unless he is told not to."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.outbox = Outbox(MOST_BYTES)
        self.guest = Guest(stage.live, self.outbox, offered(stage.engines))
        self.events: list[dict[str, Any]] = []
        self.times: list[float] = []

    async def send(self, kind: str, **fields: Any) -> None:
        try:
            event = incoming.read(json.dumps({"type": kind} | fields))
            await self.guest.push(event)
        except Refused as refused:
            self.outbox.put(refused.as_event(None))

    async def join(self, name: str, language: str, **more: Any) -> dict[str, Any]:
        await self.send("room.join", name=name, language=language, **more)
        await asyncio.sleep(0)
        await self.outbox.sent()
        return self.joined

    async def speak(self, samples: Samples, quiet_s: float = 2.0) -> None:
        whole = np.concatenate([samples, silence(round(quiet_s * LISTEN_RATE_HZ))])
        pcm = (soxr.resample(whole, LISTEN_RATE_HZ, 24_000) * 32_767).clip(-32_768, 32_767).astype("<i2")
        for start in range(0, pcm.size, 2400):
            await self.send("input_audio_buffer.append", audio=base64.b64encode(pcm[start : start + 2400].tobytes()).decode())
            await asyncio.sleep(FRAME_S)

    async def read(self) -> None:
        while True:
            self.events.append(json.loads(await self.outbox.take()))
            self.times.append(asyncio.get_running_loop().time())

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]

    @property
    def joined(self) -> dict[str, Any]:
        return self.of("room.joined")[-1]

    @property
    def id(self) -> str:
        name: str = self.joined["person"]
        return name

    @property
    def lines(self) -> dict[str, dict[str, Any]]:
        """The lines as they were told last."""
        return {event["line"]["id"]: event["line"] for event in self.of("room.line")}

    @property
    def people(self) -> dict[str, dict[str, Any]]:
        """Everybody by name, as it was told last."""
        return {person["name"]: person for person in self.of("room.people")[-1]["people"]}

    @property
    def errors(self) -> list[str]:
        return [event["error"]["code"] for event in self.of("error")]

    def texts(self, language: str) -> list[str]:
        return [line["texts"][language]["committed"] for line in self.lines.values() if language in line["texts"]]


class Stage:
    """One server's rooms, and one of them."""

    def __init__(self, limits: Limits, bounds: Bounds, minutes: float) -> None:
        self.english, self.spanish = LevelRecognizer(), LevelRecognizer()
        engines, _, self.model, self.voice = scripted_engines(Vocabulary(), {})
        self.model.answer = translated
        self.engines = replace(engines, recognizers={"en": self.english, "es": self.spanish})
        self.metrics, self.places = Metrics(), Places(limits)
        self.rooms = Rooms(lambda: self.engines, Manners, self.places.place, self.metrics, bounds)
        self.room = self.rooms.make("A room", minutes)
        self.live = self.rooms.find(self.room.invitation)

    @asynccontextmanager
    async def visitor(
        self, name: str | None = None, language: str = "en", *, reads: bool = True, **more: Any
    ) -> AsyncGenerator[Visitor, None]:
        visitor = Visitor(self)
        reading = asyncio.get_running_loop().create_task(visitor.read())
        try:
            async with visitor.guest:
                if name is not None:
                    await visitor.join(name, language, **more)
                if not reads:
                    reading.cancel()
                yield visitor
                await asyncio.sleep(0.01)
        finally:
            reading.cancel()
            await asyncio.wait([reading])

    @property
    def found(self) -> Mapping[str, float]:
        """The metrics by name."""
        lines = [line.rpartition(" ") for line in self.metrics.text().decode().splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in lines}


def translated(text: str) -> list[str]:
    """The language of the script: each word gets another ending."""
    return [f"{word}-o " for word in text.split()]


def play(
    work: Callable[[Stage], Coroutine[Any, Any, None]], *, limits: Limits | None = None, bounds: Bounds | None = None, minutes: float = 240
) -> None:
    """Let people do their work in a room; nothing may be left behind."""

    async def run() -> None:
        stage = Stage(limits or Limits(), bounds or Bounds(), minutes)
        try:
            await work(stage)
        finally:
            await stage.rooms.close()

    on_virtual_time(run())
