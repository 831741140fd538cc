"""What keeps a link from opening, each with a real socket at the other end: one sentence with the remedy, and never the key."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from assistant.errors import InputError
from clients.desktop import link
from clients.desktop.address import Address
from clients.desktop.link import Unreachable, dial, why
from clients.desktop.wire import update
from models.scripted import Vocabulary, scripted_engines
from server.auth import Doorkeeper
from server.entrance import Limits
from tests.server.serving import certified, run
from tests.server.serving import served as served_with

KEY = "sk-very-secret"
PATH = "/v1/realtime"


@asynccontextmanager
async def served(**changes: object) -> AsyncGenerator[str, None]:
    engines, *_ = scripted_engines(Vocabulary(), {})
    async with served_with(engines=engines, **changes) as address:
        yield address


@asynccontextmanager
async def answering(answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> AsyncGenerator[str, None]:
    """Be a server that answers each connection so."""

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer(reader, writer)
        writer.close()

    server = await asyncio.start_server(once, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def refused(host: str, key: str | None = None, *, scheme: str = "ws", path: str = PATH, waits: bool = False) -> str:
    """Return the sentence with which a server is given up; `waits`: it may be better in a while."""
    with pytest.raises(InputError) as caught:
        await dial(Address.read(f"{scheme}://{host}{path}"), key)
    said = str(caught.value)
    assert isinstance(caught.value, Unreachable) == waits
    assert host in said
    assert said.endswith(".")
    assert "\n" not in said
    assert KEY not in said
    return said


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8765",
        "http://localhost:8765",
        "ws://",
        "ws:/v1",
        "wss://[::1",
        "ws://host:port/",
        "ws://a b/",
        "ws://host:99999/",
        "",
        "ws://h/\n",
    ],
)
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(InputError, match=r"write one such as ws://localhost:8765/v1/realtime\.$"):
        Address.read(url)


def test_no_secrets_in_addresses() -> None:
    with pytest.raises(InputError, match="put the key into PARLEY_KEY") as caught:
        Address.read(f"wss://user:{KEY}@host/v1/realtime")
    assert KEY not in str(caught.value)
    with pytest.raises(InputError) as caught:
        Address.read(f"https://host/v1?api_key={KEY}")
    assert KEY not in str(caught.value)


def test_where_it_is() -> None:
    near = Address.read("ws://127.0.0.1:8765/v1/realtime?model=m")
    assert (near.host, near.near, near.encrypted) == ("127.0.0.1:8765", True, False)
    far = Address.read("wss://example.org/v1/realtime#x")
    assert (far.url, far.host, far.near, far.encrypted) == ("wss://example.org/v1/realtime", "example.org", False, True)
    assert Address.read("ws://[::1]:1/").near


def test_a_talk_is_let_in(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        async with served(doorkeeper=Doorkeeper(KEY)) as host:
            linked = await dial(Address.read(f"ws://{host}{PATH}"), KEY)
            await linked.send(update(push=False))
            assert (await linked.receive())["type"] == "session.updated"
            await linked.close()
            with pytest.raises(ConnectionClosed) as closed:
                await linked.receive()
            assert why(closed.value) == "code 1000"

    caplog.set_level(logging.DEBUG)
    run(work())
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("uvicorn")]  # that is the server's
    assert not [line for line in ours if KEY in line]


def test_keys() -> None:
    async def work() -> None:
        async with served(doorkeeper=Doorkeeper(KEY)) as host:
            assert "wants a key; put it into the environment variable PARLEY_KEY" in await refused(host)
            assert "does not take the key" in await refused(host, f"{KEY}x")

    run(work())


@pytest.mark.parametrize("key", ["two\nlines", "two words", "schlüssel"])
def test_a_key_that_is_none(key: str) -> None:
    with pytest.raises(InputError, match="PARLEY_KEY holds characters that no key has"):
        run(dial(Address.read("ws://127.0.0.1:9/"), key))


def test_a_busy_server() -> None:
    async def work() -> None:
        async with served(limits=Limits(sessions=1)) as host:
            first = await dial(Address.read(f"ws://{host}{PATH}"), None)
            said = await refused(host, waits=True)
            assert said == f"{host} is busy: All 1 places are taken; try again in 5 s."
            await first.close()

    run(work())


def test_a_server_that_says_when() -> None:
    async def busy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n")

    async def work() -> None:
        async with answering(busy) as host:
            assert (await refused(host, waits=True)).endswith("is busy: status 503; try again in 7 s.")

    run(work())


def test_a_wrong_name_is_told_as_the_server_says_it() -> None:
    async def work() -> None:
        async with served() as host:
            with pytest.raises(InputError, match=r"--host-name"):
                await dial(Address.read(f"ws://{host.replace('127.0.0.1', '127.1')}{PATH}"), None)

    run(work())


@pytest.mark.parametrize("path", ["/nowhere", "/v1/realtime/translations", "/v1/realtime?intent=transcription", "/healthz"])
def test_another_thing_of_the_same_server(path: str) -> None:
    async def work() -> None:
        async with served() as host:
            assert "does not speak the Realtime protocol there" in await refused(host, path=path, waits=True)

    run(work())


async def greets(socket: ServerConnection) -> None:
    await socket.send("hello")
    await socket.send('{"hello": "world"}')


async def silent(socket: ServerConnection) -> None:
    await socket.wait_closed()


async def hangs_up(socket: ServerConnection) -> None:
    await socket.close(4000, "no\nbeta.")


@pytest.mark.parametrize(
    ("speak", "what"),
    [(greets, "it begins with 'no event'"), (silent, "it says nothing"), (hangs_up, "it ends the connection at once: no beta")],
)
def test_a_websocket_with_another_protocol(
    speak: Callable[[ServerConnection], Awaitable[None]], what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "OPEN_S", 2.0)

    async def work() -> None:
        async with serve(speak, "127.0.0.1", 0) as server:
            assert what in await refused(f"127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}", waits=True)

    run(work())


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH_9.9\r\n", b"", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"\x00" * 50])
def test_a_server_that_is_none(answer: bytes) -> None:
    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)

    async def work() -> None:
        async with answering(say) as host:
            assert "does not speak the Realtime protocol there" in await refused(host, waits=True)

    run(work())


def test_a_key_goes_nowhere_else() -> None:
    seen: list[bytes] = []

    async def work() -> None:
        async def watch(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            seen.append(await reader.readuntil(b"\r\n\r\n"))

        async with answering(watch) as other:

            async def send_away(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(f"HTTP/1.1 307 Away\r\nLocation: ws://{other}/\r\nContent-Length: 0\r\n\r\n".encode())

            async with answering(send_away) as host:
                assert "sends you elsewhere" in await refused(host, KEY)

    run(work())
    assert seen == []


def test_nobody_there(unused_port: int) -> None:
    async def work() -> None:
        assert "Nothing listens at" in await refused(f"127.0.0.1:{unused_port}", waits=True)
        assert "There is no machine called" in await refused("nowhere.invalid", waits=True)

    run(work())


def test_encryption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        address = certified(tmp_path)
        async with served(address=address) as host:
            assert "is not trusted (self-signed certificate)" in await refused(host, scheme="wss")
            assert "does not speak the Realtime protocol there" in await refused(host, scheme="ws", waits=True)
            monkeypatch.setenv("SSL_CERT_FILE", str(address.certificate))
            linked = await dial(Address.read(f"wss://{host}{PATH}"), None)
            await linked.close()
        async with served() as plain:
            assert "write ws:// instead of wss://" in await refused(plain, scheme="wss")

    run(work())
