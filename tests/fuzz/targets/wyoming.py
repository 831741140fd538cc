"""What a Wyoming client sends, byte by byte, to the handler that serves it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, cast

from server.wyoming.conversations import Conversations
from server.wyoming.handler import BoundedReader, Handler
from server.wyoming.programs import info
from tests.conftest import VirtualLoop
from tests.fuzz.campaign import Target
from tests.fuzz.mutation import NUMBERS, dumped, octets, tree
from tests.fuzz.targets.engines import engines

EVENTS: tuple[dict[str, Any], ...] = (
    {"type": "describe"},
    {"type": "ping", "data": {"text": "hi"}},
    {"type": "transcribe", "data": {"language": "en-US", "name": "parley"}},
    {"type": "audio-start", "data": {"rate": 16_000, "width": 2, "channels": 1}},
    {"type": "audio-chunk", "data": {"rate": 16_000, "width": 2, "channels": 1, "timestamp": 0}},
    {"type": "audio-stop", "data": {}},
    {"type": "synthesize", "data": {"text": "Good morning.", "voice": {"name": "parley-en", "language": "en", "speaker": "x"}}},
    {"type": "synthesize-start", "data": {"voice": {"language": "es"}}},
    {"type": "synthesize-chunk", "data": {"text": "Good morn"}},
    {"type": "synthesize-stop"},
    {"type": "transcript", "data": {"text": "What is 2 plus 2?", "context": {"conversation_id": "a"}}},
)
WORDS = (
    "type",
    "data",
    "data_length",
    "payload_length",
    "rate",
    "width",
    "channels",
    "language",
    "text",
    "voice",
    "context",
    *(event["type"] for event in EVENTS),
)


class Written:
    """A `StreamWriter` that keeps nothing."""

    def write(self, data: bytes) -> None:
        assert isinstance(data, bytes)

    def writelines(self, parts: Any) -> None:
        for part in parts:
            self.write(part)

    async def drain(self) -> None:
        await asyncio.sleep(0)

    def close(self) -> None:
        pass


def bytes_of(random: Random) -> bytes:
    sent = b""
    for _ in range(random.choice((1, 1, 2, 4))):
        event: Any = dict(random.choice(EVENTS))
        payload = random.randbytes(random.choice((0, 2, 320, 3201, 40_000))) if event["type"] == "audio-chunk" else b""
        if random.random() < 0.3 and event["type"] == "audio-chunk":
            event = event | {
                "data": {**EVENTS[4]["data"], random.choice(("rate", "width", "channels")): random.choice((*NUMBERS, 3, 4, 0.5, "2", None))}
            }
        event = tree(random, event, WORDS) if random.random() < 0.6 else event
        if payload and isinstance(event, dict):
            event = event | {"payload_length": len(payload) if random.random() < 0.9 else random.choice(NUMBERS)}
        if isinstance(event, dict) and random.random() < 0.3:
            data = json.dumps(event.pop("data", {})).encode() if random.random() < 0.8 else b"[1]"
            event["data_length"] = len(data) if random.random() < 0.9 else random.choice(NUMBERS)
            payload = data + payload
        sent += dumped(random, event).replace("\n", " ").encode(errors="surrogatepass") + b"\n" + payload
    return octets(random, [sent], [b"\n", b"{}\n", b"null\n", b"[]\n"]) if random.random() < 0.2 else sent


@contextmanager
def wyoming(_: Path) -> Iterator[Target]:
    """One connection."""
    loop = VirtualLoop()
    loop.set_debug(False)
    loaded = engines()
    told, talks = info(loaded, "en"), Conversations(loaded, "en", 20.0)

    async def serve(case: bytes) -> None:
        reader = asyncio.StreamReader()
        reader.feed_data(case)
        reader.feed_eof()
        handler = Handler(BoundedReader(reader), cast(asyncio.StreamWriter, Written()), loaded, "en", told, talks)
        await handler.run()
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 1, "tasks were left behind"

    def take(case: bytes) -> None:
        loop.run_until_complete(serve(case))

    try:
        yield Target(bytes_of, take, ())
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
