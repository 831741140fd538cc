"""Speech of any length: nothing lost, nothing said twice, memory bounded."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import AsyncIterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.audio import CHUNK_S, CHUNK_SAMPLES, LISTEN_RATE_HZ, Samples, silence
from assistant.dictation import Settled, Stitcher, Window, Windower
from assistant.engines import Recognition, Word
from assistant.transcript import Segment, transcribe
from models.scripted import ScriptedDetector, ScriptedRecognizer, Vocabulary
from tests.conftest import on_virtual_time


def written(blocks: list[Samples], vocabulary: Vocabulary) -> tuple[list[Segment], ScriptedRecognizer]:
    recognizer = ScriptedRecognizer(vocabulary, pass_s=0.0)

    async def source() -> AsyncIterator[Samples]:
        for block in blocks:
            yield block
            await asyncio.sleep(0)

    async def work() -> list[Segment]:
        return [segment async for segment in transcribe(source(), ScriptedDetector(), recognizer, "en")]

    return on_virtual_time(work()), recognizer


@settings(deadline=None, max_examples=80)
@given(
    stretches=st.lists(st.tuples(st.integers(1, 60), st.floats(0.05, 3.0)), min_size=1, max_size=6),
    block=st.integers(100, 40_000),
)
def test_every_word_is_written_once(stretches: list[tuple[int, float]], block: int) -> None:
    vocabulary, count, parts = Vocabulary(), 0, [silence(3000)]
    for words, pause_s in stretches:
        parts += [vocabulary.say(" ".join(f"w{count + i}" for i in range(words))), silence(round(pause_s * LISTEN_RATE_HZ))]
        count += words
    audio = np.concatenate(parts)
    blocks = [audio[start : start + block] for start in range(0, audio.size, block)]
    segments, _ = written(blocks, vocabulary)
    assert " ".join(segment.text for segment in segments) == " ".join(f"w{i}" for i in range(count))
    for segment in segments:
        assert 0 <= segment.start_s < segment.end_s <= audio.size / LISTEN_RATE_HZ + 0.04
    for earlier, later in pairwise(segments):
        assert earlier.end_s <= later.start_s + 1e-9


@pytest.mark.parametrize("words", [23, 24, 25, 26])
def test_speech_that_ends_where_a_window_is_cut_keeps_its_last_words(words: int) -> None:
    for offset in range(0, 5120, 256):
        vocabulary = Vocabulary()
        said = " ".join(f"w{i}" for i in range(words))
        segments, _ = written([np.concatenate([silence(offset), vocabulary.say(said), silence(40_000)])], vocabulary)
        assert " ".join(segment.text for segment in segments) == said


def test_silence_gives_nothing_and_costs_no_pass() -> None:
    segments, recognizer = written([silence(100_000)], Vocabulary())
    assert segments == []
    assert recognizer.passes == 0


def test_an_hour_without_a_pause_keeps_memory_bounded() -> None:
    windower, chunk, longest = Windower(9.5), np.full(512, 0.3, np.float32), 0
    tracemalloc.start()
    for _ in range(round(3600 / 0.032)):
        for window in windower.push(chunk, 0.9):
            longest = max(longest, window.samples.size)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert longest <= 9.5 * LISTEN_RATE_HZ
    assert peak < 4_000_000


def test_a_long_window_closes_at_a_short_pause_and_a_short_one_only_at_a_long_pause() -> None:
    windower, chunk = Windower(9.5), np.full(512, 0.3, np.float32)
    closed: list[Window] = []
    for spoken, silent in ((60, 10), (110, 10)):
        for count, probability in ((spoken, 0.9), (silent, 0.0)):
            for _ in range(count):
                closed += windower.push(chunk, probability)
    assert len(closed) == 1
    assert closed[0].speech_end_s == pytest.approx(180 * 0.032)
    assert not closed[0].cut


def test_a_window_may_be_forgotten() -> None:
    windower = Windower(9.5)
    for _ in range(5):
        windower.push(silence(512), 0.9)
    windower.forget()
    assert windower.open is None
    assert windower.finish() == []


def test_a_recognizer_with_hardly_a_window_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        Windower(2.0)


def test_a_cut_window_with_few_or_slow_words_keeps_them_all() -> None:
    stitcher = Stitcher()
    window = Window(silence(7 * LISTEN_RATE_HZ), 0.0, 7.0, cut=True)
    few = Recognition("one two", "en", (Word("one", 0, 1), Word("two", 1, 7)))
    assert stitcher.settle(few, window).text == "one two"
    slow = Recognition("a b c d", "en", (Word("a", 0, 1), Word("b", 1, 2), Word("c", 4, 5), Word("d", 6, 7)))
    assert stitcher.settle(slow, window) == Settled("a b c d", 7.0, slow.words)
    assert stitcher.lead(window) is window


def test_a_window_given_away_stays_as_it_was() -> None:
    windower = Windower(most_s=5)
    chunks = np.random.default_rng(0).normal(0, 0.1, (600, CHUNK_SAMPLES)).astype(np.float32)
    given: list[tuple[Samples, Samples]] = []
    for number, chunk in enumerate(chunks):
        windows = windower.push(chunk, 0.9 if number % 100 < 70 else 0.0)
        if number % 7 == 0 and windower.open is not None:
            windows.append(windower.open)
        if number % 150 == 149:
            windower.forget()
        given += [(window.samples, window.samples.copy()) for window in windows]
    assert len(given) > 50
    assert all(np.array_equal(now, then) for now, then in given)


def test_a_trimmed_window_begins_later_and_loses_nothing_behind() -> None:
    windower = Windower(9.5)
    chunks = [np.full(CHUNK_SAMPLES, number, np.float32) for number in range(40)]
    for chunk in chunks:
        windower.push(chunk, 0.9)
    before = windower.open
    windower.trim(10.5 * CHUNK_S)
    window = windower.open
    assert before is not None
    assert window is not None
    assert window.start_s == pytest.approx(10 * CHUNK_S)
    np.testing.assert_array_equal(window.samples, np.concatenate(chunks[10:]))
    np.testing.assert_array_equal(before.samples, np.concatenate(chunks))  # who has it may still be at work
    windower.trim(0.0)
    windower.trim(99.0)
    assert windower.open is not None
    assert windower.open.start_s == window.start_s


@pytest.mark.parametrize(("gap_s", "windows"), [(0.64, 2), (1.4, 1)])
def test_a_pause_closes_a_window_only_if_it_is_long_enough(gap_s: float, windows: int) -> None:
    windower, speech, pause = Windower(9.5, gap_s), [0.9] * 30, [0.0] * 30
    chunk = np.zeros(CHUNK_SAMPLES, np.float32)
    closed = [window for p in (*speech, *pause, *speech) for window in windower.push(chunk, p)] + windower.finish()
    assert len(closed) == windows
