"""Translation sessions, with the official client: speech in, speech in another language out."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import replace

import numpy as np
import pytest
import soxr
from openai import AsyncOpenAI
from websockets.exceptions import ConnectionClosedOK

from assistant.audio import LISTEN_RATE_HZ
from clients.bench.room import recording
from models.scripted import Vocabulary, scripted_engines
from tests.server.serving import PCM_HZ, pcm24, run, served, talking
from tests.server.spoken import LevelRecognizer


def pcm(name: str) -> bytes:
    samples = np.concatenate([recording(name), np.zeros(2 * LISTEN_RATE_HZ, np.float32)])
    return (soxr.resample(samples, LISTEN_RATE_HZ, PCM_HZ) * 32_767).astype("<i2").tobytes()


def test_english_becomes_spanish_and_a_close_flushes_what_is_left() -> None:
    async def work() -> None:
        async with served() as address:
            client = AsyncOpenAI(api_key="none", base_url=f"http://{address}/v1")
            async with client.realtime.translations.connect(model="parley") as connection:
                created = await connection.recv()
                assert created.type == "session.created"
                await connection.session.update(
                    session={"audio": {"output": {"language": "es"}, "input": {"transcription": {"model": "parley"}}}}
                )
                for name in ("translate-1", "translate-2"):
                    data = pcm(name)
                    for start in range(0, len(data), 9_600):
                        await connection.session.input_audio_buffer.append(audio=base64.b64encode(data[start : start + 9_600]).decode())
                await connection.session.close()
                heard = said = sound = ""
                async for event in connection:
                    match event.type:
                        case "session.input_transcript.delta":
                            heard += event.delta
                        case "session.output_transcript.delta":
                            said += event.delta
                        case "session.output_audio.delta":
                            sound += event.delta
                            assert (event.format, event.sample_rate, event.channels) == ("pcm16", 24_000, 1)
                        case "session.closed":
                            break
                        case other:
                            assert other == "session.updated", event
                assert len(heard.split()) > 6
                assert len(said.split()) > 6
                assert "  " not in said
                assert len(sound) > 100_000

    run(work())


def test_a_language_that_nobody_speaks_is_refused() -> None:
    async def work() -> None:
        async with served() as address, talking(address, "/v1/realtime/translations") as client:
            await client.send_raw({"type": "session.update", "session": {"audio": {"output": {"language": "ja"}}}})
            error = (await client.until("error"))["error"]
            assert error["param"] == "session.audio.output.language"
            await client.send_raw({"type": "session.close"})
            await client.until("session.closed")

    run(work())


def test_a_session_is_closed_once_and_leaves_nothing_behind() -> None:
    async def work() -> None:
        engines, *_ = scripted_engines(Vocabulary(), {}, otherwise=("Sí, ", "claro."))
        speech = LevelRecognizer()
        said = base64.b64encode(pcm24(speech.say("good morning to you"))).decode()
        async with served(engines=replace(engines, recognizers={"en": speech})) as address:
            async with talking(address, "/v1/realtime/translations") as client:
                await client.send("session.input_audio_buffer.append", audio=said)
                await client.send("session.close")
                await client.send("session.close")
                await client.send("session.input_audio_buffer.append", audio=said)
                with pytest.raises(ConnectionClosedOK):
                    await client.until("never")
                assert client.types.count("session.closed") == 1
                assert client.types[-1] == "session.closed"
                assert "error" not in client.types
            async with talking(address, "/v1/realtime/translations") as client:
                await client.send("session.input_audio_buffer.append", audio=said)
                await client.send("session.close")
                await client.break_off()  # before all was told
        left = {task.get_name() for task in asyncio.all_tasks()}
        assert not left & {"finish", "interpreter"}

    run(work())
