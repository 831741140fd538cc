"""The paused utterances: the pause is where it is said to be, noise goes on in it, and the halves share nothing."""

from __future__ import annotations

import asyncio
import random
from itertools import islice

import numpy as np
import pytest

from assistant.audio import LISTEN_RATE_HZ, Samples
from assistant.errors import InputError
from models.starter.recipe import pauses
from models.starter.recipe.pauses import Paused, paused_speech, stretched, texts

COUNT = 12


async def _made(count: int, seed: int) -> list[Paused]:
    return [paused async for paused in paused_speech("test", count, seed)]


@pytest.fixture(scope="module")
def made() -> list[Paused]:
    return asyncio.run(_made(COUNT, 1))


def level(samples: Samples, begins_s: float, ends_s: float) -> float:
    part = samples[round(begins_s * LISTEN_RATE_HZ) : round(ends_s * LISTEN_RATE_HZ)]
    return float(np.sqrt(np.mean(part**2)))


def test_the_same_seed_gives_the_same_samples(made: list[Paused]) -> None:
    again = asyncio.run(_made(3, 1))
    assert [paused.text for paused in again] == [paused.text for paused in made[:3]]
    for first, second in zip(made, again, strict=False):
        np.testing.assert_array_equal(first.samples, second.samples)
    assert asyncio.run(_made(1, 2))[0].text != made[0].text


def test_a_pause_lies_inside_and_speech_ends_where_it_is_said(made: list[Paused]) -> None:
    for paused in made:
        begins_s, ends_s = paused.pause_s
        speech = max(level(paused.samples, begins_s - 0.3, begins_s), level(paused.samples, paused.end_s - 0.3, paused.end_s))
        behind = level(paused.samples, paused.end_s, paused.samples.size / LISTEN_RATE_HZ)
        assert 0 < behind < speech / 2  # noise goes on
        assert paused.samples.size / LISTEN_RATE_HZ == pytest.approx(paused.end_s + pauses.TAIL_S)
        assert 0.05 < np.abs(paused.samples).max() <= 1
        if paused.before:
            assert paused.text.startswith(f"{paused.before} ")
            assert pauses.PAUSE_S[0] <= ends_s - begins_s + 1e-3 <= pauses.PAUSE_S[1] + 2e-3
            assert 0 < level(paused.samples, begins_s, ends_s) < speech / 2
    assert sum(bool(paused.before) for paused in made) > COUNT / 2


def test_the_halves_share_no_text() -> None:
    for language in ("en", "es"):
        dev, test = ({*islice(texts(half, language, random.Random(0)), 600)} for half in ("dev", "test"))
        assert dev.isdisjoint(test)


def test_more_than_there_is_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pauses, "texts", lambda half, lang, rng: iter(["Stop.", "Go on."]))
    with pytest.raises(InputError, match="only 2 utterances to listen to, not 3"):
        list(pauses.PausedSpeech().utterances("dev", 3, 0))


def test_drawn_out_sound_keeps_its_pitch() -> None:
    at_s = np.arange(LISTEN_RATE_HZ // 2) / LISTEN_RATE_HZ
    tone = np.sin(2 * np.pi * 200 * at_s).astype(np.float32)
    for factor in (1.2, 1.5, 1.8):
        long = stretched(tone, factor)
        assert long.size == pytest.approx(factor * tone.size, rel=0.05)
        middle = long[long.size // 4 : 3 * long.size // 4]
        loudest = np.fft.rfftfreq(middle.size, 1 / LISTEN_RATE_HZ)[np.abs(np.fft.rfft(middle)).argmax()]
        assert loudest == pytest.approx(200, abs=5)
        assert np.abs(middle).max() == pytest.approx(1, abs=0.05)
    assert stretched(tone[:700], 1.5).size == 700  # too short to tell its pitch
