"""Who is let in: keys, hosts, origins; refused before the upgrade."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from server.auth import Denied, Doorkeeper, is_loopback, kept_key
from server.entrance import Limits
from tests.server.serving import run, served, talking

KEY = "parley_secret"


def admitted(doorkeeper: Doorkeeper, headers: Mapping[str, str], protocols: tuple[str, ...] = ()) -> int:
    """Return 200, or the status with which it is refused."""
    try:
        doorkeeper.admit(headers, protocols, now_s=100.0)
    except Denied as denied:
        return denied.status
    return 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "localhost:8765"}, 200),
        ({"host": "127.0.0.1:8765"}, 200),
        ({"host": "[::1]:8765"}, 200),
        ({"host": "localhost:8765", "origin": "http://localhost:8765"}, 200),
        ({"host": "localhost:8765", "origin": "https://ui.example"}, 200),
        ({"host": "box.example:8765"}, 200),
        ({"host": "localhost:8765", "origin": "http://localhost:3000"}, 403),
        ({"host": "localhost:8765", "origin": "https://evil.example"}, 403),
        ({"host": "localhost:8765", "origin": "null"}, 403),
        ({"host": "evil.example"}, 403),
        ({"host": "evil.example", "origin": "http://evil.example"}, 403),
        ({"host": "192.168.1.5:8765"}, 403),
        ({}, 403),
    ],
)
def test_without_a_key_only_this_machine_and_known_pages_are_let_in(headers: dict[str, str], status: int) -> None:
    assert admitted(Doorkeeper(None, ["box.example"], ["https://ui.example"]), headers) == status


@pytest.mark.parametrize(
    ("headers", "protocols", "status"),
    [
        ({"authorization": f"Bearer {KEY}"}, (), 200),
        ({"authorization": f"bearer {KEY} "}, (), 200),
        ({}, ("realtime", f"openai-insecure-api-key.{KEY}"), 200),
        ({}, (), 401),
        ({"authorization": KEY}, (), 401),
        ({"authorization": "Bearer wrong"}, (), 401),
        ({"authorization": "Bearer "}, (), 401),
        ({"authorization": "Bearer schlüssel"}, (), 401),
        ({}, ("realtime",), 401),
        ({"authorization": f"Bearer {KEY}", "origin": "https://evil.example"}, (), 403),
    ],
)
def test_with_a_key_every_request_shows_it(headers: dict[str, str], protocols: tuple[str, ...], status: int) -> None:
    assert admitted(Doorkeeper(KEY), {"host": "192.168.1.5:8765"} | headers, protocols) == status


def test_a_lent_key_works_until_it_expires() -> None:
    doorkeeper = Doorkeeper(KEY)
    lent = doorkeeper.lend(60, now_s=0.0)
    headers = {"host": "localhost", "authorization": f"Bearer {lent}"}
    doorkeeper.admit(headers, (), now_s=59.9)
    with pytest.raises(Denied):
        doorkeeper.admit(headers, (), now_s=60.0)


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "parley" / "server.key"
    key, made = kept_key(path)
    assert made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert kept_key(path) == (key, False)


def test_which_addresses_only_this_machine_reaches() -> None:
    assert [is_loopback(bind) for bind in ("127.0.0.1", "localhost", "::1", "127.1.2.3")] == [True] * 4
    assert [is_loopback(bind) for bind in ("0.0.0.0", "::", "192.168.1.5", "box.example")] == [False] * 4


async def raw_status(address: str, host: str) -> int:
    """Return the status of an upgrade with this Host header."""
    name, _, port = address.partition(":")
    reader, writer = await asyncio.open_connection(name, int(port))
    upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    writer.write(f"GET /v1/realtime HTTP/1.1\r\nHost: {host}\r\n{upgrade}\r\n".encode())
    line = await reader.readline()
    writer.close()
    return int(line.split()[1])


def test_refused_before_the_upgrade() -> None:
    async def status(address: str, **options: object) -> tuple[int, bytes]:
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://{address}/v1/realtime", proxy=None, **options).__aenter__()  # type: ignore[arg-type]
        return refused.value.response.status_code, refused.value.response.body or b""

    async def work() -> None:
        async with served(doorkeeper=Doorkeeper(KEY), limits=Limits(sessions=1)) as address:
            code, body = await status(address)
            assert (code, b"invalid_api_key" in body) == (401, True)
            assert (await status(address, additional_headers={"Authorization": "Bearer wrong"}))[0] == 401
            mine = {"Authorization": f"Bearer {KEY}"}
            assert (await status(address, additional_headers=mine, origin="https://evil.example"))[0] == 403
            assert await raw_status(address, "evil.example") == 403
            async with talking(address, additional_headers=mine):
                code, body = await status(address, additional_headers=mine)
                assert (code, b"overloaded" in body) == (503, True)
            async with talking(address, subprotocols=["realtime", f"openai-insecure-api-key.{KEY}"]) as client:
                assert client.subprotocol == "realtime"

    run(work())


def test_a_path_that_is_not_there_is_said_to_be_missing_and_not_forbidden() -> None:
    async def work() -> None:
        async with served() as address:
            for path in ("/v1/realtime/sideways", "/v1/live/sessions"):
                with pytest.raises(InvalidStatus) as refused:
                    await connect(f"ws://{address}{path}", proxy=None).__aenter__()
                assert refused.value.response.status_code == 404
                assert b"/v1/realtime" in (refused.value.response.body or b"")

    run(work())


def test_a_client_of_the_beta_protocol_is_told_so() -> None:
    async def work() -> None:
        beta = {"additional_headers": {"OpenAI-Beta": "realtime=v1"}}, {"subprotocols": ["realtime", "openai-beta.realtime-v1"]}
        async with served() as address:
            for options in beta:
                async with connect(f"ws://{address}/v1/realtime?model=m", proxy=None, **options) as socket:
                    assert json.loads(await socket.recv())["error"]["code"] == "beta_api_shape_disabled"
                    with pytest.raises(ConnectionClosed):
                        await socket.recv()
                    assert (socket.close_code, socket.close_reason) == (4000, "beta_api_shape_disabled")

    run(work())
