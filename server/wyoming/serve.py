"""Listening for Wyoming clients."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from assistant.engines import Engines
from assistant.errors import InputError
from server.wyoming.conversations import Conversations
from server.wyoming.handler import BoundedReader, Handler
from server.wyoming.programs import info

MOST_CONNECTIONS = 32
"""More are closed at once."""


@asynccontextmanager
async def wyoming(engines: Engines, language: str, reply_s: float, host: str, port: int) -> AsyncGenerator[int, None]:
    """Listen until the block is left; yield the port. Whoever reaches it may use it: the protocol has no keys.

    Raises:
        InputError: the port is taken.
    """
    told, talks = info(engines, language), Conversations(engines, language, reply_s)
    handling: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(handling) >= MOST_CONNECTIONS:
            writer.close()
            return
        handling.add(task)
        try:
            await Handler(BoundedReader(reader), writer, engines, language, told, talks).run()
        finally:
            handling.discard(task)

    try:
        server = await asyncio.start_server(serve, host, port)
    except OSError as error:
        raise InputError(
            f"Port {port} of {host} cannot be opened for Wyoming: {os.strerror(error.errno or 0)}. Choose another with --wyoming."
        ) from error
    async with server:
        yield server.sockets[0].getsockname()[1]
        for task in list(handling):
            task.cancel()
