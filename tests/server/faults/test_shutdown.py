"""The server ends in good order: no new conversations, the reply is given to its end, then 1001."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.server.process import process
from tests.server.serving import run, talking


def test_a_reply_under_way_is_finished(tmp_path: Path, unused_port: int) -> None:
    async def work() -> None:
        address = f"127.0.0.1:{unused_port}"
        async with process(tmp_path, unused_port) as child, talking(address) as client, talking(address) as other:
            message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "What can you do?"}]}
            await client.send("conversation.item.create", item=message)
            await client.send("response.create")
            await client.until("response.created")
            child.send_signal(signal.SIGTERM)
            assert (await client.until("response.done"))["response"]["status"] == "completed"
            for each in (client, other):
                with pytest.raises(ConnectionClosed) as closed:
                    await each.until("never")
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == 1001
            assert await asyncio.wait_for(child.wait(), 20) in (0, -signal.SIGTERM)

    run(work())


def test_told_twice_it_ends_at_once(tmp_path: Path, unused_port: int) -> None:
    async def work() -> None:
        async with process(tmp_path, unused_port) as child, talking(f"127.0.0.1:{unused_port}") as client:
            await client.send("session.update", session={"x": {"resume": True}})
            await client.until("session.updated")
            child.send_signal(signal.SIGINT)
            child.send_signal(signal.SIGINT)
            await asyncio.wait_for(child.wait(), 20)
            assert child.stderr is not None
            assert b"Traceback" not in await child.stderr.read()

    run(work())


async def connect_on_and_on(address: str) -> None:
    while True:
        async with connect(f"ws://{address}/v1/realtime", proxy=None):
            await asyncio.sleep(0.01)


def test_a_new_conversation_is_refused_while_it_ends(tmp_path: Path, unused_port: int) -> None:
    async def work() -> None:
        address = f"127.0.0.1:{unused_port}"
        async with process(tmp_path, unused_port) as child, talking(address) as client:
            message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "What can you do?"}]}
            await client.send("conversation.item.create", item=message)
            await client.send("response.create")
            await client.until("response.created")
            child.send_signal(signal.SIGTERM)
            with pytest.raises((InvalidStatus, OSError)) as refused:
                await connect_on_and_on(address)
            if isinstance(refused.value, InvalidStatus):
                assert refused.value.response.status_code == 503

    run(work())
