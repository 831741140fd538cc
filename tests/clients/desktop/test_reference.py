from __future__ import annotations

import numpy as np
import pytest

from assistant.audio import LISTEN_RATE_HZ
from clients.desktop.reference import FREE_S, SPARE_S, Reference
from clients.desktop.varispeed import Varispeed

SPARE = round(SPARE_S * LISTEN_RATE_HZ)
TONE = np.sin(2 * np.pi * 1000 * np.arange(60 * LISTEN_RATE_HZ) / LISTEN_RATE_HZ).astype(np.float32)


def test_is_silent_before_anything_is_played() -> None:
    assert not Reference().read(512).any()


def test_what_is_paired_stays_so() -> None:
    reference, out = Reference(), []
    for at in range(0, 10 * LISTEN_RATE_HZ, 512):
        reference.write(TONE[at : at + 512])
        out.append(reference.read(512))
    got = np.concatenate(out)
    np.testing.assert_array_equal(got[SPARE:], TONE[: got.size - SPARE])
    assert (reference.pace, reference.gaps) == (1.0, 0)


@pytest.mark.parametrize("drift_ppm", [-300, -50, 50, 300])
def test_another_clock_costs_no_samples_and_no_gaps(drift_ppm: int) -> None:
    reference, written = Reference(), 0
    for step in range(1, 30 * 60 * 31):
        due = round(step * 512 * (1 + drift_ppm * 1e-6)) + 256
        reference.write(TONE[: due - written])
        written = due
        reference.read(512)
    assert reference.gaps == 0
    assert 0 <= reference.lead_s < 0.016 + FREE_S + SPARE_S
    assert (reference.pace - 1) * 1e6 == pytest.approx(drift_ppm, abs=30)


def test_blocks_that_come_late_make_everything_later_once() -> None:
    reference = Reference()
    reference.write(TONE[:512])
    reference.read(512)
    reference.read(512)  # nothing came
    assert reference.gaps == 1
    reference.write(TONE[512:2048])
    for _ in range(2):
        reference.read(512)
    assert reference.gaps == 1


def test_samples_between_samples_are_the_signals_own() -> None:
    line = Varispeed()
    line.write(TONE[:20_000])
    got = line.read(16_000, 1.0005)
    wanted = np.sin(2 * np.pi * 1000 * np.arange(16_000) * 1.0005 / LISTEN_RATE_HZ)
    assert np.max(np.abs(got - wanted)[100:]) < 0.005


def test_what_is_missing_is_said() -> None:
    line = Varispeed()
    assert line.missing(100) > 0
    with pytest.raises(ValueError, match="missing; write them first"):
        line.read(100)
