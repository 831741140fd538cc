"""The microphone: what it hears, at 16 kHz, as an async iterator."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Any

from assistant.audio import CHUNK_S, LISTEN_RATE_HZ, Samples
from clients.desktop.devices import LOST_S, STEP_S, Device, gone, open_stream, start
from clients.desktop.resampler import Resampler
from clients.desktop.ring import Ring

BLOCK_S = CHUNK_S
"""Audio a callback brings: one chunk of the detector, which can do nothing with less."""

LATENCY_S = 0.06
"""What the driver may hold, in seconds: it covers the moments in which Python runs something else."""

KEPT_S = 10.0
"""Audio kept for a program that does not fetch it, in seconds; what comes after is lost."""


class Microphone:
    """Runs inside `with`; each step of the iterator gives all that was heard since the one before.

    The callback, on PortAudio's thread, copies into a ring and wakes the event loop.
    """

    def __init__(self, device: Device) -> None:
        self._device = device
        self._loop = asyncio.get_running_loop()
        self._came = asyncio.Event()
        self._ended = False
        self._resampler = Resampler(LISTEN_RATE_HZ)
        self.overflows = 0
        """Times that audio was lost: in the driver, or because it was not fetched in time."""

    def __enter__(self) -> Microphone:
        self._stream, self._rate_hz = open_stream(
            "microphone", self._device, LISTEN_RATE_HZ, block_s=BLOCK_S, latency_s=LATENCY_S, callback=self._take, ended=self._end
        )
        self._ring = Ring(round(KEPT_S * self._rate_hz))
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
        """Wait for the next samples.

        Raises:
            InputError: the device is gone.
        """
        while True:
            self._came.clear()
            if self._ring.waiting:
                if (heard := self._resampler.push(self._ring.read(), self._rate_hz)).size:
                    return heard
            elif self._ended:
                raise gone("microphone", self._device)
            else:
                await self._something()

    async def _something(self) -> None:
        for _ in range(round(LOST_S / STEP_S)):
            with suppress(TimeoutError):
                async with asyncio.timeout(STEP_S):
                    await self._came.wait()
            if self._ring.waiting or self._came.is_set():
                return
        raise gone("microphone", self._device)

    # --- on PortAudio's threads ----------------------------------------------------------------------------------------

    def _take(self, data: Any, count: int, _time: Any, status: Any) -> None:
        if self._ring.write(data[:, 0]) < count or status.input_overflow:
            self.overflows += 1
        self._loop.call_soon_threadsafe(self._came.set)

    def _end(self) -> None:
        self._ended = True
        self._loop.call_soon_threadsafe(self._came.set)
