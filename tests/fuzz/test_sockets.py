"""A real server under fuzz over real sockets: it answers everybody else meanwhile, and nothing of it is left afterwards."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from contextlib import suppress
from random import Random

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from server.entrance import Limits
from server.wyoming.serve import wyoming
from tests.fuzz.mutation import octets
from tests.fuzz.targets.engines import engines
from tests.fuzz.targets.messages import REALTIME, ROOMS, TRANSLATIONS, message
from tests.fuzz.targets.requests import request_of
from tests.fuzz.targets.wyoming import bytes_of
from tests.server.faults.test_bad_input import rest
from tests.server.serving import served

ROUNDS = 30

HANDSHAKE = (
    b"GET /v1/realtime HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: realtime\r\n\r\n"
)
FRAMES = (
    HANDSHAKE
    + b"\x81\x83\0\0\0\0{1}"
    + b"\x82\x81\0\0\0\0x"
    + b"\x89\x80\0\0\0\0"
    + b"\x01\x81\0\0\0\0a\x80\x81\0\0\0\0b"
    + b"\x88\x82\0\0\0\0\x03\xe8"
)
WORDS = (b"\r\n", b"\0", b"\x81\xff" + b"\xff" * 8, b"\x81\xfe\xff\xff", b"Content-Length: -1\r\n", b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", b"GET ", b"x" * 70_000)  # fmt: skip


async def on_websockets(address: str, random: Random) -> None:
    """Talk nonsense, and go in one way or another."""
    path, seeds = random.choice((("realtime", REALTIME), ("realtime/translations", TRANSLATIONS), ("rooms", ROOMS)))
    with suppress(ConnectionClosed, InvalidHandshake):
        async with connect(f"ws://{address}/v1/{path}", proxy=None, max_size=None, max_queue=None) as socket:
            for _ in range(6):
                await socket.send(message(random, seeds).encode(errors="replace").decode())
            if random.random() < 0.5:
                socket.transport.abort()


async def on_bytes(port: int, data: bytes, random: Random) -> None:
    """Send bytes; whoever is told so by the server goes, and who is not, too."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with suppress(ConnectionError):
        writer.write(data)
        await writer.drain()
        if random.random() < 0.5:
            writer.write_eof()
        with suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await reader.read()
    writer.transport.abort()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def on_requests(client: httpx2.AsyncClient, random: Random) -> None:
    """Ask for something that is nearly right."""
    method, path, query, headers, body = request_of(random)
    sent = [(name, value) for name, value in headers if name in (b"host", b"content-type", b"origin", b"authorization") and b"\n" not in value and b"\0" not in value and b"\r" not in value]  # fmt: skip
    with suppress(httpx2.TransportError, httpx2.InvalidURL):
        answer = await client.request(
            method, path.encode("ascii", "replace").decode() + "?" + query.decode("latin-1"), headers=sent, content=b"".join(body)
        )
        assert answer.status_code < 500 or answer.status_code == 503, (path, body)


def test_a_server_stays_well(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        loaded, failed = engines(), list[object]()
        asyncio.get_running_loop().set_exception_handler(lambda _, context: failed.append(context))
        tasks, descriptors = len(asyncio.all_tasks()), len(os.listdir("/proc/self/fd"))
        async with (
            served(engines=loaded, limits=Limits(sessions=1000, sessions_each=1000)) as address,
            wyoming(loaded, "en", 20.0, "127.0.0.1", 0) as spoken,
            httpx2.AsyncClient(base_url=f"http://{address}", trust_env=False, timeout=60) as client,
        ):
            port, well = int(address.rpartition(":")[2]), await client.get("/healthz")
            assert well.json() == {"status": "ok"}
            for number in range(ROUNDS):
                random = Random(f"sockets {number}")
                async with asyncio.TaskGroup() as group:
                    group.create_task(on_websockets(address, random))
                    group.create_task(on_requests(client, random))
                    group.create_task(on_bytes(port, octets(random, [FRAMES], WORDS), random))
                    group.create_task(on_bytes(spoken, bytes_of(random), random))
            async with connect(f"ws://{address}/v1/realtime", proxy=None) as socket:
                assert json.loads(await socket.recv())["type"] == "session.created"
            assert (await client.get("/healthz")).status_code == 200
            assert (await client.get("/readyz")).status_code == 200
        await rest(tasks)
        assert len(os.listdir("/proc/self/fd")) <= descriptors
        assert not failed

    with caplog.at_level(logging.ERROR):
        asyncio.run(asyncio.wait_for(work(), 250))
    assert not [record.getMessage() for record in caplog.records if "ASGI" in record.getMessage()]
