"""Ctrl-C at any point: the command ends, nothing is half-written, no stack trace, no process is left."""

from __future__ import annotations

import array
import contextlib
import fcntl
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.audio import LISTEN_RATE_HZ, silence
from clients.bench.room import recording
from clients.cli.media import write_wav

PATIENCE_S = 120
"""A slow machine may take its time; a command that does not end at all takes longer."""


class Program:
    """`parley` as a person starts it: what it prints goes to a terminal, its standard input is a pipe."""

    def __init__(self, *arguments: str, python: tuple[str, ...] = ()) -> None:
        self._terminal, theirs = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, *python, "-m", "clients.cli.main", *arguments],
            stdin=subprocess.PIPE, stdout=theirs, stderr=theirs, start_new_session=True, env=os.environ | {"TERM": "xterm", "COLUMNS": "200"},
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # whoever runs the tests may ignore it
        )  # fmt: skip
        os.close(theirs)
        self.printed = ""

    def until(self, sign: str) -> None:
        """Wait until it has printed this."""
        while sign not in self.printed:
            assert self._read(), f"ended without {sign!r}: {self.printed}"

    def reads(self, data: bytes) -> None:
        """Give it standard input, and wait until it has taken all and asks for more."""
        assert self._process.stdin is not None
        pipe = self._process.stdin.fileno()
        for start in range(0, len(data), 1 << 16):
            os.write(pipe, data[start : start + (1 << 16)])
        left = array.array("i", [1])
        while left[0]:
            assert self._process.poll() is None, f"ended: {self.printed}"
            time.sleep(0.01)
            fcntl.ioctl(pipe, termios.FIONREAD, left)

    def press_ctrl_c(self) -> None:
        """As a terminal does it: to the whole group, so also to the process of the voice."""
        os.killpg(self._process.pid, signal.SIGINT)

    def ended(self) -> int:
        """Wait for its end and return its status."""
        while self._read():
            pass
        status = self._process.wait(PATIENCE_S)
        if self._process.stdin is not None:
            self._process.stdin.close()
        return status

    def left_nobody(self) -> bool:
        for _ in range(600):
            try:
                os.killpg(self._process.pid, 0)
            except ProcessLookupError:
                return True
            time.sleep(0.05)
        return False

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        os.close(self._terminal)

    def _read(self) -> bool:
        ready, _, _ = select.select([self._terminal], [], [], PATIENCE_S)
        assert ready, f"neither ended nor went on: {self.printed}"
        try:
            data = os.read(self._terminal, 65536)
        except OSError:  # on Linux the end of a terminal is an error
            return False
        self.printed += data.decode(errors="replace")
        return bool(data)


@contextlib.contextmanager
def program(*arguments: str, python: tuple[str, ...] = ()) -> Iterator[Program]:
    running = Program(*arguments, python=python)
    try:
        yield running
    finally:
        running.close()


def ends_quietly(running: Program, folder: Path) -> None:
    running.press_ctrl_c()
    # For a shell both are 130. Python chooses the second by itself where Ctrl-C met an `eval`, as of annotations.
    assert running.ended() in (130, -signal.SIGINT), running.printed
    assert "Traceback" not in running.printed
    assert "parley:" not in running.printed
    assert not list(folder.rglob("*.part"))
    assert running.left_nobody()


@pytest.mark.parametrize("module", ["typer", "pydantic", "numpy", "av"])
def test_during_the_imports(tmp_path: Path, module: str) -> None:
    with program("demo", "--out", str(tmp_path), python=("-X", "importtime")) as running:
        running.until(f" {module}\r\n")
        ends_quietly(running, tmp_path)


COMMANDS = {
    "demo, at once": (["demo", "--out", "{folder}/demo"], "Recordings are played"),
    "demo, while it loads": (["demo", "--out", "{folder}/demo"], "Loading"),
    "demo, while it speaks": (["demo", "--out", "{folder}/demo"], "you "),
    "bench": (["bench", "latency"], "Loading"),
    "transcribe": (["transcribe", "-v", "{folder}/long.wav"], " s: "),
    "ask": (["ask", "-v", "{folder}/long.wav", "--speak", "{folder}/out.wav"], " s: "),
    "say": (["say", "-v", "word " * 20_000, "-o", "{folder}/out.wav"], "ReplyAudio"),
}


@pytest.mark.parametrize(("command", "sign"), COMMANDS.values(), ids=COMMANDS.keys())
def test_while_it_works(tmp_path: Path, command: list[str], sign: str) -> None:
    write_wav(tmp_path / "long.wav", [recording("miles")] * 300, LISTEN_RATE_HZ)
    with program(*(part.format(folder=tmp_path) for part in command)) as running:
        running.until(sign)
        ends_quietly(running, tmp_path)
    assert not (tmp_path / "out.wav").exists()


@pytest.mark.parametrize("command", [["say", "-"], ["translate", "-"], ["ask", "-"]], ids=" ".join)
def test_while_it_waits_for_a_text(tmp_path: Path, command: list[str]) -> None:
    with program(*command) as running:
        running.reads((b" " * 999 + b"\n") * 300)  # more than a pipe holds, so it is being read; and nothing to do yet
        ends_quietly(running, tmp_path)


def test_while_it_waits_for_sound(tmp_path: Path) -> None:
    write_wav(tmp_path / "silence.wav", [silence(60 * LISTEN_RATE_HZ)], LISTEN_RATE_HZ)
    with program("transcribe", "-") as running:
        running.reads((tmp_path / "silence.wav").read_bytes()[:600_000])
        ends_quietly(running, tmp_path)
