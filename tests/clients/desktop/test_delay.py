from __future__ import annotations

import numpy as np
import pytest

from assistant.audio import LISTEN_RATE_HZ, Samples, silence
from clients.bench.acoustics import Acoustics, Place
from clients.desktop.delay import DelayTracker

NOISE = np.random.default_rng(1).standard_normal(20 * LISTEN_RATE_HZ).astype(np.float32) * np.float32(0.1)


def follow(tracker: DelayTracker, played: Samples, heard: Samples) -> list[float]:
    found = [tracker.push(played[at : at + 512], heard[at : at + 512]) for at in range(0, played.size - 511, 512)]
    return [delay for delay in found if delay is not None]


def test_knows_nothing_while_nothing_is_played() -> None:
    tracker = DelayTracker()
    assert follow(tracker, silence(LISTEN_RATE_HZ), NOISE[:LISTEN_RATE_HZ]) == []
    assert tracker.delay_s is None
    assert tracker.drift_ppm is None


def test_finds_nothing_where_nothing_is_heard() -> None:
    assert follow(DelayTracker(), NOISE[: 2 * LISTEN_RATE_HZ], silence(2 * LISTEN_RATE_HZ)) == []


def test_finds_nothing_in_noise_of_somebody_else() -> None:
    assert follow(DelayTracker(), NOISE[: 5 * LISTEN_RATE_HZ], NOISE[5 * LISTEN_RATE_HZ : 10 * LISTEN_RATE_HZ]) == []


@pytest.mark.parametrize("delay_s", [-0.05, 0.0, 0.02, 0.15, 0.3, 0.4])
@pytest.mark.parametrize("level", [1.0, 0.03])
def test_finds_the_delay_within_a_second(delay_s: float, level: float) -> None:
    shift = round(delay_s * LISTEN_RATE_HZ)
    begin = LISTEN_RATE_HZ
    played, heard = NOISE[begin : 3 * begin], level * NOISE[begin - shift : 3 * begin - shift]
    found = follow(DelayTracker(), played, heard)
    assert len(found) >= 4
    assert found == pytest.approx([delay_s] * len(found), abs=1e-4)


@pytest.mark.parametrize("drift_ppm", [-200.0, 0.0, 200.0])
def test_tells_the_drift(drift_ppm: float) -> None:
    room, tracker = Acoustics(Place(-10.0, 0.1, 0.3, drift_ppm, seed=2)), DelayTracker()
    room.play(NOISE, LISTEN_RATE_HZ)
    rest, pairs = silence(0), []
    while room.waiting_s:
        played, heard = room.step(silence(512))
        rest = np.concatenate([rest, played])
        pairs.append((rest[:512], heard))  # as many of the one as of the other: the speaker's faster clock makes the delay shorter
        rest = rest[512:] if rest.size >= 512 else silence(0)
    for played, heard in pairs:
        if played.size == heard.size:
            tracker.push(played, heard)
    assert tracker.drift_ppm == pytest.approx(-drift_ppm, abs=40)


def test_signals_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="give as many of both"):
        DelayTracker().push(silence(10), silence(11))
