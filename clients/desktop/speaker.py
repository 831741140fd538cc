"""The speaker: plays what it is given without gaps, and tells when that begins and ends to be heard."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from math import inf
from types import TracebackType
from typing import Any

from assistant.audio import LISTEN_RATE_HZ, Samples
from clients.desktop.devices import LATENCY_S, LOOK_S, LOST_S, STOPPED_S, Device, DeviceGone, open_stream, start
from clients.desktop.resampler import Resampler
from clients.desktop.ring import Ring

BLOCK_S = 0.01
"""Audio that a callback hands over: the longest that a reply waits to begin, or a cleared one to end."""

RING_S = 10.0
"""Audio within the callback's reach, in seconds: so long may the event loop stand still."""

REFILL_S = 0.05
"""How often a longer reply fills up the ring, in seconds."""

HELD_S, EXCUSED_S = 0.5, 1.0
"""After a standstill nothing is played for so long, until somebody has looked whether it is still to be heard; and for so long the
driver's complaints are no fault of ours."""


def _nothing() -> None:
    pass


class Speaker:
    """Runs inside `with`; all that is public belongs to the event loop's thread.

    The callback, on PortAudio's thread, copies from a ring and tells the loop when it finds the first samples and when it
    finds no more. `clear` makes a new ring, so that what was told of the old one is void.
    """

    def __init__(
        self,
        device: Device,
        rate_hz: int,
        *,
        latency_s: float = LATENCY_S,
        started: Callable[[], None] = _nothing,
        drained: Callable[[], None] = _nothing,
    ) -> None:
        """Prepare; entering opens the device.

        Args:
            device: from `find`.
            rate_hz: the rate to ask the device for; what is played at another rate is resampled.
            latency_s: what the driver may hold.
            started: called when the first sample is heard, and again after each `drained`.
            drained: called when the last sample was heard; not after a `clear`.
        """
        self._device, self._wanted_hz, self._wanted_s = device, rate_hz, latency_s
        self._started, self._drained = started, drained
        self._loop = asyncio.get_running_loop()
        self._backlog: deque[Samples] = deque()
        self._timers: dict[Callable[[], None], asyncio.TimerHandle] = {}
        self._sounding = self._begun = self._ended = False
        self._told: Ring | None = None
        self._alive_s = self._alive_seen_s = self._checked_s = self._loop.time()  # the last callback, and the last look at it
        self._still_s = 0.0
        self._stood_s, self._since_s = -inf, -inf  # from when to when there was no callback for longer than `STOPPED_S`
        self._changed = asyncio.Event()
        self._given: Ring | None = None
        self.level = 1.0
        """How loud, in [0, 1]: less while somebody speaks into a reply."""
        self.underflows = 0
        """Times that the driver ran dry because the callback came too late."""

    def __enter__(self) -> Speaker:
        self._stream, self._rate_hz = open_stream(
            "speaker", self._device, self._wanted_hz, block_s=BLOCK_S, latency_s=self._wanted_s, callback=self._give, ended=self._end
        )
        self._begin_anew()
        start("speaker", self._device, self._stream)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stream.close(ignore_errors=True)
        for do in list(self._timers):
            self._cancel(do)

    @property
    def latency_s(self) -> float:
        """From the callback to the ear, as PortAudio tells it."""
        return float(self._stream.latency)

    @property
    def sounding(self) -> bool:
        """Whether something is to be heard, now or soon: from `play` until its last sample left the device."""
        return self._sounding

    def play(self, samples: Samples, rate_hz: int) -> None:
        """Queue samples behind what is there."""
        self._queue(self._resampler.push(samples, rate_hz))

    def finish(self) -> None:
        """Queue what resampling holds back until more comes: there will be no more."""
        self._queue(self._resampler.flush())

    def clear(self) -> None:
        """Forget what is not played yet; the last sound is heard `BLOCK_S` and the device's latency later."""
        self._begin_anew()
        for do in list(self._timers):
            self._cancel(do)
        if self._sounding:
            self._call_later(self.latency_s + BLOCK_S, self._fall_silent)

    def tap(self) -> None:
        """Keep from now on what the device is given."""
        self._tapped = Resampler(LISTEN_RATE_HZ)
        self._given = Ring(round(RING_S * self._rate_hz))

    def given(self) -> Samples:
        """Return what the device was given since the last time, silence too, at 16 kHz; call `tap` first."""
        assert self._given is not None
        return self._tapped.push(self._given.read(), self._rate_hz)

    @property
    def alive_s(self) -> float:
        """When it last took samples, on the loop's clock: what it had been given `latency_s` before was heard then."""
        return self._alive_s

    def check(self) -> float | None:
        """Look after the device, at least every `LOOK_S`; return when it fell silent, if that was because the process was stopped.

        Raises:
            DeviceGone: it is.
        """
        if self._ended:
            raise DeviceGone("speaker", self._device)
        now_s, alive_s, before_s = self._loop.time(), self._alive_s, self._checked_s
        since_s, self._checked_s = now_s - before_s, now_s
        self._still_s += min(since_s, LOOK_S)  # a process that was stopped learns nothing of its devices meanwhile
        if alive_s != self._alive_seen_s:
            self._alive_seen_s, self._still_s = alive_s, 0.0
        elif self._still_s > LOST_S:
            raise DeviceGone("speaker", self._device)
        if since_s <= STOPPED_S:
            return None  # if anything stood still, then the device, as those do that sleep
        if now_s - alive_s > STOPPED_S:
            return alive_s + self.latency_s
        return self._stood_s + self.latency_s if self._since_s > before_s else None

    async def silent(self) -> None:
        """Wait until the last sample was heard.

        Raises:
            InputError: the device is gone.
        """
        while self._sounding:
            self.check()
            self._changed.clear()
            wake = self._loop.call_later(LOOK_S, self._changed.set)
            try:
                await self._changed.wait()
            finally:
                wake.cancel()

    # --- on the loop's thread ------------------------------------------------------------------------------------------

    def _begin_anew(self) -> None:
        self._ring, self._resampler, self._begun = Ring(round(RING_S * self._rate_hz)), Resampler(self._rate_hz), False
        self._backlog.clear()

    def _queue(self, samples: Samples) -> None:
        if samples.size:
            self._sounding = True
            self._cancel(self._fall_silent)
            self._cancel(self._report_drained)
            self._backlog.append(samples)
            self._fill()

    def _fill(self) -> None:
        """Move as much as there is room for into the callback's reach; come back for the rest."""
        while self._backlog:
            samples = self._backlog[0]
            if (written := self._ring.write(samples)) < samples.size:
                self._backlog[0] = samples[written:]
                self._call_later(REFILL_S, self._fill)
                return
            self._backlog.popleft()

    def _found_some(self, ring: Ring) -> None:
        if ring is self._ring and not self._begun:
            self._begun = True
            self._call_later(self.latency_s, self._started)

    def _found_none(self, ring: Ring) -> None:
        if ring is self._ring and not ring.waiting and not self._backlog:
            self._call_later(self.latency_s, self._report_drained)

    def _report_drained(self) -> None:
        self._begun = False
        self._fall_silent()
        self._drained()

    def _fall_silent(self) -> None:
        self._sounding = False
        self._changed.set()

    def _call_later(self, delay_s: float, do: Callable[[], None]) -> None:
        self._cancel(do)

        def run() -> None:
            del self._timers[do]
            do()

        self._timers[do] = self._loop.call_later(delay_s, run)

    def _cancel(self, do: Callable[[], None]) -> None:
        if timer := self._timers.pop(do, None):
            timer.cancel()

    # --- on PortAudio's threads ----------------------------------------------------------------------------------------

    def _give(self, out: Any, _count: int, _time: Any, status: Any) -> None:
        before_s, self._alive_s = self._alive_s, self._loop.time()
        if self._alive_s - before_s > STOPPED_S:
            self._stood_s, self._since_s = before_s, self._alive_s
        since_s = self._alive_s - self._since_s
        ring = self._ring
        got = 0 if since_s < HELD_S else ring.read_into(out[:, 0])
        out[got:] = 0.0
        if got and self.level != 1.0:
            out *= self.level
        if self._given is not None:
            self._given.write(out[:, 0])
        if status.output_underflow and since_s > EXCUSED_S:
            self.underflows += 1
        if got and self._told is not ring:
            self._told = ring
            self._loop.call_soon_threadsafe(self._found_some, ring)
        elif not got and self._told is ring:
            self._told = None
            self._loop.call_soon_threadsafe(self._found_none, ring)

    def _end(self) -> None:
        self._ended = True
        self._loop.call_soon_threadsafe(self._changed.set)
