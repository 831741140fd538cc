from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from assistant.audio import Samples, silence
from assistant.errors import EngineError
from models.shape.whisper import WhisperShape, write
from models.whisper import WhisperEngine
from tests.models.shape.conftest import SMALL

WHISPER_IDS = {
    "<|endoftext|>": 50256, "<|startoftranscript|>": 50257, "<|en|>": 50258, "<|translate|>": 50357, "<|transcribe|>": 50358,
    "<|startoflm|>": 50359, "<|startofprev|>": 50360, "<|nospeech|>": 50361, "<|notimestamps|>": 50362, "<|0.00|>": 50363, "<|30.00|>": 51863,
}  # fmt: skip


def noise(seconds: float) -> Samples:
    return np.random.default_rng(0).standard_normal(round(16_000 * seconds)).astype(np.float32) * np.float32(0.1)


def test_the_folder_is_what_whisper_s_is(small_whisper: Path) -> None:
    tokenizer = Tokenizer.from_file(str(small_whisper / "tokenizer.json"))
    assert tokenizer.get_vocab_size() == 51_864
    assert {token: tokenizer.token_to_id(token) for token in WHISPER_IDS} == WHISPER_IDS
    assert len(json.loads((small_whisper / "vocabulary.json").read_text())) == 51_864


def test_the_engine_takes_it_with_audio_of_any_length(small_whisper: Path) -> None:
    engine = WhisperEngine(small_whisper, "en")
    assert engine.hearing.window_s == 30
    assert np.array(engine.encode(noise(3))).shape == (1, 150, SMALL.width)
    found = engine.recognize(noise(3), times=True)
    assert found.text
    assert found.words
    assert engine.recognize(noise(30)).text
    with pytest.raises(EngineError, match=r"30\.1 s"):
        engine.recognize(noise(30.1))


def test_decoding_goes_on_for_as_long_as_it_is_asked(small_whisper: Path) -> None:
    engine = WhisperEngine(small_whisper, "en")
    encoded = engine.encode(noise(2))
    assert np.isfinite(np.array(encoded)).all()
    for count in (1, 2, 10, 100):
        assert len(engine.decode(encoded, count)[0]) == count


def test_a_padded_one_is_padded(tmp_path: Path) -> None:
    write(tmp_path, SMALL, padded=True)
    engine = WhisperEngine(tmp_path, "en")
    assert engine.hearing.window_s == 30
    assert np.array(engine.encode(noise(3))).shape == (1, 1500, SMALL.width)


def test_the_decoder_may_be_shallower(tmp_path: Path) -> None:
    write(tmp_path, WhisperShape(width=64, layers=2, heads=1, decoder_layers=1), padded=True)
    engine = WhisperEngine(tmp_path, "en")
    assert engine.hearing.padded
    tokens, _ = engine.decode(engine.encode(silence(16_000)), 3, to_the_most=True)
    assert len(tokens) == 3
