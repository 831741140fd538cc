"""`parley cluster` in a process of its own that tells on standard output, as JSON, where its directory is, and then who is there: at each change."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from dataclasses import asdict
from typing import Any

from clients.cli import cluster
from clients.cli.main import run
from server.cluster.directory import Directory
from server.cluster.head import Head, at_head
from tests.server.cluster.doors import SECRET


@asynccontextmanager
async def watched(*args: Any) -> AsyncGenerator[tuple[Directory, Head], None]:
    async with at_head(*args) as (directory, head):
        tell({"host": head.host, "port": head.port})
        telling = asyncio.create_task(tell_all(directory))
        yield directory, head
        telling.cancel()


async def tell_all(directory: Directory) -> None:
    async with aclosing(directory.stream("watch")) as lists:
        async for places in lists:
            tell([asdict(place) for place in places])


def tell(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    cluster.at_head = watched  # type: ignore[assignment]
    cluster.new_secret = lambda: SECRET
    run()
