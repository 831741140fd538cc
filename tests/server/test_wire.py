"""Connections, below the protocols."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

from websockets.asyncio.client import connect

from tests.server.serving import certified, run, served


def test_a_connection_whose_request_came_is_not_waited_for(tmp_path: Path) -> None:
    """When it has gone, a deadline that is left would look at what is no longer there."""

    async def work() -> None:
        address = certified(tmp_path)
        trust = ssl.create_default_context(cafile=address.certificate)
        async with served(address=address) as place:
            async with connect(f"wss://{place}/v1/realtime", ssl=trust, proxy=None) as socket:
                assert "session.created" in str(await socket.recv())
            left = [repr(timer) for timer in asyncio.get_running_loop()._scheduled if not timer.cancelled()]  # type: ignore[attr-defined]
            assert not [timer for timer in left if "Request" in timer]

    run(work())
