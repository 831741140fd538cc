"""The view on a real terminal, without a conversation: what it takes over, it gives back, however it ends."""

from __future__ import annotations

import fcntl
import os
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from clients.terminal.keys import UNASK
from clients.terminal.painter import LEAVE
from tests.clients.desktop.virtual_sound import ROOT, until

PROGRAM = """
import asyncio, sys
from assistant.events import Degraded, Final, Stamped
from clients.terminal.full_screen import FullScreen
from clients.terminal.model import Action, Model
from clients.terminal.state import Status

async def main():
    over, model = asyncio.Event(), Model()
    model.status = Status(talk="talk")
    def act(action):
        model.note(f"action {action.name}", asyncio.get_running_loop().time())
        if action is Action.QUIT:
            over.set()
        if action is Action.SAVE:
            raise_later.append(1)
    raise_later = []
    with FullScreen(model, act) as screen:
        screen(Stamped(0.0, Final(1, "hello there", "en")))
        print("to standard error", file=sys.stderr)
        while not over.is_set():
            if raise_later:
                raise ValueError("an exception")
            screen(Stamped(0.0, Degraded(1, "x", "y" * 1000)))
            await asyncio.sleep(0.02)
    print("ended by", screen.ended_by)

asyncio.run(main())
"""


class Terminal:
    """A terminal with that program on it."""

    def __init__(self, process: subprocess.Popen[bytes], fd: int, theirs: int) -> None:
        self.process, self._fd, self._theirs = process, fd, theirs
        self.written = ""

    def read(self) -> str:
        with suppress(BlockingIOError, OSError):
            while data := os.read(self._fd, 65_536):
                self.written += data.decode(errors="replace")
        return self.written

    def until(self, text: str) -> None:
        until(lambda: text in self.read(), f"{text!r} in {self.written!r}")

    def type(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def ended(self) -> int:
        until(lambda: (self.read() and False) or self.process.poll() is not None, "the end")
        self.read()
        return self.process.returncode

    def attributes(self) -> list[object]:
        return termios.tcgetattr(self._theirs)


@contextmanager
def terminal(columns: int = 80, rows: int = 24) -> Iterator[Terminal]:
    ours, theirs = os.openpty()
    try:
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.set_blocking(ours, False)
        environment = os.environ | {"TERM": "xterm", "PYTHONPATH": str(ROOT)}
        command = ["setsid", "--ctty", sys.executable, "-c", PROGRAM]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=theirs, stdout=theirs, stderr=theirs) as process:
            try:
                yield Terminal(process, ours, theirs)
            finally:
                process.kill()
    finally:
        os.close(ours)
        os.close(theirs)


def is_given_back(shown: Terminal, before: list[object]) -> None:
    assert shown.attributes() == before
    assert shown.written.count("\x1b[?1049l") == shown.written.count("\x1b[?1049h")
    assert UNASK + LEAVE in shown.written
    assert shown.written.rfind("\x1b[?25h") > shown.written.rfind("\x1b[?25l")
    assert shown.written.rfind("to standard error") > shown.written.rfind("\x1b[?1049l"), "it is shown when the screen is no longer ours"


@pytest.mark.parametrize(
    ("end", "status", "said"),
    [
        ("q", 0, "ended by None"),
        ("s", 1, "ValueError: an exception"),
        ("\x03", 130, "KeyboardInterrupt"),
        (signal.SIGTERM, 0, "ended by 15"),
        ("\x1b[99;5u", 0, "ended by None"),  # Ctrl-C, where all keys come as codes
    ],
)
def test_the_terminal_is_given_back(end: str | signal.Signals, status: int, said: str) -> None:
    with terminal() as shown:
        before = shown.attributes()
        shown.until("hello there")
        assert shown.attributes() != before
        if isinstance(end, str):
            shown.type(end)
        else:
            shown.process.send_signal(end)
        assert shown.ended() in (status, -signal.SIGINT if status == 130 else status)
        assert said in shown.written
        is_given_back(shown, before)


def test_where_nobody_could_continue_it_a_stop_is_none() -> None:
    """The system ignores the signal then, and the screen is ours again; how it really stops, `test_talk_screen.py` shows."""
    with terminal() as shown:
        before = shown.attributes()
        shown.until("hello there")
        shown.written = ""
        shown.process.send_signal(signal.SIGTSTP)
        shown.until("\x1b[?1049h")
        shown.until("hello there")
        shown.type("q")
        assert shown.ended() == 0
        assert shown.attributes() == before


def test_a_terminal_that_takes_nothing_stops_nobody() -> None:
    """Nothing is read from it until its buffer is full, and more: the program goes on, and hears the signal."""
    with terminal(200, 60) as shown:
        shown.until("hello there")
        for _ in range(150):
            shown.type("\x0c")  # paint all of it anew
            time.sleep(0.04)
        before = cpu_ticks(shown.process.pid)
        until(lambda: cpu_ticks(shown.process.pid) > before, "it goes on")
        shown.type("m")
        shown.until("action MUTE")
        shown.type("q")
        assert shown.ended() == 0


def cpu_ticks(pid: int) -> int:
    return sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[11:13]))


def test_a_terminal_that_is_gone_ends_it() -> None:
    ours, theirs = os.openpty()
    with open(theirs, "r+b", buffering=0) as there:
        command = ["setsid", "--ctty", sys.executable, "-c", "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n" + PROGRAM]
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"TERM": "xterm"}, stdin=there, stdout=there, stderr=there)
    try:
        seen = b""
        while b"hello there" not in seen:
            seen += os.read(ours, 65_536)
        os.close(ours)
        until(lambda: process.poll() is not None, "the end")
    finally:
        process.kill()
        process.wait()


def test_another_size_is_painted_at_once() -> None:
    with terminal() as shown:
        shown.until("hello there")
        shown.written = ""
        fcntl.ioctl(shown._theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 40, 0, 0))
        shown.process.send_signal(signal.SIGWINCH)  # the program is no child of the terminal's own shell
        shown.until("\x1b[30;1H")
        shown.until("hello there")
        shown.type("q")
        assert shown.ended() == 0


def test_a_terminal_that_tells_releases_is_believed() -> None:
    with terminal() as shown:
        shown.until("\x1b[?u")
        shown.type("\x1b[?27u")
        shown.type("\x1b[32;1;32u")
        shown.until("action TALK")
        shown.written = ""
        shown.type("\x1b[32;1:3u")
        shown.until("action TALKED")
        shown.type("q")
        assert shown.ended() == 0
