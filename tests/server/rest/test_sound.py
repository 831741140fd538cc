"""Coding sound and changing its pace, without a server."""

from __future__ import annotations

import io

import numpy as np
import pytest

from assistant.audio import LISTEN_RATE_HZ, Samples, silence
from models.media import decoded
from server.rest.sound import RATE_HZ, Format, Pace, coder


def tone(seconds: float, rate_hz: int) -> Samples:
    return (0.5 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate_hz)) / rate_hz)).astype(np.float32)


def pitch(samples: Samples, rate_hz: int) -> float:
    middle = samples[samples.size // 4 : samples.size * 3 // 4]
    return float(np.argmax(np.abs(np.fft.rfft(middle))) * rate_hz / middle.size)


@pytest.mark.parametrize("form", ["mp3", "opus", "aac", "flac", "wav"])
@pytest.mark.parametrize("rate_hz", [16_000, 22_050])
def test_nothing_is_lost_and_bytes_come_early(form: Format, rate_hz: int) -> None:
    coded = coder(form, rate_hz)
    parts = [coded.push(part) for part in np.array_split(tone(3.0, rate_hz), 30)]
    assert sum(map(len, parts[:15])) > 0
    heard = np.concatenate(list(decoded("It", io.BytesIO(b"".join([*parts, coded.finish()])))))
    assert heard.size / LISTEN_RATE_HZ == pytest.approx(3.0, abs=0.1)
    assert pitch(heard, LISTEN_RATE_HZ) == pytest.approx(440, abs=3)


def test_pcm_is_bare() -> None:
    coded = coder("pcm", RATE_HZ)
    assert len(coded.push(tone(1.0, RATE_HZ)) + coded.finish()) == 2 * RATE_HZ


@pytest.mark.parametrize("form", ["mp3", "opus", "aac", "flac", "wav", "pcm"])
def test_silence_of_no_length_is_no_mistake(form: Format) -> None:
    coded = coder(form, RATE_HZ)
    assert isinstance(coded.push(silence(0)) + coded.finish(), bytes)


@pytest.mark.parametrize("speed", [0.25, 0.4, 0.75, 1.5, 4.0])
def test_the_pace_keeps_the_pitch(speed: float) -> None:
    pace = Pace(speed, 22_050)
    made = np.concatenate([*(pace.push(part) for part in np.array_split(tone(4.0, 22_050), 20)), pace.finish()])
    assert made.size / 22_050 == pytest.approx(4.0 / speed, rel=0.05)
    assert pitch(made, 22_050) == pytest.approx(440, abs=5)
