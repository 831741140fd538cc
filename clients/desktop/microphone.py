"""The microphone: what it hears, at 16 kHz, as an async iterator."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from math import ceil
from types import TracebackType
from typing import Any

from assistant.audio import CHUNK_SAMPLES, LISTEN_RATE_HZ, Samples, silence
from clients.desktop.devices import LATENCY_S, LOOK_S, LOST_S, STOPPED_S, Device, DeviceGone, open_stream, start
from clients.desktop.resampler import Resampler
from clients.desktop.ring import Ring

BLOCK_S = 0.008
"""Audio a callback brings: a block of the echo canceller, four of which are a chunk of the detector. Twice as much, here and for the speaker, saves
a percent of a core, and answers come 35 ms later."""

KEPT_S = 10.0
"""Audio kept for a program that does not fetch it, in seconds; what comes after is lost."""

FRESH_S = 0.25
"""Sound that is no older than this when it comes is from after a stop."""


class Microphone:
    """Runs inside `with`; each step of the iterator gives all that was heard since the one before, after `LOOK_S` at the latest.

    The callback, on PortAudio's thread, copies into a ring, and wakes the event loop when that completes a chunk: nobody can use less.
    What the driver kept while the process was stopped is left out.
    """

    def __init__(self, device: Device, *, latency_s: float = LATENCY_S) -> None:
        """Prepare; entering opens the device, whose driver may hold sound for `latency_s`."""
        self._device, self._wanted_s = device, latency_s
        self._loop = asyncio.get_running_loop()
        self._came = asyncio.Event()
        self._ended = False
        self._resampler = Resampler(LISTEN_RATE_HZ)
        self._silent = 0  # steps without a callback
        self._late_s = 0.0  # how much of what comes is from before a stop, at most
        self.overflows = 0
        """Times that audio was lost: in the driver, or because it was not fetched in time."""

    def __enter__(self) -> Microphone:
        self._stream, self._rate_hz = open_stream(
            "microphone", self._device, LISTEN_RATE_HZ, block_s=BLOCK_S, latency_s=self._wanted_s, callback=self._take, ended=self._end
        )
        self._ring = Ring(round(KEPT_S * self._rate_hz))
        self._heard = 0
        self._due = self._lacking()
        self._now_s = self._stream.time  # on the stream's clock: the last callback
        start("microphone", self._device, self._stream)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stream.close(ignore_errors=True)

    @property
    def latency_s(self) -> float:
        """From a sound to the samples that hold it, as PortAudio tells it."""
        return float(self._stream.latency)

    def __aiter__(self) -> Microphone:
        return self

    async def __anext__(self) -> Samples:
        """Wait for the next samples, for `LOOK_S` at most.

        Raises:
            DeviceGone: it is.
        """
        self._came.clear()
        if self._ring.waiting < self._due and not self._ended:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._came.wait()
        if self._ring.waiting:
            self._silent = 0
            heard = self._resampler.push(self._ring.read(), self._rate_hz)
            self._heard += heard.size
            self._due = self._lacking()
            return heard
        self._silent = 0 if self._came.is_set() else self._silent + 1
        if self._ended or self._silent * LOOK_S >= LOST_S:
            raise DeviceGone("microphone", self._device)
        return silence(0)

    def _lacking(self) -> int:
        """Return the device's samples, at least one, that a chunk lacks."""
        return ceil((CHUNK_SAMPLES - self._heard % CHUNK_SAMPLES) * self._rate_hz / LISTEN_RATE_HZ)

    # --- on PortAudio's threads ----------------------------------------------------------------------------------------

    def _take(self, data: Any, count: int, time: Any, status: Any) -> None:
        stood_s, self._now_s = time.currentTime - self._now_s, time.currentTime
        if stood_s > STOPPED_S:
            self._late_s = stood_s
        if self._late_s > 0 and time.currentTime - time.inputBufferAdcTime > FRESH_S:
            self._late_s -= count / self._rate_hz
        elif self._late_s > 0:
            self._late_s = 0.0
            self._ring.write(data[:, 0])
        elif self._ring.write(data[:, 0]) < count or status.input_overflow:
            self.overflows += 1
        if self._ring.waiting >= self._due and not self._came.is_set():  # which is cleared before it is looked whether something is there
            self._loop.call_soon_threadsafe(self._came.set)

    def _end(self) -> None:
        self._ended = True
        self._loop.call_soon_threadsafe(self._came.set)
