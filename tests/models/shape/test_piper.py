from __future__ import annotations

import asyncio
import json
import sys
from contextlib import aclosing
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from assistant.engines import Sound
from assistant.sections import ModelSettings
from models.load import load_voice
from models.shape.piper import HOP_SAMPLES, IDS_A_PHONEME, PHONEMES_A_SECOND, RATE_HZ, PiperShape, write


@pytest.fixture(scope="module")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("piper") / "voice.onnx"
    write(path, PiperShape(width=32, hidden=64, heads=2, layers=1, decoder_width=64))
    return path


def test_the_engine_speaks_with_it(voice: Path) -> None:
    text = "Where is the train station?"

    async def work() -> tuple[list[Sound], int]:
        loaded, close = await load_voice("en", ModelSettings(voices={"en": voice}))
        try:
            async with aclosing(loaded.speak(text)) as sounds:
                return [sound async for sound in sounds], loaded.sample_rate_hz
        finally:
            await close()

    [sound], rate_hz = asyncio.run(work())
    assert rate_hz == RATE_HZ
    assert 0.8 < sound.samples.size / rate_hz < 4
    assert np.isfinite(sound.samples).all()
    assert float(np.abs(sound.samples).max()) > 0.01
    assert [word.text for word in sound.words] == text.split()


def test_it_speaks_at_a_natural_rate_and_says_how_long_each_phoneme_is(voice: Path) -> None:
    session = onnxruntime.InferenceSession(str(voice))
    count = 600
    ids = np.random.default_rng(0).integers(3, 150, (1, count))
    spoken, frames = session.run(None, {"input": ids, "input_lengths": np.array([count]), "scales": np.array([0.667, 1, 0.8], np.float32)})
    assert frames.shape == (1, 1, count)
    assert spoken.shape == (1, 1, 1, HOP_SAMPLES * frames.sum())
    assert spoken.size / RATE_HZ == pytest.approx(count / IDS_A_PHONEME / PHONEMES_A_SECOND, rel=0.2)
    assert json.loads(voice.with_name("voice.onnx.json").read_text())["hop_length"] == HOP_SAMPLES


def test_gpl_code_stays_out_of_our_process(voice: Path) -> None:
    assert voice.exists()
    assert "piper" not in sys.modules
