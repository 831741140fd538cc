"""A provider of a large model that does what a test says: a real HTTP server on a free port, which speaks OpenAI's Chat Completions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from models.hosted import Provider
from models.prices import Price

PRICE = Price(1.0, 10.0, 0.1)

STALL_S = 3600.0


@dataclass
class Script:
    """What one answer does."""

    words: tuple[str, ...] = ("Paris ", "is ", "the ", "capital.")
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    usage: dict[str, Any] | None = field(default_factory=lambda: {"prompt_tokens": 20, "completion_tokens": 8})
    stall_after: int | None = None
    """After so many words nothing more comes."""
    drop_after: int | None = None
    """After so many words the connection is reset."""
    raw: bytes | None = None
    """Sent in the place of the stream."""
    calls: tuple[tuple[str, str], ...] = ()
    word_s: float = 0.0


class Server:
    """Keeps what it was asked."""

    def __init__(self, script: Callable[[dict[str, Any]], Script]) -> None:
        self.script, self.asked = script, list[dict[str, Any]]()
        self.left = asyncio.Event()
        """Somebody closed the connection before the end."""
        self.keys: list[str] = []
        self.url = ""

    def provider(self, **others: Any) -> Provider:
        """Return how it is reached."""
        return Provider(**({"name": "Scripted", "url": self.url, "model": "big", "key": "sk-test", "price": PRICE} | others))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().split("\r\n")
                headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:] if line)}
                self.keys.append(headers.get("authorization", ""))
                body = json.loads(await reader.readexactly(int(headers.get("content-length", "0"))))
                self.asked.append(body)
                await self._answer(self.script(body), writer, reader)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, script: Script, writer: asyncio.StreamWriter, reader: asyncio.StreamReader) -> None:
        if script.status != 200:
            text = json.dumps({"error": {"message": "no", "type": "x"}}).encode()
            extra = "".join(f"{key}: {value}\r\n" for key, value in script.headers.items())
            head = f"HTTP/1.1 {script.status} No\r\nContent-Type: application/json\r\n{extra}Content-Length: {len(text)}\r\n\r\n"
            writer.write(head.encode() + text)
            await writer.drain()
            return
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            await self._stream(script, writer, reader)
        except ConnectionError:
            self.left.set()
            raise

    async def _stream(self, script: Script, writer: asyncio.StreamWriter, reader: asyncio.StreamReader) -> None:
        async def send(data: bytes) -> None:
            writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            await writer.drain()

        async def event(delta: dict[str, Any] | None, **others: Any) -> None:
            choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": None}]
            chunk = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "big", "choices": choices} | others
            await send(f"data: {json.dumps(chunk)}\n\n".encode())

        if script.raw is not None:
            await send(script.raw)
        for number, word in enumerate(script.words):
            if number == script.stall_after:
                await self._until_gone(reader)
            if number == script.drop_after:
                writer.transport.abort()
                raise asyncio.IncompleteReadError(b"", None)
            await asyncio.sleep(script.word_s)
            await event({"role": "assistant", "content": word})
        for number, (name, arguments) in enumerate(script.calls):
            half = len(arguments) // 2
            for part in ({"name": name, "arguments": arguments[:half]}, {"arguments": arguments[half:]}):
                await event({"tool_calls": [{"index": number, "id": f"call_{number}", "type": "function", "function": part}]})
        if script.stall_after == len(script.words):
            await self._until_gone(reader)
        if script.usage is not None:
            await event(None, usage=script.usage)
        await send(b"data: [DONE]\n\n")
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    async def _until_gone(self, reader: asyncio.StreamReader) -> None:
        async with asyncio.timeout(STALL_S):
            if not await reader.read(1):
                self.left.set()
                raise asyncio.IncompleteReadError(b"", None)


@asynccontextmanager
async def serving(script: Script | Callable[[dict[str, Any]], Script]) -> AsyncGenerator[Server, None]:
    """Run one until the block is left."""
    server = Server(script if callable(script) else lambda _: script)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
    try:
        yield server
    finally:
        listening.close()


async def _main() -> None:
    async with serving(Script()) as server:
        print(server.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
