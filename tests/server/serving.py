"""A real server on a free port, in the test's own event loop, and a client that keeps what it is told."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import soxr
from openai.types.realtime import RealtimeServerEvent
from openai.types.realtime.realtime_translation_server_event import RealtimeTranslationServerEvent
from pydantic import Field, TypeAdapter
from websockets.asyncio.client import ClientConnection, connect

from assistant.audio import LISTEN_RATE_HZ, Samples
from assistant.manners import Manners
from clients.bench.room import recording
from models.load import load
from server.app import create_app
from server.auth import Doorkeeper
from server.certificate import kept_certificate
from server.entrance import Limits, Room
from server.realtime.opening import Opener
from server.serve import Address, Server
from server.service import Service
from tests.server.order import check

PCM_HZ = 24_000
QUESTION = "seven-times-eight"


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


@asynccontextmanager
async def served(**changes: Any) -> AsyncGenerator[str, None]:
    """Serve the starter models and yield host:port.

    `changes` are an `address` with port 0, `limits`, an `admission`, an `archive`, a `router`, a `governor`, more `routes`, or fields of `Service`.
    """
    engines = changes.pop("engines", None) or await load(["en"], speaks=["en", "es"])
    room, address = Room(changes.pop("limits", Limits()), changes.pop("admission", None)), changes.pop("address", Address(port=0))
    kept, router, governor = changes.pop("archive", None), changes.pop("router", lambda _: None), changes.pop("governor", lambda: None)
    opener = Opener(engines, Manners(), governor, archive=kept, router=router)
    routes = changes.pop("routes", ())
    service = Service(opener, changes.pop("doorkeeper", Doorkeeper(None)), room, **changes)
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    app = create_app(service)
    app.routes.extend(routes)
    server = Server(app, address, room, port.set_result)
    serving = asyncio.get_running_loop().create_task(server.serve())
    try:
        await asyncio.wait([port, serving], return_when=asyncio.FIRST_COMPLETED)
        yield f"127.0.0.1:{port.result()}"
    finally:
        server.should_exit = True
        await serving
        await engines.close()


def certified(folder: Path) -> Address:
    """Return an address with the certificate that `--tls-self-signed` makes."""
    kept = kept_certificate(folder, datetime.now(UTC))
    return Address(port=0, certificate=kept.certificate, key=kept.key)


_STOCK: TypeAdapter[Any] = TypeAdapter(Annotated[RealtimeServerEvent, Field(discriminator="type")])
_TRANSLATING: TypeAdapter[Any] = TypeAdapter(Annotated[RealtimeTranslationServerEvent, Field(discriminator="type")])


def as_stock_clients_read_it(event: dict[str, Any], stock: TypeAdapter[Any] = _STOCK) -> None:
    """Hold an event against the official SDK's own types, and against what some clients demand beyond them."""
    assert isinstance(event["event_id"], str)
    if not event["type"].startswith("x."):
        read = stock.validate_python(event)
        assert read.type == event["type"], f"the SDK takes {event['type']} for {read.type}"
    for place in ("item", "part"):
        empty = [key for key, value in event.get(place, {}).items() if value is None]
        assert not empty, f"{event['type']}: {place} has null for {empty}"
    assert len(json.dumps(event)) < 1_000_000


class Talker:
    """One connection: sends events, and keeps all that come."""

    def __init__(self, socket: ClientConnection, stock: TypeAdapter[Any]) -> None:
        self._socket, self._stock = socket, stock
        self.events: list[dict[str, Any]] = []
        self.subprotocol = socket.subprotocol

    async def send(self, kind: str, **fields: Any) -> None:
        await self._socket.send(json.dumps({"type": kind} | fields))

    async def send_raw(self, message: dict[str, Any] | str) -> None:
        await self._socket.send(message if isinstance(message, str) else json.dumps(message))

    async def until(self, kind: str, which: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """Return the next event of this type, or fail after 20 s."""
        try:
            async with asyncio.timeout(20):
                while True:
                    event: dict[str, Any] = json.loads(await self._socket.recv())
                    self.events.append(event)
                    as_stock_clients_read_it(event, self._stock)
                    if event["type"] == kind and which(event):
                        return event
        except TimeoutError:
            last = [f"{e['type']} {e.get('error', '')}" for e in self.events if not e["type"].endswith("delta")]
            raise AssertionError(f"no {kind}; there came {last}") from None

    async def break_off(self) -> None:
        """Lose the connection without a word."""
        self._socket.transport.abort()
        await self._socket.wait_closed()

    async def say(self, samples: Samples, *, real_time: bool = True) -> None:
        """Send 16 kHz samples as a microphone would."""
        for frame in frames(samples):
            await self.append(frame)
            if real_time:
                await asyncio.sleep(0.04)

    async def append(self, data: bytes) -> None:
        await self.send("input_audio_buffer.append", audio=base64.b64encode(data).decode())

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]


@asynccontextmanager
async def talking(
    address: str, path: str = "/v1/realtime?model=parley", *, whole: bool = True, **options: Any
) -> AsyncGenerator[Talker, None]:
    # With a bounded queue, a client that closes without reading the rest waits ten seconds for a farewell that it does not read, either.
    async with connect(f"ws://{address}{path}", max_size=None, max_queue=None, proxy=None, **options) as socket:
        talker = Talker(socket, _TRANSLATING if "translations" in path else _STOCK)
        await talker.until("session.created")
        yield talker
        if whole:  # else it has come back in the middle of something
            check(talker.events)


def pcm24(samples: Samples) -> bytes:
    """Return 16 kHz samples as the protocol's 24 kHz PCM16."""
    return (soxr.resample(samples, LISTEN_RATE_HZ, PCM_HZ) * 32_767).clip(-32_768, 32_767).astype("<i2").tobytes()


def frames(samples: Samples) -> list[bytes]:
    """Return 16 kHz samples as the 40 ms messages of a microphone."""
    data, size = pcm24(samples), 2 * PCM_HZ // 25
    return [data[start : start + size] for start in range(0, len(data), size)]


def question() -> Samples:
    """Return a recorded question with silence behind it."""
    return np.concatenate([recording(QUESTION), np.zeros(2 * LISTEN_RATE_HZ, np.float32)])


def says_56(text: str) -> bool:
    """Whether a text answers it."""
    return "56" in text or "fifty" in text.lower()
