"""`/v1/audio/speech` with the official client and the starter voices."""

from __future__ import annotations

import io
import wave
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from openai import BadRequestError

from models.media import decoded
from models.scripted import ScriptedVoice, Vocabulary, scripted_engines
from server.rest.sound import RATE_HZ, Format
from tests.server.rest.asking import asking
from tests.server.serving import run

TEXT = "Seven times eight is fifty-six. Ask me something else, if you like."


def spoken(**fields: Any) -> bytes:
    async def work() -> bytes:
        async with asking() as client:
            found = await client.audio.speech.create(**({"model": "tts-1", "voice": "alloy", "input": TEXT} | fields))
            return found.content

    data: bytes = run(work())
    return data


def seconds(data: bytes) -> float:
    return sum(block.size for block in decoded("The answer", io.BytesIO(data))) / 16_000


def test_pcm_has_24_000_samples_a_second() -> None:
    data = spoken(response_format="pcm")
    assert len(data) % 2 == 0
    samples = np.frombuffer(data, "<i2")
    assert 2.5 < samples.size / RATE_HZ < 10
    assert np.abs(samples.astype(int)).max() > 1000


def test_every_format_says_the_same() -> None:
    async def work() -> dict[Format, bytes]:
        forms: tuple[Format, ...] = ("wav", "flac", "opus", "mp3", "aac", "pcm")
        async with asking() as client:
            create = client.audio.speech.create
            return {form: (await create(model="x", voice="alloy", input=TEXT, response_format=form)).content for form in forms}

    data = run(work())
    exact = len(data.pop("pcm")) / 2 / RATE_HZ
    for form, found in data.items():
        assert seconds(found) == pytest.approx(exact, abs=0.15), form
    with wave.open(io.BytesIO(data["wav"])) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, RATE_HZ)


@pytest.mark.parametrize("speed", [0.25, 0.5, 2.0, 4.0])
def test_speed_changes_the_length(speed: float) -> None:
    usual, other = (len(spoken(response_format="pcm", speed=value)) for value in (1.0, speed))
    assert other * speed == pytest.approx(usual, rel=0.1)


def test_the_language_is_named_or_the_voices_or_the_first() -> None:
    slow = ScriptedVoice(character_s=0.1)
    engines = replace(scripted_engines(Vocabulary(), {})[0], voices={"en": ScriptedVoice(), "es": slow})

    async def work() -> None:
        async with asking(engines=engines) as client:

            async def said(voice: Any, **extra: Any) -> float:
                create = client.audio.speech.create
                found = await create(model="x", voice=voice, input="Casa grande.", response_format="pcm", extra_body=extra or None)
                return round(len(found.content) / 2 / RATE_HZ, 2)

            assert [await said(voice) for voice in ("alloy", {"id": "voice_1"}, "en", "EN-us")] == [0.6] * 4
            assert [await said("es"), await said("alloy", x_language="es-MX")] == [1.2] * 2
            with pytest.raises(BadRequestError, match="choose from en, es"):
                await said("alloy", x_language="tlh")

    run(work())


def test_sound_comes_before_all_is_spoken() -> None:
    async def work() -> None:
        async with asking() as client:
            create = client.audio.speech.with_streaming_response.create
            async with create(model="x", voice="alloy", input=TEXT * 20, response_format="pcm") as answer:
                assert answer.headers["content-type"] == "audio/pcm"
                parts = [part async for part in answer.iter_bytes()]
            assert len(parts) > 20

    run(work())


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"input": ""}, "input"),
        ({"input": "  "}, "input"),
        ({"input": "a" * 4097}, "input"),
        ({"speed": 5}, "speed"),
        ({"response_format": "midi"}, "response_format"),
        ({"stream_format": "sse"}, "stream_format"),
    ],
)
def test_what_cannot_be_done_is_said(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        spoken(**fields)
    body: Any = refused.value.body
    assert body["param"] == param
    assert "pydantic" not in body["message"]
