"""Whatever a client sends, its session lives or ends with the right code, memory stays bounded, and no other session notices."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from assistant.audio import LISTEN_RATE_HZ
from server.entrance import Limits
from tests.server.serving import Talker, question, served, talking

TYPES = (
    "session.update", "input_audio_buffer.append", "input_audio_buffer.commit", "input_audio_buffer.clear", "conversation.item.create",
    "conversation.item.retrieve", "conversation.item.delete", "conversation.item.truncate", "response.create", "response.cancel",
    "output_audio_buffer.clear", "conversation.dance",
)  # fmt: skip

FIELDS = (
    "session", "audio", "item", "item_id", "previous_item_id", "audio_end_ms", "content_index", "response", "response_id", "event_id",
    "type", "input", "output", "format", "turn_detection", "transcription", "tools", "x", "resume", "after", "content", "role", "metadata",
)  # fmt: skip

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=40)
    | st.sampled_from(["message", "realtime", "none", "user"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), inner, max_size=5),
    max_leaves=12,
)

events = st.builds(
    lambda kind, fields: json.dumps(fields | {"type": kind}),
    st.sampled_from(TYPES),
    st.dictionaries(st.sampled_from(FIELDS), anything, max_size=5),
)
odd_audio = st.builds(
    lambda data: json.dumps({"type": "input_audio_buffer.append", "audio": base64.b64encode(data).decode()}), st.binary(max_size=3001)
)
broken = st.builds(lambda event, cut: event[: len(event) * cut // 10], events, st.integers(0, 9))
frames: st.SearchStrategy[str | bytes] = (
    events | odd_audio | broken | anything.map(json.dumps) | st.text(max_size=60) | st.binary(max_size=60)
)


class Served:
    """A server, and a session that wants nothing but to be left in peace."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self.address, self.bystander = self.run(self._start())

    async def _start(self) -> tuple[str, Talker]:
        address = await self._stack.enter_async_context(served(limits=Limits(sessions=50, sessions_each=50)))
        return address, await self._stack.enter_async_context(talking(address))

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._runner.run(work)

    def close(self) -> None:
        self.run(self._stack.aclose())
        self._runner.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    running = Served()
    yield running
    running.close()


def rss_mb() -> float:
    """Return the resident set of this process, which holds the server, too."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


async def send_too_much(client: Talker) -> None:
    await client.send("input_audio_buffer.append", audio="A" * (25 * 1024 * 1024))
    await client.until("never")


async def only_send(socket: ClientConnection) -> None:
    item = {"id": "long", "type": "message", "role": "user", "content": [{"type": "input_text", "text": "x" * 900_000}]}
    await socket.send(json.dumps({"type": "conversation.item.create", "item": item}))
    while True:
        await socket.send(json.dumps({"type": "conversation.item.retrieve", "item_id": "long"}))
        await asyncio.sleep(0.001)


async def answers(client: Talker) -> None:
    """The session works: a written question is answered."""
    await client.send(
        "conversation.item.create",
        item={"type": "message", "role": "user", "content": [{"type": "input_text", "text": "What is 2 plus 2?"}]},
    )
    await client.send("response.create", response={"output_modalities": ["text"], "conversation": "none"})
    await client.until("response.done")


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(frames, min_size=40, max_size=40))
def test_2000_fuzzed_frames(server: Served, sent: list[str | bytes]) -> None:
    async def work() -> None:
        async with connect(f"ws://{server.address}/v1/realtime", proxy=None, max_size=None, max_queue=None) as socket:
            for frame in sent:
                await socket.send(frame)
            await socket.send(json.dumps({"type": "conversation.item.retrieve", "item_id": "last", "event_id": "last"}))
            async with asyncio.timeout(20):
                while True:
                    event = json.loads(await socket.recv())
                    assert "Traceback" not in json.dumps(event)
                    assert event.get("error", {}).get("code") != "server_error"
                    if event.get("error", {}).get("event_id") == "last":
                        break

    server.run(work())


def test_nobody_else_noticed(server: Served) -> None:
    async def work() -> None:
        await answers(server.bystander)
        assert not server.bystander.of("error")

    server.run(work())


def test_messages_that_are_too_big_end_the_connection(server: Served) -> None:
    async def work() -> None:
        async with talking(server.address) as client:
            await client.append(b"\0" * (14 * 1024 * 1024))  # allowed: seven minutes of silence
            with pytest.raises(ConnectionClosed) as closed:
                await send_too_much(client)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1009
        await answers(server.bystander)

    server.run(work())


def test_a_client_that_does_not_read_is_let_go(server: Served) -> None:
    async def work() -> None:
        before_mb = rss_mb()
        async with connect(f"ws://{server.address}/v1/realtime", proxy=None, max_queue=1, ping_interval=None) as socket:
            with pytest.raises(ConnectionClosed) as closed:
                await only_send(socket)
        assert closed.value.rcvd is None or closed.value.rcvd.code in (1013, 1006)
        assert rss_mb() - before_mb < 100
        await answers(server.bystander)

    server.run(work())


async def rest(tasks: int) -> None:
    """Wait until no more than so many tasks are left, or fail."""
    for _ in range(400):
        if len(asyncio.all_tasks()) <= tasks:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{len(asyncio.all_tasks())} tasks are left")


def test_a_minute_of_silence_leaves_nothing(server: Served) -> None:
    async def work() -> None:
        async with talking(server.address) as client:
            await client.say(np.zeros(20 * LISTEN_RATE_HZ, np.float32), real_time=False)
            await answers(client)
            before, descriptors, memory_mb = len(asyncio.all_tasks()), len(os.listdir("/proc/self/fd")), rss_mb()
            await client.say(np.zeros(60 * LISTEN_RATE_HZ, np.float32), real_time=False)
            await answers(client)
            await rest(before)
            assert len(os.listdir("/proc/self/fd")) <= descriptors
            assert rss_mb() < 1.05 * memory_mb
            assert not client.of("input_audio_buffer.speech_started")

    server.run(work())


def test_connections_that_break_anywhere_leave_nothing(server: Served) -> None:
    async def work() -> None:
        sound = question()
        before, descriptors, memory_mb = len(asyncio.all_tasks()), 0, 0.0
        for number in range(220):
            if number == 20:  # what the first ones bring with them stays
                await rest(before)
                descriptors, memory_mb = len(os.listdir("/proc/self/fd")), rss_mb()
            async with talking(server.address) as client:
                if number % 2:
                    await client.say(sound[: 4000 * (number % 8)], real_time=False)
                if number % 3 == 0:
                    await client.send("response.create")
                await client.break_off()
        await rest(before)
        assert len(os.listdir("/proc/self/fd")) <= descriptors
        assert rss_mb() < 1.05 * memory_mb
        await answers(server.bystander)

    server.run(work())
