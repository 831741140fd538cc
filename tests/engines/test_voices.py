"""Voices in processes of their own: espeak-ng in both languages, and Piper with the tiny voice that the recipe makes."""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest

from assistant.audio import Samples
from assistant.errors import EngineUnavailable, InputError
from assistant.settings import ModelSettings
from models.load import load_voice
from models.starter import FOLDER

TINY = FOLDER / "voice-tiny" / "tiny.onnx"


def spoken(text: str, language: str, settings: ModelSettings | None = None) -> tuple[Samples, int]:
    async def work() -> tuple[Samples, int]:
        voice, close = await load_voice(language, settings)
        try:
            async with aclosing(voice.speak(text)) as parts:
                return np.concatenate([part async for part in parts]), voice.sample_rate_hz
        finally:
            await close()

    return asyncio.run(work())


@pytest.mark.parametrize(("language", "text"), [("en", "Where is the train station?"), ("es", "¿Dónde está la estación de tren?")])
def test_espeak_speaks_both_languages(language: str, text: str) -> None:
    samples, rate_hz = spoken(text, language)
    assert samples.dtype == np.float32
    assert 1.0 < samples.size / rate_hz < 4.0
    assert 0.05 < float(np.abs(samples).max()) <= 1.0
    assert not multiprocessing.active_children()


def test_the_languages_sound_different() -> None:
    english, _ = spoken("no, animal", "en")
    spanish, _ = spoken("no, animal", "es")
    assert english.size != spanish.size


def test_a_piper_voice_takes_the_place_of_espeak() -> None:
    settings = ModelSettings(voices={"en": TINY})
    short, rate_hz = spoken("Hello.", "en", settings)
    long, _ = spoken("Hello, this is a much longer sentence.", "en", settings)
    assert rate_hz == 16_000
    assert 2 * short.size < long.size
    assert float(np.abs(long).max()) > 0.05


def test_gpl_code_stays_out_of_our_process() -> None:
    spoken("Hello.", "en", ModelSettings(voices={"en": TINY}))
    assert "piper" not in sys.modules


def test_voices_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no voice for 'xx'"):
        spoken("x", "xx")
    with pytest.raises(EngineUnavailable, match=r"none\.onnx cannot be loaded"):
        spoken("x", "en", ModelSettings(voices={"en": tmp_path / "none.onnx"}))
