"""Chirps through rooms that the test makes: with noise, walls, other rates, clocks that jitter, and with nothing coming back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from assistant.audio import Samples, silence
from clients.doctor.chirp import COUNT, Arrival, agreeing, chirp, found, program, starts
from clients.doctor.tape import Stream

SPEAKER_S, MICROPHONE_S = 0.05, 0.03
"""What the drivers hold, and tell."""


def stream(rate_hz: int, samples: Samples, began_s: float, device_s: float, jitter_s: float = 0.0) -> Stream:
    """Return what a driver reports that asks for 16 ms each time, some of them late by up to `jitter_s`."""
    first = np.arange(0, samples.size, round(0.016 * rate_hz))
    late_s = np.random.default_rng(0).exponential(jitter_s, first.size) if jitter_s else 0.0
    called_s = began_s + first / rate_hz
    return Stream(rate_hz, samples, first, called_s + late_s, called_s + device_s)


def through(
    delay_s: float, *, gain: float = 0.1, noise: float = 0.001, rates_hz: tuple[int, int] = (16_000, 16_000), jitter_s: float = 0.0
) -> tuple[Stream, Stream]:
    """Return what is played and what is heard in a room in which sound takes `delay_s`; a wall sends more back 15 ms later."""
    plays_hz, hears_hz = rates_hz
    played = stream(plays_hz, program(plays_hz), 100.0, SPEAKER_S, jitter_s)
    heard = np.random.default_rng(1).normal(0, noise, round(6 * hears_hz)).astype(np.float32) if noise else silence(6 * hears_hz)
    began_s = 99.8
    one = chirp(hears_hz)
    for begin in starts(plays_hz):
        left_s = 100.0 + begin / plays_hz + SPEAKER_S
        for later_s, part in ((0.0, 1.0), (0.015, 1.3)):
            at = round((left_s + delay_s + later_s - (began_s - MICROPHONE_S)) * hears_hz)
            if 0 <= at <= heard.size - one.size:
                heard[at : at + one.size] += np.float32(gain * part) * one
    return played, stream(hears_hz, heard, began_s, -MICROPHONE_S, jitter_s)


@pytest.mark.parametrize("delay_s", [0.0, 0.01, 0.123, 0.3, 0.55])
@pytest.mark.parametrize("rates_hz", [(16_000, 16_000), (48_000, 44_100)])
def test_the_delay_is_found(delay_s: float, rates_hz: tuple[int, int]) -> None:
    loop = found(*through(delay_s, rates_hz=rates_hz))
    assert loop.came_back == loop.played == COUNT
    assert loop.echo_delay_s == pytest.approx(delay_s, abs=0.0005)
    assert loop.latency_s == pytest.approx(delay_s + SPEAKER_S + MICROPHONE_S, abs=0.0005)
    assert loop.spread_s < 0.0005
    assert loop.level_db == pytest.approx(-17.7, abs=1)  # of the louder one, from the wall
    assert not loop.clipped


def test_noise_twice_as_loud_as_the_chirp_hides_nothing() -> None:
    loop = found(*through(0.1, gain=0.05, noise=0.01))
    assert loop.came_back == COUNT
    assert loop.echo_delay_s == pytest.approx(0.1, abs=0.001)


def test_callbacks_that_come_late_do_not_matter() -> None:
    loop = found(*through(0.1, jitter_s=0.01))
    assert loop.echo_delay_s == pytest.approx(0.1, abs=0.001)
    assert loop.latency_s == pytest.approx(0.1 + SPEAKER_S + MICROPHONE_S, abs=0.02)


def test_drivers_that_tell_no_times() -> None:
    played, heard = through(0.1)
    loop = found(replace(played, device_s=None), replace(heard, device_s=None))
    assert loop.echo_delay_s is None
    assert loop.latency_s == pytest.approx(0.1 + SPEAKER_S + MICROPHONE_S, abs=0.0005)


@pytest.mark.parametrize("noise", [0.0, 0.001, 0.3])
def test_nothing_comes_back_of_nothing(noise: float) -> None:
    loop = found(*through(0.1, gain=0.0, noise=noise))
    assert (loop.came_back, loop.latency_s) == (0, None)


def test_a_tone_or_a_bang_is_no_chirp() -> None:
    played, heard = through(0.1, gain=0.0)
    at_s = np.arange(heard.samples.size) / heard.rate_hz
    tone = (0.3 * np.sin(2 * np.pi * 440 * at_s)).astype(np.float32)
    bang = silence(heard.samples.size)
    bang[round(1.4 * heard.rate_hz)] = 1.0
    for sound in (tone, bang):
        assert found(played, replace(heard, samples=heard.samples + sound)).came_back == 0


def test_a_chirp_that_stutters_is_outvoted() -> None:
    times_s = [0.1, 0.4, 0.101, 0.099]
    assert [each.echo_delay_s for each in agreeing([Arrival(0.5, time_s, 1.0) for time_s in times_s])] == [0.1, 0.101, 0.099]
    assert agreeing([]) == []


def test_clipping_is_seen() -> None:
    played, heard = through(0.1)
    assert found(played, replace(heard, samples=np.clip(heard.samples * 40, -1, 1))).clipped
