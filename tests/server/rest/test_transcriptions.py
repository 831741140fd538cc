"""`/v1/audio/transcriptions` with the official client and the starter recognizer."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import numpy as np
import pytest
from openai import APIStatusError, BadRequestError

from assistant.audio import LISTEN_RATE_HZ
from clients.cli.media import decode, write_wav
from server.rest.bodies import MOST_FILE_BYTES
from server.rest.sound import Format, coder
from tests.server.rest.asking import RECORDING, asking, client_of, places, plain
from tests.server.serving import run, served


def sent() -> tuple[str, bytes]:
    return RECORDING.name, RECORDING.read_bytes()


def test_text_json_and_times() -> None:
    async def work() -> None:
        async with asking() as client:
            create = client.audio.transcriptions.create
            plain = await create(model="whisper-1", file=sent())
            assert "seven" in plain.text.lower()
            assert plain.usage is not None
            assert plain.usage.type == "duration"
            assert plain.usage.seconds == pytest.approx(sum(block.size for block in decode(str(RECORDING))) / LISTEN_RATE_HZ, abs=0.01)
            assert await create(model="whisper-1", file=sent(), response_format="text", language="en-US") == plain.text + "\n"
            assert "00:00:0" in await create(model="whisper-1", file=sent(), response_format="srt")
            assert (await create(model="whisper-1", file=sent(), response_format="vtt")).startswith("WEBVTT\n")
            verbose = await create(
                model="whisper-1", file=sent(), response_format="verbose_json", timestamp_granularities=["word", "segment"], prompt="Sums."
            )
            assert verbose.segments
            assert verbose.words
            assert [word.word for word in verbose.words] == plain.text.split()
            times = [time for word in verbose.words for time in (word.start, word.end)]
            assert times == sorted(times)
            assert verbose.segments[0].start <= times[0] + 0.5
            assert times[-1] <= verbose.duration
            assert verbose.segments[0].avg_logprob <= 0

    run(work())


@pytest.mark.parametrize("form", ["mp3", "opus", "aac", "flac", "wav"])
def test_any_format(form: Format) -> None:
    coded = coder(form, LISTEN_RATE_HZ)
    data = b"".join([*(coded.push(block) for block in decode(str(RECORDING))), coded.finish()])

    async def work() -> str:
        async with asking() as client:
            return (await client.audio.transcriptions.create(model="whisper-1", file=(f"x.{form}", data))).text

    assert "seven" in run(work()).lower()


def test_a_stream_tells_each_segment_when_it_is_known(tmp_path: Any) -> None:
    question = np.concatenate([*decode(str(RECORDING)), np.zeros(LISTEN_RATE_HZ, np.float32)])
    write_wav(tmp_path / "x.wav", [question, question], LISTEN_RATE_HZ)

    async def work() -> None:
        async with asking() as client:
            stream = await client.audio.transcriptions.create(model="whisper-1", file=tmp_path / "x.wav", stream=True)
            told = [event async for event in stream]
            deltas = [event.delta for event in told if event.type == "transcript.text.delta"]
            assert len(deltas) == len(told) - 1 >= 2
            assert told[-1].type == "transcript.text.done"
            assert "".join(deltas) == told[-1].text

    run(work())


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"language": "tlh"}, "language"),
        ({"response_format": "diarized_json"}, "response_format"),
        ({"include": ["logprobs"]}, "include[]"),
        ({"timestamp_granularities": ["word"]}, "timestamp_granularities[]"),
        ({"stream": True, "response_format": "srt"}, "response_format"),
        ({"temperature": 3}, "temperature"),
        ({"file": ("x.wav", b"")}, "file"),
        ({"file": ("x.wav", b"no sound at all")}, None),
        ({"file": ("x.m3u8", b"ffconcat version 1.0\nfile README.md\n")}, None),
    ],
)
def test_what_cannot_be_done_is_said(fields: dict[str, Any], param: str | None) -> None:
    async def work() -> None:
        async with asking() as client:
            with pytest.raises(BadRequestError) as refused:
                await client.audio.transcriptions.create(**({"model": "whisper-1", "file": sent()} | fields))
            body: Any = refused.value.body
            assert body["type"] == "invalid_request_error"
            assert body["param"] == param
            assert body["message"].endswith((".", ";", "'."))

    run(work())


def test_a_file_that_is_too_large_is_not_kept() -> None:
    async def announced(client: Any) -> None:
        with pytest.raises(APIStatusError) as refused:
            await client.audio.transcriptions.create(model="whisper-1", file=io.BytesIO(bytes(MOST_FILE_BYTES + 100_000)))
        assert refused.value.status_code == 413
        assert refused.value.body["code"] == "request_too_large"

    async def work() -> None:
        async with served() as address:
            async with client_of(address) as client:
                await announced(client)
            async with plain(address) as client:

                async def parts() -> Any:
                    yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
                    for _ in range(MOST_FILE_BYTES // 1_000_000 + 2):
                        yield bytes(1_000_000)

                headers = {"content-type": "multipart/form-data; boundary=x"}
                found = await client.post("/v1/audio/transcriptions", content=parts(), headers=headers)
                assert found.status_code == 413

    run(work())


def test_whoever_goes_away_is_not_worked_for(tmp_path: Any) -> None:
    question = np.concatenate([*decode(str(RECORDING)), np.zeros(LISTEN_RATE_HZ, np.float32)])
    write_wav(tmp_path / "x.wav", [question] * 150, LISTEN_RATE_HZ)

    async def work() -> None:
        async with served() as address, client_of(address) as client, plain(address) as watching:
            asked = asyncio.create_task(client.audio.transcriptions.create(model="whisper-1", file=tmp_path / "x.wav"))
            await places(watching, 1)
            asked.cancel()
            await asyncio.wait([asked])
            await places(watching, 0)

    run(work())
