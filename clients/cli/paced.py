"""Recorded sound at the pace at which a microphone would give it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable

from assistant.audio import LISTEN_RATE_HZ, Rechunker, Samples


async def paced(blocks: Iterable[Samples]) -> AsyncGenerator[Samples, None]:
    """Yield 16 kHz blocks of any length in chunks of 32 ms, each when its last sample would have been heard."""
    clock, rechunker = asyncio.get_running_loop().time, Rechunker()
    began_s, given = clock(), 0
    for block in blocks:
        for chunk in rechunker.push(block):
            given += chunk.size
            await asyncio.sleep(began_s + given / LISTEN_RATE_HZ - clock())
            yield chunk
    for chunk in rechunker.fill():
        yield chunk
