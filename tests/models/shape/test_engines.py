from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assistant.audio import silence
from assistant.engines import Recognition, Word
from assistant.errors import EngineError
from models.shape.engines import ShapeWhisper
from models.starter import FOLDER
from models.whisper import WhisperEngine

WORDS = (Word("What", 0.0, 0.3), Word("is", 0.3, 0.45), Word("it?", 0.6, 0.9))


class Watched(WhisperEngine):
    """Remembers what it did."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "en")
        self.did: list[tuple[str, int]] = []

    def encode(self, samples: Any) -> Any:
        self.did.append(("encode", samples.size))
        return super().encode(samples)

    def decode(self, encoded: Any, most: int, *, to_the_most: bool = False) -> tuple[list[int], float]:
        tokens, probability = super().decode(encoded, most, to_the_most=to_the_most)
        self.did.append(("decode", len(tokens)))
        return tokens, probability

    def align(self, encoded: Any, tokens: list[int], seconds: float) -> tuple[Word, ...]:
        self.did.append(("align", len(tokens)))
        return super().align(encoded, tokens, seconds)


@pytest.fixture(scope="module", params=["shape", "starter"])
def watched(request: pytest.FixtureRequest, small_whisper: Path) -> Watched:
    return Watched(small_whisper if request.param == "shape" else FOLDER / "asr-en")


@pytest.fixture
def shape(watched: Watched) -> ShapeWhisper:
    watched.did.clear()
    shape = ShapeWhisper(watched)
    shape.script(WORDS, 0.5)
    return shape


def hear(shape: ShapeWhisper, seconds: float, *, times: bool = False) -> Recognition:
    return shape.recognize(silence(round(seconds * 16_000)), times=times)


def test_words_come_as_they_end(shape: ShapeWhisper) -> None:
    assert [hear(shape, seconds).text for seconds in (0.4, 0.79, 0.81, 1.0, 1.5)] == ["", "", "What", "What is", "What is it?"]


def test_the_work_is_that_of_the_words_said_so_far(shape: ShapeWhisper, watched: Watched) -> None:
    hear(shape, 0.5)
    hear(shape, 1.0)
    hear(shape, 1.5)
    assert watched.did == [("encode", 8000), ("decode", 1), ("encode", 16_000), ("decode", 4), ("encode", 24_000), ("decode", 5)]


def test_times_count_from_the_start_of_the_samples_and_are_worked_for(shape: ShapeWhisper, watched: Watched) -> None:
    assert hear(shape, 1.0, times=True) == Recognition("What is", "en", (Word("What", 0.5, 0.8), Word("is", 0.8, 0.95)))
    assert watched.did[-1] == ("align", 4)
    assert hear(shape, 0.5, times=True) == Recognition("", "en")
    assert watched.did[-1] == ("decode", 1)


def test_a_new_script_takes_the_place_of_the_old_one(shape: ShapeWhisper) -> None:
    shape.script([Word("Stop.", 0.0, 0.4)], 0.1)
    assert hear(shape, 2.0).text == "Stop."


def test_what_the_engine_does_not_take(shape: ShapeWhisper, watched: Watched) -> None:
    assert shape.hearing == watched.hearing
    assert hear(shape, 0.05) == Recognition("", "en")
    assert watched.did == []
    with pytest.raises(EngineError, match="cut it at a pause"):
        hear(shape, shape.hearing.window_s + 1)
