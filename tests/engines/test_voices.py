"""Voices in processes of their own: the starter voice, espeak-ng in both languages, and Piper with the tiny voice that the recipe makes."""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import shutil
import sys
from contextlib import aclosing
from pathlib import Path

import numpy as np
import onnx
import pytest

from assistant.audio import Samples
from assistant.engines import Sound
from assistant.errors import EngineUnavailable, InputError
from assistant.sections import ModelSettings
from assistant.words import word_spans
from models.child import Child
from models.espeak import EspeakVoices
from models.load import load_voice
from models.starter import FOLDER

TINY = FOLDER / "voice-tiny" / "tiny.onnx"


def sounds(text: str, language: str, settings: ModelSettings | None = None) -> tuple[list[Sound], int]:
    async def work() -> tuple[list[Sound], int]:
        voice, close = await load_voice(language, settings)
        try:
            async with aclosing(voice.speak(text)) as parts:
                return [part async for part in parts], voice.sample_rate_hz
        finally:
            await close()

    return asyncio.run(work())


def spoken(text: str, language: str, settings: ModelSettings | None = None) -> tuple[Samples, int]:
    parts, rate_hz = sounds(text, language, settings)
    return np.concatenate([part.samples for part in parts]), rate_hz


def by_espeak(text: str, language: str) -> tuple[Sound, int]:
    espeak = Child(EspeakVoices, "espeak-ng")
    try:
        [sound] = espeak.stream("speak", language, text)
        return sound, espeak.get("sample_rate_hz")
    finally:
        espeak.close()


@pytest.mark.parametrize(("language", "text"), [("en", "Where is the train station?"), ("es", "¿Dónde está la estación de tren?")])
def test_each_language_has_a_voice(language: str, text: str) -> None:
    samples, rate_hz = spoken(text, language)
    assert samples.dtype == np.float32
    assert 1.0 < samples.size / rate_hz < 4.0
    assert 0.05 < float(np.abs(samples).max()) <= 1.0
    assert not multiprocessing.active_children()


def test_the_languages_sound_different() -> None:
    english, _ = by_espeak("no, animal", "en")
    spanish, _ = by_espeak("no, animal", "es")
    assert english.samples.size != spanish.samples.size


def test_a_piper_voice_takes_the_place_of_the_starter_voice() -> None:
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


def outside_words(sound: Sound, rate_hz: int) -> Samples:
    """Return the samples of a sound that belong to no word."""
    outside = sound.samples.copy()
    for word in sound.words:
        assert 0 <= word.start_s <= word.end_s <= sound.samples.size / rate_hz
        outside[round(word.start_s * rate_hz) : round(word.end_s * rate_hz)] = 0
    return outside


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", "I'm here.", "I'm here."),
        ("en", "That's 4.83, it is 3.5 kilometers.", "That's 4.83, it is 3.5 kilometers."),
        ("en", "Mr. Smith's well-known café is à la carte, isn't it?", "Mr. Smith's well-known café is à la carte, isn't it?"),
        ("en", "I think that it is in the house of the man.", "I think that it is in the house of the man."),
        ("en", "“Hello,” she said — “no…”", "“Hello,” she said_— “no…”"),
        ("en", "😀 hi $3.50 & 1,234", "😀_hi $3.50_& 1,234"),
        ("en", "7 + 8 = 15 at 10:30 a.m.", "7_+ 8_= 15 at 10:30 a.m."),
        ("es", "¿Dónde está la estación? ¡El niño comió 3,5 kilómetros!", "¿Dónde está la estación? ¡El niño comió 3,5 kilómetros!"),
    ],
)
def test_espeak_tells_where_each_word_is(language: str, text: str, words: str) -> None:
    sound, rate_hz = by_espeak(text, language)
    assert [word.text for word in sound.words] == [word.replace("_", " ") for word in words.split()]
    assert all(word.end_s - word.start_s > 0.04 for word in sound.words)
    assert all(a.end_s <= b.start_s for a, b in itertools.pairwise(sound.words))
    assert float(np.abs(outside_words(sound, rate_hz)).max()) < 0.03  # what lies between them is pauses


def test_espeak_spells_numbers_out_within_their_word() -> None:
    sound, _ = by_espeak("It is 4.83 now.", "en")
    it, is_, number, now = sound.words
    assert number.end_s - number.start_s > 3 * (is_.end_s - is_.start_s)
    assert now.start_s - it.start_s > 0.8


PIPER_TEXTS = [
    "I'm here.",
    "It is 3.5 kilometers in the house.",
    "Mr. Smith's well-known café is à la carte, isn't it?",
    "Yes. No! Yes?",
    "😀 hi — 10:30",
]


@pytest.mark.parametrize("text", PIPER_TEXTS)
def test_piper_tells_where_each_word_is(text: str) -> None:
    parts, rate_hz = sounds(text, "en", ModelSettings(voices={"en": TINY}))
    words = [word for part in parts for word in part.words]
    assert [word.text for word in words] == [text[span] for span in word_spans(text)]
    assert all(word.end_s - word.start_s >= 0.06 for word in words)  # a phoneme
    for part in parts:
        assert all(a.end_s <= b.start_s for a, b in itertools.pairwise(part.words))
        assert not outside_words(part, rate_hz).any()  # its pauses are silent, and all else lies in words


@pytest.mark.parametrize("text", PIPER_TEXTS[:-1])  # its teacher knows no dash
def test_the_starter_voice_tells_where_each_word_is(text: str) -> None:
    parts, rate_hz = sounds(text, "en")
    assert [word.text for part in parts for word in part.words] == [text[span] for span in word_spans(text)]
    for part in parts:
        assert all(a.end_s <= b.start_s for a, b in itertools.pairwise(part.words))
        loudness = np.sqrt(np.mean(np.square(part.samples)))
        assert np.sqrt(np.mean(np.square(outside_words(part, rate_hz)))) < 0.1 * loudness  # its pauses are nearly silent


def test_the_starter_voice_says_the_same_again() -> None:
    first, second = (spoken("The kitchen light is off.", "en")[0] for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_piper_voices_without_alignments(tmp_path: Path) -> None:
    """piper-tts finds the lengths by itself; where it cannot, all phonemes count alike, as they are in this voice."""
    text = "Mr. Smith is in the house."
    found = []
    for name, operation in (("with", "Ceil"), ("without", "Round")):
        model = onnx.load(TINY)
        del model.graph.output[1]
        next(node for node in model.graph.node if node.op_type == "Ceil").op_type = operation
        onnx.save(model, tmp_path / f"{name}.onnx")
        shutil.copy(f"{TINY}.json", tmp_path / f"{name}.onnx.json")
        found.append(sounds(text, "en", ModelSettings(voices={"en": tmp_path / f"{name}.onnx"}))[0])
    whole = sounds(text, "en", ModelSettings(voices={"en": TINY}))[0]
    for parts in found:
        for part, wanted in zip(parts, whole, strict=True):
            assert [word.text for word in part.words] == [word.text for word in wanted.words]
            np.testing.assert_allclose([(w.start_s, w.end_s) for w in part.words], [(w.start_s, w.end_s) for w in wanted.words])


@pytest.mark.parametrize("text", ["", " ", "…"])
def test_a_text_without_words_is_no_mistake(text: str) -> None:
    for settings in (None, ModelSettings(voices={"en": TINY})):
        parts, _ = sounds(text, "en", settings)
        assert all(word.text == text for part in parts for word in part.words)
