"""Which devices are the system's choice now. PortAudio only looks when it starts, so a process beside the talk does that again and again.

PulseAudio, PipeWire and ALSA's own plugins move streams to another default by themselves; this is for systems that leave them where they are.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType

from assistant.errors import InputError
from clients.desktop.devices import Device, Kind, find, host_api, restart

EVERY_S = 3.0
"""How often it looks."""

STAYS = ("Core Audio",)
"""Host APIs whose streams stay on the device that they were opened on."""

COMMAND = (sys.executable, "-m", "clients.desktop.defaults")


def stays(device: Device) -> bool:
    """Return whether a stream on the system's choice stays on this device when that becomes another one."""
    return host_api(device) in STAYS


class DefaultWatch:
    """Runs inside `with`: the process lives as long."""

    def __init__(self, command: Sequence[str] = COMMAND) -> None:
        self._command = command
        self._read = b""
        self._names: dict[Kind, str | None] = {}

    def __enter__(self) -> DefaultWatch:
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert self._process.stdout is not None
        self._out = self._process.stdout.fileno()
        os.set_blocking(self._out, False)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.kill()
        self._process.communicate()

    def name(self, kind: Kind) -> str | None:
        """Return the name of the system's choice when that was last looked at; None if that is not known. Never waits."""
        with suppress(BlockingIOError):
            self._read += os.read(self._out, 65_536)
        *lines, self._read = self._read.split(b"\n")
        if lines:
            self._names = json.loads(lines[-1])
        return self._names.get(kind)

    def forget(self) -> None:
        """Know nothing until it has looked once more."""
        self.name("microphone")
        self._names = {}


def main() -> None:
    """Be that process: a line of JSON each time, until nobody reads them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the talk, which ends this one
    while True:
        names = {"microphone": _default("microphone"), "speaker": _default("speaker")}
        try:
            os.write(1, json.dumps(names).encode() + b"\n")
        except BrokenPipeError:
            return
        time.sleep(EVERY_S)
        with suppress(InputError):
            restart()


def _default(kind: Kind) -> str | None:
    try:
        return find(kind, None).name
    except InputError:
        return None


if __name__ == "__main__":
    main()
