"""The table of threads: never more than cores, and more than one only where that was measured to help."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from math import inf
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.engines import Message
from assistant.errors import EngineUnavailable
from models.llama import LlamaEngine
from models.load import load
from models.starter import STARTER, verified
from models.threads import Engine, Model, ThreadTable, Times, choose, measured
from models.whisper import WhisperEngine

Seconds = Callable[[int], float]


def scales(share: float) -> Seconds:
    """Take a second on one thread, `share` of which any number of threads divide among them."""
    return lambda threads: 1 - share + share / threads


def up_to(most: int) -> Seconds:
    """More threads than these take no less."""
    return lambda threads: 1 / min(threads, most)


def told(language_model: Seconds, recognizer: Seconds) -> Callable[[Engine, int], float]:
    return lambda engine, threads: (recognizer if engine == "recognizer" else language_model)(threads)


def never(engine: Engine, threads: int) -> float:
    raise AssertionError(f"{engine} was measured on {threads}")


@pytest.mark.parametrize("cores", [1, 2])
def test_where_there_is_no_choice_nothing_is_measured(cores: int) -> None:
    assert choose(cores, never) == ThreadTable(1, 1, 1)


@pytest.mark.parametrize(
    ("cores", "language_model", "recognizer", "table"),
    [
        (3, scales(1), never, ThreadTable(recognizer=1, language_model=2, voice=1)),
        (3, scales(0.05), scales(0), ThreadTable(recognizer=1, language_model=1, voice=2)),
        (4, scales(1), never, ThreadTable(recognizer=1, language_model=3, voice=1)),
        (4, up_to(2), up_to(1), ThreadTable(recognizer=1, language_model=2, voice=2)),
        (8, scales(0.9), never, ThreadTable(recognizer=1, language_model=7, voice=1)),
        (8, up_to(4), scales(1), ThreadTable(recognizer=4, language_model=4, voice=4)),
        (16, up_to(4), up_to(2), ThreadTable(recognizer=2, language_model=4, voice=4)),
        (64, up_to(16), up_to(8), ThreadTable(recognizer=8, language_model=16, voice=4)),
        (8, lambda threads: 1.0 if threads == 1 else inf, scales(0.0), ThreadTable(recognizer=1, language_model=1, voice=4)),
        (8, lambda threads: inf, scales(0.0), ThreadTable(recognizer=1, language_model=7, voice=1)),
    ],
)
def test_more_threads_only_where_they_help(cores: int, language_model: Seconds, recognizer: Seconds, table: ThreadTable) -> None:
    assert choose(cores, told(language_model, recognizer)) == table


@given(st.integers(1, 200), st.lists(st.one_of(st.floats(1e-6, 1e3), st.just(inf)), min_size=1), st.none() | st.integers(1, 256))
def test_engines_at_work_together_never_have_more_threads_than_cores(cores: int, times: list[float], given_: int | None) -> None:
    table = choose(cores, lambda engine, threads: times[(len(engine) + threads) % len(times)], given_)
    assert min(table.recognizer, table.language_model, table.voice) >= 1
    if given_ is None:
        assert table.language_model <= max(1, cores - 1)
    else:
        assert table.language_model == min(given_, cores)
    together = table.language_model + max(table.recognizer, table.voice)
    assert together <= max(cores, table.language_model + 1)


@pytest.fixture(scope="module")
def starter() -> dict[Engine, Model]:
    heard, written = verified(STARTER.recognizers["en"]), verified(STARTER.language_model)
    return {
        "recognizer": Model(heard / "model.bin", lambda threads: WhisperEngine(heard, "en", threads=threads)),
        "language model": Model(written, lambda threads: LlamaEngine(written, threads=threads)),
    }


def test_engines_are_measured_once(starter: dict[Engine, Model], tmp_path: Path) -> None:
    cache = tmp_path / "new" / "threads.json"

    def table(*, make: Callable[[Engine, int], object]) -> ThreadTable:
        models = {name: Model(model.file, lambda threads, name=name: make(name, threads)) for name, model in starter.items()}
        return measured(models["language model"], models["recognizer"], 3, None, cache)

    first = table(make=lambda engine, threads: starter[engine].make(threads))
    assert first.language_model + first.recognizer <= 3
    assert table(make=never) == first
    assert len(list(cache.parent.iterdir())) == 1


def test_another_model_in_its_place_is_measured_again(starter: dict[Engine, Model], tmp_path: Path) -> None:
    file, made = tmp_path / "model.gguf", []

    def make(threads: int) -> object:
        made.append(threads)
        return starter["language model"].make(threads)

    for content in (b"one", b"another"):
        file.write_bytes(content)
        for _ in range(2):
            times = Times({"language model": Model(file, make)}, 3, tmp_path / "threads.json")
            assert times("language model", 1) > 0
            assert times("recognizer", 1) == 0
            times.close()
    assert len(made) == 2


@pytest.mark.parametrize("content", ["", "{", "[]", '{"a": "b"}', '{"a": [1]}', "\x00"])
def test_a_broken_file_of_times_knows_nothing(starter: dict[Engine, Model], tmp_path: Path, content: str) -> None:
    cache = tmp_path / "threads.json"
    cache.write_text(content)
    assert Times(starter, 3, cache)("recognizer", 1) > 0
    assert (
        Times({"recognizer": Model(starter["recognizer"].file, lambda threads: never("recognizer", threads))}, 3, cache)("recognizer", 1)
        > 0
    )


def test_where_nothing_can_be_written_it_is_measured_all_the_same(starter: dict[Engine, Model], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    assert Times(starter, 3, tmp_path / "file" / "threads.json")("recognizer", 2) > 0


def test_a_model_that_cannot_be_loaded_says_so(tmp_path: Path) -> None:
    missing = tmp_path / "none.gguf"
    with pytest.raises(EngineUnavailable, match=r"none\.gguf"):
        measured(Model(missing, lambda threads: LlamaEngine(missing, threads=threads)), None, 4, None, tmp_path / "threads.json")


def test_engines_are_loaded_by_what_was_measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("models.load.cores", lambda: 3)

    async def work() -> list[object]:
        engines = await load()
        try:
            return [piece async for piece in engines.language_model.generate([Message("user", "hello")])]
        finally:
            await engines.close()

    assert asyncio.run(work())
    assert os.listdir(tmp_path / "parley") == ["threads.json"]
