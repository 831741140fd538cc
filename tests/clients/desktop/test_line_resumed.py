"""A talk over a network that breaks in the middle of an answer: a real server, a relay that is cut, and speech in real time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from functools import partial

import numpy as np

from assistant.audio import CHUNK_SAMPLES, LISTEN_RATE_HZ, Samples
from assistant.events import Event, Final, ReplyAudio, ReplyDone, ReplyStarted, ReplyStopped, Stamped
from clients.desktop.address import Address
from clients.desktop.line import Line
from clients.desktop.link import dial
from clients.desktop.remote import Remote
from tests.server.serving import question, run, says_56, served


class Relay:
    """Carries bytes to a server until it is cut."""

    def __init__(self) -> None:
        self.port = 0
        self._writers: list[asyncio.StreamWriter] = []

    @asynccontextmanager
    async def between(self, host: str) -> AsyncGenerator[None, None]:
        name, _, port = host.rpartition(":")

        async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            there_reader, there_writer = await asyncio.open_connection(name, int(port))
            self._writers += [writer, there_writer]
            async with asyncio.TaskGroup() as group:
                group.create_task(_copy(reader, there_writer))
                group.create_task(_copy(there_reader, writer))

        server = await asyncio.start_server(carry, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            self.cut()
            server.close()

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def _speak(remote: Remote, line: Line, samples: Samples) -> None:
    """Be a microphone: what is said while there is no connection is lost."""
    now_s = asyncio.get_running_loop().time
    next_s = now_s()
    for start in range(0, samples.size, CHUNK_SAMPLES):
        if line.open:
            remote.hear(samples[start : start + CHUNK_SAMPLES], now_s())
        next_s += CHUNK_SAMPLES / LISTEN_RATE_HZ
        await asyncio.sleep(max(0.0, next_s - now_s()))


def test_nothing_of_an_answer_is_lost_and_nothing_comes_twice() -> None:
    facts: list[Event] = []
    notes: list[str] = []

    async def work() -> None:
        now_s, relay = asyncio.get_running_loop().time, Relay()
        async with served() as host, relay.between(host):
            answered = asyncio.Queue[Event]()

            def tell(stamped: Stamped) -> None:
                facts.append(stamped.event)
                match stamped.event:
                    case ReplyStarted(turn=1):
                        relay.cut()
                    case ReplyDone():
                        answered.put_nowait(stamped.event)

            address = Address.read(f"ws://127.0.0.1:{relay.port}/v1/realtime")
            remote = Remote(tell, lambda message: line.send(message), note=notes.append)
            line = Line(
                partial(dial, address, None), connected=lambda: remote.connected(now_s()),
                received=lambda message: remote.push(message, now_s()), lost=lambda _: remote.lost(now_s()),
            )  # fmt: skip
            running = asyncio.create_task(line.run(await dial(address, None)))
            for _ in range(2):
                speaking = asyncio.create_task(
                    _speak(remote, line, np.concatenate([question(), np.zeros(10 * LISTEN_RATE_HZ, np.float32)]))
                )
                async with asyncio.timeout(30):
                    await answered.get()
                speaking.cancel()
                await asyncio.wait([speaking])
                remote.playback_done(now_s())
            running.cancel()
            await asyncio.wait([running])

    run(work())
    assert notes == ["The conversation goes on."]
    assert [fact.turn for fact in facts if isinstance(fact, ReplyStarted)] == [1, 2]
    done = [fact for fact in facts if isinstance(fact, ReplyDone)]
    assert [says_56(fact.text) for fact in done] == [True, True]
    assert len([fact for fact in facts if isinstance(fact, Final)]) == 2
    assert not [fact for fact in facts if isinstance(fact, ReplyStopped)]
    seconds = [sum(fact.samples.size for fact in facts if isinstance(fact, ReplyAudio) and fact.turn == turn) / 24_000 for turn in (1, 2)]
    assert seconds[0] > 0.5, "all of its sound came after the break"
