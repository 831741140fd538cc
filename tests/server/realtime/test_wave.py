"""The protocol's audio formats, and a conversation over the telephone's."""

from __future__ import annotations

import asyncio
import base64

import numpy as np
import pytest
import soxr

from assistant.audio import CHUNK_SAMPLES, LISTEN_RATE_HZ, silence
from server.realtime.wave import HELD_BACK, RATES_HZ, SAMPLE_BYTES, Decoder, Encoder, Format, milliseconds
from tests.server.realtime.stage import Stage, play
from tests.server.serving import question

FORMS: tuple[Format, ...] = ("audio/pcm", "audio/pcmu", "audio/pcma")


@pytest.mark.parametrize(
    ("form", "code", "meant"),
    [
        ("audio/pcmu", 0xFF, 0), ("audio/pcmu", 0x80, 32_124), ("audio/pcmu", 0x00, -32_124), ("audio/pcmu", 0xF0, 120),
        ("audio/pcma", 0xD5, 8), ("audio/pcma", 0x55, -8), ("audio/pcma", 0xAA, 32_256), ("audio/pcma", 0x2A, -32_256),
    ],
)  # fmt: skip
def test_the_bytes_of_g711_mean_what_the_standard_says(form: Format, code: int, meant: int) -> None:
    level = Decoder(form).push(bytes([code]) * 4000)[2000:-2000].mean() * 32_768
    assert abs(level - meant) <= max(2.0, abs(meant) / 1000)


@pytest.mark.parametrize("form", FORMS)
def test_sound_stays_what_it_is_wherever_its_bytes_are_cut(form: Format) -> None:
    said = question()
    data = Encoder(form, LISTEN_RATE_HZ).push(said, last=True)
    assert abs(milliseconds(len(data), form) - 1000 * said.size / LISTEN_RATE_HZ) < 1
    decoder = Decoder(form)
    heard = np.concatenate([*(decoder.push(data[start : start + 333]) for start in range(0, len(data), 333)), decoder.flush()])
    heard = heard[HELD_BACK[form] * LISTEN_RATE_HZ // RATES_HZ[form] :]
    assert abs(heard.size - said.size) <= 2
    narrow = soxr.resample(soxr.resample(said, LISTEN_RATE_HZ, RATES_HZ[form]), RATES_HZ[form], LISTEN_RATE_HZ)[: heard.size]
    assert np.corrcoef(heard, narrow)[0, 1] > 0.999


@pytest.mark.parametrize("form", FORMS)
def test_whole_chunks_are_heard_at_once(form: Format) -> None:
    decoder = Decoder(form)
    chunk = bytes([0x80]) * (RATES_HZ[form] * CHUNK_SAMPLES // LISTEN_RATE_HZ * SAMPLE_BYTES[form])
    for _ in range(2):  # again behind a commit
        assert [decoder.push(chunk).size for _ in range(50)] == [CHUNK_SAMPLES] * 50
        assert decoder.flush().size == HELD_BACK[form] * LISTEN_RATE_HZ // RATES_HZ[form]


def test_what_is_committed_is_heard_to_its_last_sample_and_no_longer() -> None:
    async def work(client: Stage) -> None:
        update = {"turn_detection": None, "format": {"type": "audio/pcmu"}, "transcription": {"model": "w"}}
        await client.send("session.update", session={"audio": {"input": update}})
        for text in ("hello", "good morning"):
            data = Encoder("audio/pcmu", LISTEN_RATE_HZ).push(client.speech.say(text), last=True)
            await client.send("input_audio_buffer.append", audio=base64.b64encode(data).decode())
            await client.send("input_audio_buffer.commit")
            await asyncio.sleep(1)
        await client.send("input_audio_buffer.append", audio=base64.b64encode(b"\xff" * 1600).decode())
        await client.send("input_audio_buffer.commit")
        await asyncio.sleep(1)
        told = [event["transcript"] for event in client.of("conversation.item.input_audio_transcription.completed")]
        assert told == ["hello", "good morning", ""]

    play(work)


def test_a_conversation_over_the_telephone_hears_and_speaks_each_in_its_own_law() -> None:
    async def work(client: Stage) -> None:
        form = {"input": {"format": {"type": "audio/pcmu"}, "transcription": {"model": "w"}}, "output": {"format": {"type": "audio/pcma"}}}
        await client.send("session.update", session={"audio": form})
        encoder = Encoder("audio/pcmu", LISTEN_RATE_HZ)
        said = np.concatenate([client.speech.say("good morning to you"), silence(2 * LISTEN_RATE_HZ)])
        data = encoder.push(said, last=True)
        for start in range(0, len(data), 800):
            await client.send("input_audio_buffer.append", audio=base64.b64encode(data[start : start + 800]).decode())
            await asyncio.sleep(0.1)
        await asyncio.sleep(5)
        assert client.of("conversation.item.input_audio_transcription.completed")[0]["transcript"] == "good morning to you"
        assert client.of("session.updated")[0]["session"]["audio"]["output"]["format"] == {"type": "audio/pcma"}
        assert client.done["audio"]["output"]["format"] == {"type": "audio/pcma"}
        sound = client.sound(client.done)
        assert abs(len(sound) / 8_000 - 0.7) < 0.01  # the letters of "Yes," and "of course." at 50 ms each
        assert abs(np.abs(Decoder("audio/pcma").push(sound)).mean() - 0.5) < 0.05  # as loud as the voice

    play(work)
