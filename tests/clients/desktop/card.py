"""A sound card of a jumping clock: it stands for the module sounddevice, its microphone hears its speaker, and its two clocks differ."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import numpy as np

from assistant.audio import Samples, silence

RATE_HZ = 16_000
ECHO, ECHO_DELAY_S, NOISE = 0.1, 0.04, 1e-4
AUDIBLE = 0.01


class Card:
    """Its streams run by themselves; `say` is what a person says into the microphone."""

    PortAudioError = OSError

    def __init__(self, *, drift_ppm: float) -> None:
        """`drift_ppm`: by how much the microphone's clock is faster than the speaker's."""
        self._drift = 1 + drift_ppm * 1e-6
        self._said = silence(0)
        self._air = silence(round(ECHO_DELAY_S * RATE_HZ))
        self._noise = np.random.default_rng(0)
        self.ended_s: float | None = None
        """When the last of what was said was heard."""
        self.sounded_s: float | None = None
        """When the speaker last began to sound."""
        self._silent_s = 1.0
        self.streams: list[Stream] = []

    def query_devices(self, *, kind: str | None = None) -> Any:
        device = {
            "index": 0,
            "name": "Card",
            "max_input_channels": 1,
            "max_output_channels": 1,
            "hostapi": 0,
            "default_samplerate": RATE_HZ,
        }
        return [device] if kind is None else device

    def query_hostapis(self, _number: int) -> dict[str, str]:
        return {"name": "ALSA"}

    def InputStream(self, **options: Any) -> Stream:
        return self._stream(self._hear, 1 / self._drift, options)

    def OutputStream(self, **options: Any) -> Stream:
        return self._stream(self._play, 1.0, options)

    def _stream(self, step: Any, pace: float, options: dict[str, Any]) -> Stream:
        self.streams.append(Stream(step, pace, options))
        return self.streams[-1]

    def say(self, samples: Samples) -> None:
        """Say something from now on."""
        last = int(np.flatnonzero(np.abs(samples) > AUDIBLE)[-1]) + 1
        self._said, self.ended_s, self.sounded_s = np.concatenate([self._said, samples[:last]]), None, None

    def _hear(self, callback: Any, count: int, now_s: float) -> None:
        said, self._said = self._said[:count], self._said[count:]
        if said.size and not self._said.size:
            self.ended_s = now_s
        if self._air.size < count:  # the microphone's clock is ahead
            self._air = np.concatenate([self._air, silence(count - self._air.size)])
        heard, self._air = self._air[:count] * np.float32(ECHO), self._air[count:]
        heard = heard + self._noise.standard_normal(count, np.float32) * np.float32(NOISE)
        heard[: said.size] += said
        time = SimpleNamespace(currentTime=now_s, inputBufferAdcTime=now_s - 0.01)
        callback(heard.reshape(-1, 1), count, time, SimpleNamespace(input_overflow=False))

    def _play(self, callback: Any, count: int, now_s: float) -> None:
        out = np.zeros((count, 1), np.float32)
        callback(out, count, None, SimpleNamespace(output_underflow=False))
        if np.abs(out).max() > 1e-3:
            if self._silent_s > 0.5 and self.sounded_s is None and self.ended_s is not None:
                self.sounded_s = now_s
            self._silent_s = 0.0
        else:
            self._silent_s += count / RATE_HZ
        longest = round((ECHO_DELAY_S + 0.1) * RATE_HZ)
        self._air = np.concatenate([self._air, out[:, 0]])[-longest:]


class Stream:
    """Calls back at its pace, from `start` to `close`."""

    latency = 0.03

    def __init__(self, step: Any, pace: float, options: dict[str, Any]) -> None:
        self._step, self._options, self._loop = step, options, asyncio.get_running_loop()
        self._block_s = pace * options["blocksize"] / options["samplerate"]
        self._next_s, self._timer = 0.0, None

    @property
    def time(self) -> float:
        return self._loop.time()

    def start(self) -> None:
        self._next_s = self._loop.time()
        self._tick()

    def close(self, ignore_errors: bool = True) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _tick(self) -> None:
        self._next_s += self._block_s
        self._timer = self._loop.call_at(self._next_s, self._tick)
        self._step(self._options["callback"], self._options["blocksize"], self._loop.time())
