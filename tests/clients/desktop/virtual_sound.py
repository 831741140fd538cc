"""A microphone and a speaker without hardware: a private PulseAudio with two null sinks, and a `parley` that uses them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from assistant.audio import Samples
from clients.bench.cable import ALSA, pulseaudio, surroundings
from models.load import load_voice

ROOT = Path(__file__).parents[3]
RATE_HZ = 16_000
"""What is recorded: the rate of the English voice."""

PATIENCE_S = 60.0
"""How long a slow machine may take for anything; no test waits for it where things go well."""

SOON_S, TRIES = 12.0, 5
"""Who is not understood says it again, so often at most."""

COMMAND = (sys.executable, "-m", "clients.cli.main")
"""What a person starts as `parley`, from the source."""


def until(there: Callable[[], object], what: str) -> None:
    """Wait until a condition holds."""
    assert soon(there, PATIENCE_S), f"{what}: not within {PATIENCE_S:g} s"


def soon(there: Callable[[], object], within_s: float = SOON_S) -> bool:
    """Wait for a condition, for as long as it takes where things go well, and then some; return whether it came to hold."""
    end_s = time.monotonic() + within_s
    while not (held := bool(there())) and time.monotonic() < end_s:
        time.sleep(0.02)
    return held


class VirtualSound:
    """What goes into the sink `microphone` is heard by the default source; what the default sink `speaker` plays can be recorded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "alsa.conf").write_text(ALSA)
        mine = {key: value for key, value in surroundings(folder).items() if not key.startswith("PARLEY_")}
        self.environment = mine | {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}

    def __enter__(self) -> VirtualSound:
        with (self.folder / "log").open("w") as log:
            self._daemon = subprocess.Popen(
                pulseaudio(self.folder, 44_100), env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        try:
            until(lambda: self._daemon.poll() is not None or self._pactl("info") == 0, "PulseAudio starts")
            assert self._daemon.poll() is None, (self.folder / "log").read_text()
            self._use()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the daemon at once: for programs that use it, the devices are gone."""
        self._daemon.kill()
        self._daemon.wait()

    def start(self) -> None:
        """Start it again."""
        self.__enter__()

    def unplug(self) -> None:
        """Take all devices away; the daemon goes on."""
        for number in self._modules("sink_name="):
            assert self._pactl("unload-module", number) == 0

    def plug(self, rate_hz: int = 44_100) -> None:
        """Connect the two again."""
        for name in ("microphone", "speaker"):
            self.add(name, rate_hz)
        self._use()

    def add(self, name: str, rate_hz: int = 44_100) -> None:
        """Connect one more sink."""
        assert self._pactl("load-module", "module-null-sink", f"sink_name={name}", "norewinds=1", f"rate={rate_hz}", "channels=1") == 0

    def use(self, sink: str) -> None:
        """Make a sink the default."""
        assert self._pactl("set-default-sink", sink) == 0

    def _use(self) -> None:
        assert self._pactl("set-default-source", "microphone.monitor") == 0
        self.use("speaker")

    def _modules(self, argument: str) -> list[str]:
        command = ["pactl", "list", "short", "modules"]
        listed = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True).stdout
        return [line.split()[0] for line in listed.splitlines() if argument in line]

    def _pactl(self, *words: str) -> int:
        return subprocess.run(["pactl", *words], env=self.environment, capture_output=True, check=False).returncode

    def say(self, wav: Path) -> None:
        """Play a file into the microphone, in real time."""
        subprocess.run(["paplay", "--device=microphone", str(wav)], env=self.environment, check=True, timeout=PATIENCE_S)

    def say_until(self, wav: Path, there: Callable[[], object], what: str) -> None:
        """Say something, again where it was not understood, until a condition holds."""
        for _ in range(TRIES):
            self.say(wav)
            if soon(there):
                return
        raise AssertionError(f"{what}: not after it was said {TRIES} times")

    @contextmanager
    def echo(self) -> Iterator[None]:
        """Let the microphone hear the speaker, as in a room."""
        command = ["pactl", "load-module", "module-loopback", "source=speaker.monitor", "sink=microphone", "latency_msec=60"]
        module = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True).stdout.strip()
        try:
            yield
        finally:
            self._pactl("unload-module", module)

    @contextmanager
    def recorded(self, sink: str = "speaker") -> Iterator[Callable[[], Samples]]:
        """Record what the speaker plays; call what this gives for all that it played so far."""
        tape = self.folder / f"{sink}.raw"
        command = ["parec", f"--device={sink}.monitor", "--raw", "--format=float32le", "--channels=1", f"--rate={RATE_HZ}"]
        with tape.open("wb") as file, subprocess.Popen([*command, "--latency-msec=50"], env=self.environment, stdout=file) as recorder:
            try:
                until(lambda: tape.stat().st_size > 0, "the recorder starts")
                yield lambda: np.frombuffer((data := tape.read_bytes())[: len(data) // 4 * 4], "<f4")
            finally:
                recorder.terminate()

    @contextmanager
    def parley(self, *words: str) -> Iterator[Program]:
        """Run `parley` in a session of its own; whatever is left of it at the end is killed."""
        with Program([*COMMAND, *words], self.environment, self.folder) as program:
            yield program


class Program:
    """A running `parley` and what it wrote so far."""

    def __init__(self, command: Sequence[str], environment: dict[str, str], folder: Path) -> None:
        self._command, self._environment = command, environment
        self._out, self._err = folder / "stdout", folder / "stderr"

    def __enter__(self) -> Program:
        with self._out.open("w") as out, self._err.open("w") as err:
            self.process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
            )
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    @property
    def out(self) -> str:
        return self._out.read_text()

    @property
    def err(self) -> str:
        return self._err.read_text()

    def until(self, text: str) -> None:
        """Wait until it has written this to standard output."""
        until(lambda: text in self.out or self.process.poll() is not None, f"{text!r} in {self.out!r}; errors: {self.err!r}")
        assert text in self.out, self.err

    def interrupt(self) -> None:
        """Press Ctrl-C, which reaches every process of the terminal."""
        os.killpg(self.process.pid, signal.SIGINT)

    def ended(self) -> int:
        """Wait for its end and return the exit status."""
        return self.process.wait(PATIENCE_S)


def left_behind(session: int) -> list[str]:
    """Return the processes of a session that are alive, once there are none or patience ends."""
    with suppress(AssertionError):
        until(lambda: not alive(session), "all processes end")
    return alive(session)


def alive(session: int) -> list[str]:
    """Return the processes of a session that are alive."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            name, _, fields = stat.read_text().rpartition(") ")
            state, _parent, _group, its_session, *_ = fields.split()
            if int(its_session) == session and state != "Z":
                found.append(name)
    return found


def likeness(recording: Samples, wanted: Samples) -> float:
    """Return the largest normalised cross-correlation, over all shifts: 1 where `wanted` is in the recording unchanged."""
    size = recording.size + wanted.size
    product = np.fft.rfft(recording, size) * np.conj(np.fft.rfft(wanted, size))
    correlation = np.fft.irfft(product, size)[: max(1, recording.size - wanted.size + 1)]
    energy = np.concatenate([[0.0], np.cumsum(np.square(recording, dtype=np.float64))])
    windows = energy[wanted.size :] - energy[: -wanted.size] if recording.size >= wanted.size else energy[-1:]
    norms = np.sqrt(np.maximum(windows, 1e-3) * np.sum(np.square(wanted, dtype=np.float64)))
    return float(np.max(correlation[: norms.size] / norms[: correlation.size]))


def spoken(text: str) -> Samples:
    """Return what the voice makes of one phrase, at `RATE_HZ`."""

    async def speak() -> Samples:
        voice, close = await load_voice("en")
        try:
            assert voice.sample_rate_hz == RATE_HZ
            return np.concatenate([sound.samples async for sound in voice.speak(text)])
        finally:
            await close()

    return asyncio.run(speak())
