from __future__ import annotations

import numpy as np
import pytest
import soxr

from assistant.audio import Samples, silence
from clients.desktop.resampler import Resampler


def tone(rate_hz: int, seconds: float = 0.5) -> Samples:
    return np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate_hz)) / rate_hz).astype(np.float32)


def through(resampler: Resampler, samples: Samples, rate_hz: int, block: int) -> Samples:
    blocks = [samples[start : start + block] for start in range(0, samples.size, block)]
    return np.concatenate([*(resampler.push(part, rate_hz) for part in blocks), resampler.flush()])


@pytest.mark.parametrize(("from_hz", "to_hz"), [(22_050, 48_000), (48_000, 16_000), (44_100, 16_000)])
@pytest.mark.parametrize("block", [1, 160, 1411, 100_000])
def test_edges_between_parts_leave_no_trace(from_hz: int, to_hz: int, block: int) -> None:
    samples = tone(from_hz, 0.1 if block == 1 else 0.5)
    found = through(Resampler(to_hz), samples, from_hz, block)
    whole = soxr.resample(samples, from_hz, to_hz)
    assert abs(found.size - whole.size) <= 1
    size = min(found.size, whole.size)
    np.testing.assert_allclose(found[:size], whole[:size], atol=1e-4)


def test_the_same_rate_passes_untouched() -> None:
    samples = tone(16_000)
    resampler = Resampler(16_000)
    assert resampler.push(samples, 16_000) is samples
    assert resampler.flush().size == 0


def test_a_change_of_rate_loses_nothing() -> None:
    resampler = Resampler(16_000)
    found = [resampler.push(tone(rate_hz), rate_hz) for rate_hz in (22_050, 16_000, 48_000, 22_050)] + [resampler.flush()]
    assert abs(sum(part.size for part in found) - 4 * 8000) <= 4


def test_takes_every_second_sample_of_something_larger() -> None:
    both = np.repeat(tone(48_000), 2).reshape(-1, 2)
    assert Resampler(16_000).push(both[:, 0], 48_000).size > 0


def test_nothing_in_nothing_out() -> None:
    resampler = Resampler(16_000)
    assert resampler.push(silence(0), 48_000).size == 0
    assert resampler.flush().size == 0
    assert resampler.flush().size == 0
