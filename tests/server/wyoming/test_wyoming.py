"""Wyoming as Home Assistant speaks it, with the protocol's own client."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient
from wyoming.error import Error
from wyoming.handle import Handled
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop, SynthesizeStopped, SynthesizeVoice

from clients.bench.room import recording
from models.load import load
from server.wyoming.serve import wyoming
from tests.server.serving import run


def with_server(talk: Any) -> None:
    async def work() -> None:
        engines = await load(["en"], speaks=["en", "es"])
        try:
            async with wyoming(engines, "en", 20.0, "127.0.0.1", 0) as port, asyncio.timeout(60):
                await talk(port)
        finally:
            await engines.close()

    run(work())


def pcm(name: str, rate_hz: int = 16_000) -> bytes:
    samples = recording(name)
    return (samples * 32_767).astype("<i2").tobytes()


async def sound(client: AsyncTcpClient) -> tuple[int, float]:
    """Return the rate and the seconds of what is spoken."""
    start = await client.read_event()
    assert start is not None
    rate, size = AudioStart.from_event(start).rate, 0
    while (event := await client.read_event()) is not None and not AudioStop.is_type(event.type):
        size += len(AudioChunk.from_event(event).audio)
    return rate, size / 2 / rate


def test_it_says_what_there_is() -> None:
    async def talk(port: int) -> None:
        async with AsyncTcpClient("127.0.0.1", port) as client:
            await client.write_event(Describe().event())
            event = await client.read_event()
            assert event is not None
            told = Info.from_event(event)
            assert [program.models[0].languages for program in told.asr] == [["en"]]
            assert [voice.languages for voice in told.tts[0].voices] == [["en"], ["es"]]
            assert told.tts[0].supports_synthesize_streaming
            assert not told.handle[0].supports_home_control
            await client.write_event(Ping(text="hi").event())
            event = await client.read_event()
            assert event is not None
            assert Pong.from_event(event).text == "hi"

    with_server(talk)


def test_speech_is_written_down() -> None:
    async def talk(port: int) -> None:
        async with AsyncTcpClient("127.0.0.1", port) as client:
            await client.write_event(Transcribe(language="en-US").event())
            await client.write_event(AudioStart(rate=16_000, width=2, channels=1).event())
            data = pcm("seven-times-eight")
            for start in range(0, len(data), 2048):
                await client.write_event(AudioChunk(rate=16_000, width=2, channels=1, audio=data[start : start + 2048]).event())
            await client.write_event(AudioStop().event())
            event = await client.read_event()
            assert event is not None
            assert "seven times eight" in Transcript.from_event(event).text.lower()

    with_server(talk)


def test_text_is_spoken_at_once_and_as_it_comes() -> None:
    async def talk(port: int) -> None:
        async with AsyncTcpClient("127.0.0.1", port) as client:
            await client.write_event(Synthesize(text="Good morning.", voice=SynthesizeVoice(language="es")).event())
            _, once_s = await sound(client)
            assert once_s > 0.5
            await client.write_event(SynthesizeStart(voice=SynthesizeVoice(name="parley-en")).event())
            for part in ("Good m", "orning. How are", " you today?"):
                await client.write_event(SynthesizeChunk(text=part).event())
            await client.write_event(Synthesize(text="Good morning. How are you today?").event())
            await client.write_event(SynthesizeStop().event())
            _, streamed_s = await sound(client)
            assert streamed_s > 1
            stopped = await client.read_event()
            assert stopped is not None
            assert SynthesizeStopped.is_type(stopped.type)

    with_server(talk)


def test_a_conversation_is_remembered_by_its_name() -> None:
    async def ask(port: int, name: str, text: str) -> str:
        async with AsyncTcpClient("127.0.0.1", port) as client:
            await client.write_event(Transcript(text=text, context={"conversation_id": name}).event())
            event = await client.read_event()
            assert event is not None
            handled = Handled.from_event(event)
            assert handled.context == {"conversation_id": name}
            return handled.text or ""

    async def talk(port: int) -> None:
        assert "144" in await ask(port, "a", "What is 12 times 12?")
        assert await ask(port, "a", "Add milk to my shopping list.")
        assert "milk" in (await ask(port, "a", "What is on my shopping list?")).lower()
        assert "milk" not in (await ask(port, "b", "What is on my shopping list?")).lower()

    with_server(talk)


def test_what_cannot_be_done_is_said_and_nonsense_ends_only_its_own_connection() -> None:
    async def talk(port: int) -> None:
        japanese = SynthesizeVoice(language="ja")
        chunk = AudioChunk(rate=16_000, width=2, channels=1, audio=bytes(3200))
        for asked in (
            [Synthesize(text="Hi.", voice=japanese)],
            [SynthesizeStart(voice=japanese), SynthesizeChunk(text="Hi."), SynthesizeStop()],
            [Transcribe(language="ja"), chunk, chunk, AudioStop()],
        ):
            async with AsyncTcpClient("127.0.0.1", port) as client:
                for each in asked:
                    await client.write_event(each.event())
                event = await client.read_event()
                assert event is not None
                assert "'ja'" in Error.from_event(event).text
                with suppress(ConnectionError):  # nothing more comes: nobody waits for the rest of an answer
                    assert await client.read_event() is None
        for nonsense in (
            b"hello\n",
            b"{}\n",
            b'{"type": "ping", "data_length": 99999999999}\n',
            b"\xff" * 70_000,
            b'{"type": "audio-chunk"}\n',
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(nonsense)
            writer.write_eof()
            await reader.read()
            writer.close()
        async with AsyncTcpClient("127.0.0.1", port) as client:
            await client.write_event(Ping().event())
            assert await client.read_event() is not None

    with_server(talk)


@pytest.mark.parametrize("loud", [0.0, 0.01])
def test_silence_is_no_text(loud: float) -> None:
    async def talk(port: int) -> None:
        noise = (np.random.default_rng(0).normal(0, loud, 32_000) * 32_767).astype("<i2").tobytes()
        async with AsyncTcpClient("127.0.0.1", port) as client:
            await client.write_event(AudioChunk(rate=16_000, width=2, channels=1, audio=noise).event())
            await client.write_event(AudioStop().event())
            event = await client.read_event()
            assert event is not None
            assert Transcript.from_event(event).text == ""

    with_server(talk)
