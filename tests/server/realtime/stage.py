"""A conversation with scripted engines on virtual time, and the client that has it."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import soxr

from assistant.audio import LISTEN_RATE_HZ, Samples
from assistant.engines import Piece
from assistant.manners import Manners
from assistant.tools import Toolbox
from models.scripted import Vocabulary, scripted_engines
from server.realtime import incoming
from server.realtime.begun import Begun
from server.realtime.config import SessionConfig
from server.realtime.dialogue import Dialogue
from server.realtime.outbox import Outbox
from server.realtime.refusals import Refused
from tests.conftest import NOON, on_virtual_time
from tests.server.order import check
from tests.server.serving import as_stock_clients_read_it
from tests.server.spoken import LevelRecognizer


class Stage:
    """What a client sends, and all that it is told."""

    def __init__(self, answers: Mapping[str, Sequence[Piece]], config: SessionConfig | None = None) -> None:
        self.speech = LevelRecognizer()
        engines, _, self.model, self.voice = scripted_engines(Vocabulary(), answers, otherwise=("Yes, ", "of course."))
        self.outbox = Outbox()
        self.dialogue = Dialogue(
            replace(engines, recognizers={"en": self.speech}),
            Toolbox(lambda: NOON),
            Manners(),
            self.outbox,
            model="m",
            now_s=0.0,
            begun=Begun(config=config or SessionConfig()),
        )
        self.events: list[dict[str, Any]] = []

    @asynccontextmanager
    async def connected(self) -> AsyncGenerator[None, None]:
        async with self.dialogue:
            reading = asyncio.get_running_loop().create_task(self._read())
            try:
                yield
                await asyncio.sleep(0)
            finally:
                reading.cancel()
                await asyncio.wait([reading])

    async def _read(self) -> None:
        while True:
            self.events.append(json.loads(await self.outbox.take()))

    async def send(self, kind: str, **fields: Any) -> None:
        try:
            await self.dialogue.push(incoming.read(json.dumps({"type": kind} | fields)))
        except Refused as refused:
            self.outbox.put(refused.as_event(fields.get("event_id")))

    async def write(self, text: str, **more: Any) -> None:
        await self.send("conversation.item.create", item=message(text) | more)

    async def hear(self, samples: Samples) -> None:
        pcm = (soxr.resample(samples, LISTEN_RATE_HZ, 24_000) * 32_767).clip(-32_768, 32_767).astype("<i2")
        for start in range(0, pcm.size, 2_400):
            await self.send("input_audio_buffer.append", audio=base64.b64encode(pcm[start : start + 2_400].tobytes()).decode())
            await asyncio.sleep(0.1)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    @property
    def error(self) -> dict[str, Any]:
        """The newest mistake."""
        error: dict[str, Any] = self.of("error")[-1]["error"]
        return error

    @property
    def done(self) -> dict[str, Any]:
        """The newest response that is done."""
        response: dict[str, Any] = self.of("response.done")[-1]["response"]
        return response

    def sound(self, response: dict[str, Any]) -> bytes:
        deltas = self.of("response.output_audio.delta")
        return b"".join(base64.b64decode(event["delta"]) for event in deltas if event["response_id"] == response["id"])


def message(text: str) -> dict[str, Any]:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


def play(
    work: Callable[[Stage], Coroutine[Any, Any, None]],
    answers: Mapping[str, Sequence[Piece]] | None = None,
    config: SessionConfig | None = None,
) -> Stage:
    """Let a client do its work, hold all that it was told against the protocol, and return it."""
    stage = Stage(answers or {}, config)

    async def run() -> None:
        async with stage.connected():
            await work(stage)

    on_virtual_time(run())
    check(stage.events)
    for event in stage.events:
        as_stock_clients_read_it(event)
    return stage
