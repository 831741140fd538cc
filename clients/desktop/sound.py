"""Microphone and speaker through PortAudio. The callbacks run on its threads; they only copy samples and wake the loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from threading import Lock
from types import TracebackType
from typing import Any

import numpy as np
import soxr

from assistant.audio import LISTEN_RATE_HZ, Samples
from assistant.errors import InputError

BLOCK_S = 0.032
"""Audio a callback handles at once: one chunk of the detector."""


def _sounddevice() -> Any:
    """Import sounddevice late: it starts PortAudio, which commands without sound do not need."""
    try:
        import sounddevice
    except OSError as error:
        raise InputError(
            "PortAudio is missing; install it (Debian: apt-get install libportaudio2), or use files instead of devices."
        ) from error
    return sounddevice


def device_names() -> list[str]:
    """Return what `--microphone` and `--speaker` accept: number, name and what each device can do."""
    return [
        f"{number}: {device['name']} ({device['max_input_channels']} in, {device['max_output_channels']} out)"
        for number, device in enumerate(_sounddevice().query_devices())
    ]


def _open(kind: str, device: str | None, **options: Any) -> Any:
    """Open a stream on a device given by number or by a part of its name; None takes the system's choice."""
    sounddevice = _sounddevice()
    chosen = int(device) if device is not None and device.isdecimal() else device
    try:
        make = sounddevice.InputStream if kind == "microphone" else sounddevice.OutputStream
        return make(device=chosen, channels=1, dtype="float32", **options)
    except (sounddevice.PortAudioError, ValueError) as error:
        known = "; ".join(device_names()) or "none"
        wanted = f"no {kind} {device!r}" if device is not None else f"no {kind}"
        raise InputError(f"There is {wanted} that can be opened ({error}); the devices are: {known}.") from error


class Microphone:
    """An async iterator of 16 kHz blocks; runs inside `with`."""

    def __init__(self, device: str | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._blocks: asyncio.Queue[Samples] = asyncio.Queue()
        self._stream = _open(
            "microphone", device, samplerate=LISTEN_RATE_HZ, blocksize=round(BLOCK_S * LISTEN_RATE_HZ), callback=self._take
        )

    def _take(self, data: Any, _count: int, _time: Any, _status: Any) -> None:
        self._loop.call_soon_threadsafe(self._blocks.put_nowait, data[:, 0].copy())

    def __enter__(self) -> Microphone:
        self._stream.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stream.close()

    async def __aiter__(self) -> AsyncIterator[Samples]:
        while True:
            yield await self._blocks.get()


class Speaker:
    """Plays what it is given, without gaps where there are none; says when it starts and when nothing is left."""

    def __init__(self, device: str | None, rate_hz: int, *, started: Callable[[], None], drained: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._lock = Lock()  # held for a slice of an array at most
        self._waiting: list[Samples] = []
        self._playing = False
        self._started, self._drained = started, drained
        self.rate_hz = rate_hz
        self._stream = _open("speaker", device, samplerate=rate_hz, blocksize=round(BLOCK_S * rate_hz), callback=self._give)

    def __enter__(self) -> Speaker:
        self._stream.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stream.close()

    @property
    def latency_s(self) -> float:
        """From here to the ear: samples the device holds, as PortAudio tells it."""
        return float(self._stream.latency)

    @property
    def playing(self) -> bool:
        """Whether something is left to play."""
        return self._playing or bool(self._waiting)

    def play(self, samples: Samples, rate_hz: int) -> None:
        """Queue samples behind what is there."""
        if rate_hz != self.rate_hz:
            samples = soxr.resample(samples, rate_hz, self.rate_hz)
        with self._lock:
            self._waiting.append(samples)

    def clear(self) -> None:
        """Forget what is not played yet: silence within one block."""
        with self._lock:
            self._waiting.clear()

    def _give(self, out: Any, count: int, _time: Any, _status: Any) -> None:
        at = 0
        with self._lock:
            while self._waiting and at < count:
                head = self._waiting[0]
                part = head[: count - at]
                out[at : at + part.size, 0] = part
                at += part.size
                if part.size == head.size:
                    self._waiting.pop(0)
                else:
                    self._waiting[0] = head[part.size :]
        out[at:] = 0
        if at and not self._playing:
            self._playing = True
            self._loop.call_soon_threadsafe(self._started)
        elif not at and self._playing:
            self._playing = False
            self._loop.call_soon_threadsafe(self._drained)


def quiet() -> Samples:
    """Return one block of silence at the listening rate: what a muted microphone gives."""
    return np.zeros(round(BLOCK_S * LISTEN_RATE_HZ), np.float32)
