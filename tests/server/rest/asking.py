"""The official client against a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
from openai import AsyncOpenAI, DefaultAsyncHttpxClient

from clients.cli import media
from tests.server.serving import QUESTION, served

RECORDING = Path(media.__file__).parent / "recordings" / f"{QUESTION}.wav"


@asynccontextmanager
async def asking(key: str = "none", **changes: Any) -> AsyncGenerator[AsyncOpenAI, None]:
    """Serve the starter models, and yield a client that does not try again."""
    async with served(**changes) as address, client_of(address, key) as client:
        yield client


@asynccontextmanager
async def client_of(address: str, key: str = "none") -> AsyncGenerator[AsyncOpenAI, None]:
    http = DefaultAsyncHttpxClient(trust_env=False)
    async with AsyncOpenAI(api_key=key, base_url=f"http://{address}/v1", max_retries=0, timeout=60, http_client=http) as client:
        yield client


@asynccontextmanager
async def plain(address: str) -> AsyncGenerator[httpx2.AsyncClient, None]:
    """Yield a client for what the official one does not do."""
    async with httpx2.AsyncClient(base_url=f"http://{address}", trust_env=False, timeout=60) as client:
        yield client


async def places(client: httpx2.AsyncClient, taken: int) -> None:
    """Return when so many places are taken; fail after 20 s."""
    async with asyncio.timeout(20):
        while (await client.get("/readyz")).json()["sessions"] != taken:  # noqa: ASYNC110 - what happens there is seen from outside
            await asyncio.sleep(0.01)
