"""The moments of an utterance: which silences count, and what is known at each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from math import inf

import numpy as np
import pytest

from assistant.audio import CHUNK_S, LISTEN_RATE_HZ, silence
from clients.bench.room import recording
from models.load import load
from models.starter.recipe.moments import Moment, moments, silences
from models.starter.recipe.pauses import Paused


def heard(*stretches: tuple[float, int], end: int) -> list[tuple[int, float]]:
    """Return the silences in stretches of (probability, chunks), in chunks; speech ends at chunk `end`."""
    found = silences([probability for probability, count in stretches for _ in range(count)], end * CHUNK_S)
    return [(round(one.begins_s / CHUNK_S), one.ends_s if one.ends_s == inf else round(one.ends_s / CHUNK_S)) for one in found]


def test_each_silence_is_found_however_long() -> None:
    assert heard((0.0, 5), (0.9, 20), (0.0, 10), (0.9, 20), (0.0, 60), (0.9, 10), (0.0, 60), end=125) == [(25, 35), (55, 115), (125, inf)]


def test_a_gap_that_is_no_pause_does_not_count() -> None:
    assert heard((0.9, 20), (0.0, 4), (0.9, 20), (0.0, 60), end=44) == [(44, inf)]


def test_what_sounds_like_speech_behind_the_end_does_not_count() -> None:
    assert heard((0.9, 20), (0.0, 20), (0.9, 5), (0.0, 30), end=20) == [(20, inf)]
    assert heard((0.9, 20), (0.0, 20), (0.9, 60), end=21) == [(20, inf)]


def test_an_end_that_is_not_heard() -> None:
    assert heard((0.9, 80), end=40) == []


@pytest.fixture(scope="module")
def found() -> list[Moment]:
    first, second = recording("five-minutes"), recording("miles")
    pause = silence(LISTEN_RATE_HZ)
    samples = np.concatenate([first, pause, second, silence(2 * LISTEN_RATE_HZ)])
    end_s = (first.size + pause.size + second.size) / LISTEN_RATE_HZ - 0.3  # each recording has so much quiet around it

    async def spoken() -> AsyncGenerator[Paused, None]:
        yield Paused("", "", samples, (0.0, 0.0), end_s)

    async def listen() -> list[list[Moment]]:
        engines = await load(["en"], speaks=[])
        try:
            return [one async for one in moments(spoken(), engines)]
        finally:
            await engines.close()

    [one] = asyncio.run(listen())
    return one


def test_the_real_engines_tell_what_was_said_so_far(found: list[Moment]) -> None:
    inside, end = found
    assert (inside.complete, end.complete) == (False, True)
    assert 1.5 < inside.silence_s < 2.1  # a second, and the quiet around each recording
    assert end.silence_s == inf
    assert inside.late_s == 0
    assert abs(end.late_s) < 0.2
    assert inside.text.startswith("Set a timer for five minutes")
    assert "kilometers" in end.text
    for moment in found:
        assert 0 < moment.anticipated < 1
        assert moment.turn is None
        assert moment.took_s > 0
