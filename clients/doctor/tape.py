"""What went through a device, sample by sample, with the times that its driver tells."""

from __future__ import annotations

import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.audio import LISTEN_RATE_HZ, Samples, silence
from clients.desktop import microphone, speaker
from clients.desktop.devices import LATENCY_S, Device, DeviceGone, Kind, open_stream, start

LOST_S = 3.0
"""Seconds that a device may take to do what it was asked for, beyond the time it takes to sound."""

NEAR_S = 0.5
"""Blocks within so many seconds tell the time of a sample: their median does not mind one that came late."""


@dataclass(frozen=True)
class Stream:
    """What a device played or heard."""

    rate_hz: int
    samples: Samples
    first: NDArray[np.int64]
    """The number of the first sample of each block; shape (n,)."""
    called_s: NDArray[np.float64]
    """When the driver asked for each block, or brought it, on the monotonic clock; shape (n,)."""
    device_s: NDArray[np.float64] | None
    """When its first sample leaves the speaker or reached the microphone, as the driver tells; None where it does not."""

    def time_s(self, sample: int, of_blocks: NDArray[np.float64]) -> float:
        """Return the time of one sample by the times `of_blocks`, on the same clock."""
        near = np.abs(self.first - sample) <= NEAR_S * self.rate_hz
        return float(np.median((of_blocks - self.first / self.rate_hz)[near])) + sample / self.rate_hz


class Tape:
    """Runs inside `with`, and plays the samples it was given, or records as many. The callback only copies and notes the time."""

    def __init__(self, kind: Kind, device: Device, seconds: float) -> None:
        self._kind, self._device, self._seconds = kind, device, seconds
        self._ended = False
        self._done = self._blocks = 0

    def __enter__(self) -> Tape:
        side = microphone if self._kind == "microphone" else speaker
        self._stream, self.rate_hz = open_stream(
            self._kind, self._device, LISTEN_RATE_HZ,
            block_s=side.BLOCK_S, latency_s=LATENCY_S, callback=self._take if side is microphone else self._give, ended=self._end,
        )  # fmt: skip
        self.samples = silence(round(self._seconds * self.rate_hz))
        most = 2 * round(self._seconds / side.BLOCK_S) + 100
        self._first = np.zeros(most, np.int64)
        self._times = np.zeros((most, 2), np.float64)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stream.close(ignore_errors=True)

    def start(self) -> None:
        """Let it run.

        Raises:
            InputError: the device does not start.
        """
        start(self._kind, self._device, self._stream)

    def wait(self) -> Stream:
        """Return what went through once it is all there.

        Raises:
            InputError: the device stopped, or takes far longer than the sound does.
        """
        end_s = time.monotonic() + self._seconds + LOST_S
        while self._done < self.samples.size:
            if self._ended or time.monotonic() > end_s:
                raise DeviceGone(self._kind, self._device)
            time.sleep(0.02)
        called_s, ahead_s = self._times[: self._blocks].T
        told = bool(np.any(ahead_s))
        return Stream(self.rate_hz, self.samples, self._first[: self._blocks], called_s, called_s + ahead_s if told else None)

    # --- on PortAudio's threads ----------------------------------------------------------------------------------------

    def _take(self, data: Any, count: int, times: Any, _status: Any) -> None:
        self._note(times.inputBufferAdcTime, times.currentTime)
        wanted = min(count, self.samples.size - self._done)
        self.samples[self._done : self._done + wanted] = data[:wanted, 0]
        self._done += wanted

    def _give(self, out: Any, count: int, times: Any, _status: Any) -> None:
        self._note(times.outputBufferDacTime, times.currentTime)
        there = min(count, self.samples.size - self._done)
        out[:there, 0] = self.samples[self._done : self._done + there]
        out[there:] = 0
        self._done += there

    def _note(self, device_s: float, now_s: float) -> None:
        if self._done < self.samples.size and self._blocks < len(self._first):
            self._first[self._blocks] = self._done
            self._times[self._blocks] = time.monotonic(), device_s - now_s if device_s else 0.0
            self._blocks += 1

    def _end(self) -> None:
        self._ended = True
