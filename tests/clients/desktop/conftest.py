"""What the tests of the desktop client share: virtual sound hardware, and a PortAudio that does what a test says."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from assistant.audio import Samples
from clients.desktop import devices
from tests.clients.desktop.virtual_sound import VirtualSound


@pytest.fixture(scope="session")
def virtual_sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualSound]:
    with VirtualSound(tmp_path_factory.mktemp("sound")) as sound:
        yield sound


@pytest.fixture
def mortal_sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualSound]:
    """Another one, for a test that ends it."""
    with VirtualSound(tmp_path_factory.mktemp("mortal")) as sound:
        yield sound


class PortAudioError(Exception):
    pass


@dataclass
class FakeStream:
    """A stream whose callback runs when the test says."""

    options: dict[str, Any]
    latency: float = 0.1
    state: str = "open"

    def start(self) -> None:
        self.state = "running"

    def close(self, ignore_errors: bool = True) -> None:
        self.state = "closed"

    def pull(self, count: int, **status: bool) -> Samples:
        """Be a speaker that wants samples."""
        out = np.full((count, 1), np.nan, np.float32)
        self.options["callback"](out, count, None, _status(status))
        return out[:, 0]

    def push(self, samples: Samples, *, age_s: float = 0.03, **status: bool) -> None:
        """Be a microphone that heard something, the first of it `age_s` ago."""
        time = SimpleNamespace(currentTime=self.time, inputBufferAdcTime=self.time - age_s)
        self.options["callback"](samples.reshape(-1, 1), samples.size, time, _status(status))

    @property
    def time(self) -> float:
        return asyncio.get_running_loop().time() + 1000.0

    def vanish(self) -> None:
        self.state = "ended"
        self.options["finished_callback"]()


def _status(given: dict[str, bool]) -> SimpleNamespace:
    return SimpleNamespace(**({"input_overflow": False, "output_underflow": False} | given))


@dataclass
class FakePortAudio:
    """Stands for the module sounddevice; its devices take only the rates in `rates_hz`, if that is set."""

    known: list[dict[str, Any]] = field(default_factory=list)
    rates_hz: tuple[int, ...] = ()
    default: int = 0
    host_apis: tuple[str, ...] = ("ALSA", "JACK")
    later: list[str] | None = None
    """What there is from the next start on, if that is something else."""
    starts: int = 0
    streams: list[FakeStream] = field(default_factory=list)
    PortAudioError = PortAudioError

    def add(self, name: str, *, inputs: int = 1, outputs: int = 1, host: int = 0, rate_hz: int = 48_000) -> None:
        self.known.append({
            "index": len(self.known), "name": name, "max_input_channels": inputs, "max_output_channels": outputs,
            "hostapi": host, "default_samplerate": float(rate_hz),
        })  # fmt: skip

    def query_devices(self, *, kind: str | None = None) -> Any:
        if kind is None:
            return self.known
        if not 0 <= self.default < len(self.known):
            raise PortAudioError("Error querying device -1")
        return self.known[self.default]

    def query_hostapis(self, number: int) -> dict[str, str]:
        return {"name": self.host_apis[number]}

    def _open(self, **options: Any) -> FakeStream:
        if self.rates_hz and options["samplerate"] not in self.rates_hz:
            raise PortAudioError("Invalid sample rate")
        self.streams.append(FakeStream(options))
        return self.streams[-1]

    InputStream = OutputStream = _open

    def _terminate(self) -> None:
        assert all(stream.state == "closed" for stream in self.streams), "it would close them itself, under their owners' feet"

    def _initialize(self) -> None:
        self.starts += 1
        if self.later is not None:
            self.known.clear()
            for name in self.later:
                self.add(name)


@pytest.fixture
def portaudio(monkeypatch: pytest.MonkeyPatch) -> FakePortAudio:
    """Put one in the place of the real one, with one device."""
    fake = FakePortAudio()
    fake.add("Virtual")
    monkeypatch.setattr(devices, "portaudio", lambda: fake)
    return fake


@pytest.fixture
def unused_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
