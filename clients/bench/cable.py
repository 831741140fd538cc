"""A virtual cable: a PulseAudio of our own whose microphone hears what is played to it, and whose speaker can be recorded."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from bisect import bisect_left
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from assistant.audio import LISTEN_RATE_HZ, Samples, to_pcm16
from assistant.errors import InputError

STEP_MS = 5
"""The steps in which the sinks work, and so how exactly the tape tells when something was heard."""

AROUND_S = 0.5
"""What is lost on a busy machine makes the rest of a tape too early: only what is so near tells the time."""

START_S = 20.0

ALSA = """
pcm.!default { type pulse hint { show on description "Virtual cable" } }
pcm.pulse { type pulse }
ctl.!default { type pulse }
"""


def surroundings(folder: Path) -> dict[str, str]:
    """Return the environment of a program that uses the PulseAudio in this folder, where ALSA's `alsa.conf` lies, too."""
    hidden = ("PULSE_", "ALSA_", "DBUS_")
    return {key: value for key, value in os.environ.items() if not key.startswith(hidden)} | {
        "XDG_RUNTIME_DIR": str(folder),
        "PULSE_RUNTIME_PATH": str(folder),
        "PULSE_STATE_PATH": str(folder),
        "PULSE_SERVER": f"unix:{folder}/native",
        "ALSA_CONFIG_PATH": str(folder / "alsa.conf"),
    }


def pulseaudio(folder: Path, rate_hz: int) -> list[str]:
    """Return the command that runs a PulseAudio of its own in a folder, with the sinks `microphone` and `speaker` at this rate.

    Without rewinds a null sink works in steps as short as whoever records it asks for, of 50 ms at most; otherwise of up to two seconds.
    """
    sinks = [f"module-null-sink sink_name={name} norewinds=1 rate={rate_hz} channels=1" for name in ("microphone", "speaker")]
    modules = [f"module-native-protocol-unix socket={folder}/native auth-anonymous=1", *sinks]
    return [
        "pulseaudio", "-n", "--daemonize=no", "--system=false", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes",
        "--realtime=no", "--high-priority=no", "--log-target=stderr", *(part for module in modules for part in ("-L", module)),
    ]  # fmt: skip


class Tape:
    """What a sink played so far, and when: of the parts around a sample, the one that came with the least delay sets its time."""

    def __init__(self) -> None:
        self._parts: list[Samples] = []
        self._ends: list[int] = []  # the sample after each
        self._times: list[float] = []

    def push(self, data: bytes, at_s: float) -> None:
        """Take what was read at a time of `time.monotonic`."""
        part = np.frombuffer(data, "<f4")
        self._parts.append(part)
        self._ends.append((self._ends[-1] if self._ends else 0) + part.size)
        self._times.append(at_s)

    def loud(self, since_s: float, above: float) -> tuple[float, float] | None:
        """Return when the first and the last sample that is louder was heard since then; None: there was none."""
        first = bisect_left(self._times, since_s)
        skipped = self._ends[first - 1] if first else 0
        found = np.flatnonzero(np.abs(self.since(since_s)) > above) + skipped
        return (self._time(int(found[0])), self._time(int(found[-1]))) if found.size else None

    def since(self, since_s: float) -> Samples:
        """Return what was played since then, 16 kHz."""
        return np.concatenate([np.zeros(0, np.float32), *self._parts[bisect_left(self._times, since_s) :]])

    def _time(self, sample: int) -> float:
        around = round(AROUND_S * LISTEN_RATE_HZ)
        near = slice(bisect_left(self._ends, sample - around), bisect_left(self._ends, sample + around))
        begun_s = min(at_s - end / LISTEN_RATE_HZ for end, at_s in zip(self._ends[near], self._times[near], strict=True))
        return begun_s + sample / LISTEN_RATE_HZ


class Cable:
    """A running PulseAudio; see `cable`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.environment = surroundings(folder)
        """What makes a program use it."""

    async def say(self, samples: Samples, step_ms: int = STEP_MS) -> None:
        """Play 16 kHz sound into the microphone, in real time. On a busy machine longer steps lose less."""
        format_ = ["--format=s16le", "--channels=1", f"--rate={LISTEN_RATE_HZ}", f"--latency-msec={step_ms}"]
        child = await self._run("pacat", "--playback", "--raw", "--device=microphone", *format_, stdin=asyncio.subprocess.PIPE)
        await child.communicate(to_pcm16(samples))

    @asynccontextmanager
    async def recorded(self, sink: str, step_ms: int = STEP_MS) -> AsyncGenerator[Tape, None]:
        """Record what `sink` plays: `microphone` or `speaker`. On a busy machine longer steps lose less."""
        tape = Tape()
        format_ = ["--format=float32le", "--channels=1", f"--rate={LISTEN_RATE_HZ}", f"--latency-msec={step_ms}"]
        child = await self._run("parec", "--raw", f"--device={sink}.monitor", *format_, stdout=asyncio.subprocess.PIPE)

        async def read() -> None:
            assert child.stdout is not None
            while data := await child.stdout.readexactly(4 * LISTEN_RATE_HZ * step_ms // 1000):
                tape.push(data, time.monotonic())

        reader = asyncio.create_task(read(), name=f"tape of {sink}")
        try:
            yield tape
        finally:
            reader.cancel()
            child.kill()
            await child.wait()

    async def _run(self, *command: str, stdin: int | None = None, stdout: int | None = None) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(*command, env=self.environment, stdin=stdin, stdout=stdout)

    async def _start(self) -> asyncio.subprocess.Process:
        (self._folder / "alsa.conf").write_text(ALSA)
        log = self._folder / "log"
        with log.open("wb") as written:
            daemon = await asyncio.create_subprocess_exec(
                *pulseaudio(self._folder, 48_000), env=self.environment, stdin=asyncio.subprocess.DEVNULL, stderr=written
            )
        end_s = time.monotonic() + START_S
        while await self._pactl("info"):
            if daemon.returncode is not None or time.monotonic() > end_s:
                if daemon.returncode is None:
                    daemon.kill()
                await daemon.wait()
                said = log.read_text(errors="replace").strip().splitlines()
                raise InputError(f"PulseAudio did not start: {said[-1] if said else 'it said nothing'}.")
            await asyncio.sleep(0.05)
        await self._pactl("set-default-source", "microphone.monitor")
        await self._pactl("set-default-sink", "speaker")
        return daemon

    async def _pactl(self, *words: str) -> int:
        quiet = asyncio.subprocess.DEVNULL
        child = await asyncio.create_subprocess_exec("pactl", *words, env=self.environment, stdout=quiet, stderr=quiet)
        return await child.wait()


@asynccontextmanager
async def cable() -> AsyncGenerator[Cable, None]:
    """Run one until the block is left.

    Raises:
        InputError: there is no PulseAudio, or it does not start.
    """
    if any(shutil.which(program) is None for program in ("pulseaudio", "pactl", "pacat", "parec")):
        raise InputError("There is no PulseAudio to make a virtual cable with; install pulseaudio and pulseaudio-utils.")
    async with AsyncExitStack() as stack:
        made = Cable(Path(stack.enter_context(TemporaryDirectory(prefix="parley-cable-"))))
        daemon = await made._start()
        try:
            yield made
        finally:
            if daemon.returncode is None:
                daemon.kill()
            await daemon.wait()
