"""A chirp, and where it comes back: by cross-correlation, which finds it below noise and behind echoes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.audio import Samples, silence
from clients.doctor.tape import Stream

LOUD = 0.3
CHIRP_S, LOW_HZ, HIGH_HZ = 0.1, 500.0, 4000.0
"""What every small speaker plays and every microphone hears, a telephone's as well."""

LEAD_S, EVERY_S, COUNT = 0.8, 0.9, 4
"""Silence before the first one, in which a sleeping device wakes up; from one to the next; how many."""

BEFORE_S, AFTER_S = 0.05, 0.7
"""Where each is looked for, around the time at which it leaves the speaker: no driver is further beside the truth."""

CLEAR = 8.0
"""How far it must stand out: the largest of 12,000 values of noise is five times as large as they are on average."""

FAINT = 1e-6
"""What is left of digital silence in such a computation is less."""

DIRECT = 0.5
"""Part of the highest peak that an earlier one must have to be the direct way: a wall may send back more than arrives straight."""

AGREE_S = 0.01
"""Chirps that come back at the same time, by so much, are believed."""


@dataclass(frozen=True)
class Loop:
    """The way from the speaker to the microphone, as it was found."""

    played: int
    came_back: int
    latency_s: float | None = None
    """From handing a sample to the speaker's driver until the microphone's brings it: the median."""
    echo_delay_s: float | None = None
    """The part of it that no driver tells: from when the speaker is said to sound until the microphone is said to hear it."""
    spread_s: float = 0.0
    """Between the shortest and the longest time that one took."""
    level_db: float | None = None
    """How loud it came back, beside what was played."""
    clipped: bool = False


def chirp(rate_hz: int) -> Samples:
    """Return one, a sweep that rises and fades softly."""
    count = round(CHIRP_S * rate_hz)
    at_s = np.arange(count) / rate_hz
    phase = 2 * np.pi * (LOW_HZ * at_s + (HIGH_HZ - LOW_HZ) / (2 * CHIRP_S) * at_s**2)
    found: Samples = (LOUD * np.hanning(count) * np.sin(phase)).astype(np.float32)
    return found


def starts(rate_hz: int) -> list[int]:
    """Return the sample at which each chirp begins."""
    return [round((LEAD_S + number * EVERY_S) * rate_hz) for number in range(COUNT)]


def program(rate_hz: int) -> Samples:
    """Return all that is played."""
    sound = silence(round((LEAD_S + COUNT * EVERY_S) * rate_hz))
    one = chirp(rate_hz)
    for begin in starts(rate_hz):
        sound[begin : begin + one.size] = one
    return sound


def found(played: Stream, heard: Stream) -> Loop:
    """Return when the chirps that went through the speaker came out of the microphone."""
    arrivals = [each for begin in starts(played.rate_hz) if (each := _arrival(played, begin, heard))]
    believed = agreeing(arrivals)
    if len(believed) < 2:
        return Loop(COUNT, 0)
    latencies_s = [arrival.latency_s for arrival in believed]
    told_s = [arrival.echo_delay_s for arrival in believed if arrival.echo_delay_s is not None]
    return Loop(
        COUNT, len(believed), float(np.median(latencies_s)), float(np.median(told_s)) if told_s else None,
        max(each.steady_s for each in believed) - min(each.steady_s for each in believed), float(20 * np.log10(np.median([arrival.gain for arrival in believed]))),
        bool(np.max(np.abs(heard.samples)) > 0.99),
    )  # fmt: skip


@dataclass(frozen=True)
class Arrival:
    """One chirp that came back."""

    latency_s: float
    echo_delay_s: float | None
    gain: float

    @property
    def steady_s(self) -> float:
        """The time that does not depend on when this process got its turn, if the drivers tell that."""
        return self.latency_s if self.echo_delay_s is None else self.echo_delay_s


def agreeing(arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Return those around which most others came back after the same time."""
    groups = [[other for other in arrivals if abs(other.steady_s - each.steady_s) <= AGREE_S] for each in arrivals]
    return max(groups, key=len, default=[])


def _arrival(played: Stream, begin: int, heard: Stream) -> Arrival | None:
    left_s = played.time_s(begin, played.called_s if played.device_s is None else played.device_s)
    zero_s = heard.time_s(0, heard.called_s if heard.device_s is None else heard.device_s)
    earliest = round((left_s - BEFORE_S - zero_s) * heard.rate_hz)
    latest = round((left_s + AFTER_S - zero_s) * heard.rate_hz)
    window = heard.samples[max(earliest, 0) : max(latest, 0)]
    place = first_in(window, chirp(heard.rate_hz))
    if place is None:
        return None
    at, gain = max(earliest, 0) + place[0], place[1]
    latency_s = heard.time_s(at, heard.called_s) - played.time_s(begin, played.called_s)
    if played.device_s is None or heard.device_s is None:
        return Arrival(latency_s, None, gain)
    return Arrival(latency_s, heard.time_s(at, heard.device_s) - played.time_s(begin, played.device_s), gain)


def first_in(window: Samples, wanted: Samples) -> tuple[int, float] | None:
    """Return where `wanted` first begins in `window`, and how loud, 1 being as it is; None if it does not stand out."""
    if window.size < 2 * wanted.size:
        return None
    size = window.size + wanted.size
    product = np.fft.rfft(window, size) * np.conj(np.fft.rfft(wanted, size))
    likeness: NDArray[np.float64] = np.abs(np.fft.irfft(product, size)[: window.size - wanted.size + 1])
    peak = float(likeness.max())
    if peak < FAINT:
        return None
    others = likeness[likeness < DIRECT * peak]
    if not others.size or peak <= CLEAR * float(np.sqrt(np.mean(np.square(others)))):
        return None
    high = int(np.argmax(likeness >= DIRECT * peak))
    near = round(wanted.size / (CHIRP_S * HIGH_HZ))
    at = high + int(np.argmax(likeness[high : high + near]))
    return at, peak / float(np.sum(np.square(wanted, dtype=np.float64)))
