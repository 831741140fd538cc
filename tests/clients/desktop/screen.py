"""A real terminal, tmux, with a shell on it in which `parley` is started as a person does."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.clients.desktop.virtual_sound import COMMAND, ROOT, VirtualSound, alive, until

PROMPT = "ready>"


class Screen:
    """What is on it, and its keys."""

    def __init__(self, sound: VirtualSound, folder: Path, columns: int, rows: int) -> None:
        self._environment = sound.environment | {"TERM": "xterm-256color", "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
        self._socket = str(folder / "tmux")
        shell = f"cd {shlex.quote(str(folder))}; PS1='{PROMPT}' exec bash --norc --noprofile"
        self._tmux("new-session", "-d", "-x", str(columns), "-y", str(rows), shell)
        self.pid = int(self._tmux("display-message", "-p", "#{pane_pid}"))

    def _tmux(self, *words: str) -> str:
        command = ["tmux", "-S", self._socket, "-f", "/dev/null", *words]
        return subprocess.run(command, env=self._environment, capture_output=True, text=True, check=True).stdout

    def text(self, *, styled: bool = False) -> str:
        """Return what is to be seen, with its styles if wanted."""
        return self._tmux("capture-pane", "-p", *(["-e"] if styled else []))

    def until(self, text: str) -> str:
        """Wait until this is to be seen, and return all that is."""
        try:
            until(lambda: text in self.text(), f"{text!r} on the screen")
        except AssertionError as error:
            raise AssertionError(f"{error}:\n{self.text()}") from error
        return self.text()

    def press(self, *keys: str) -> None:
        self._tmux("send-keys", *keys)

    def run(self, command: str) -> None:
        self._tmux("send-keys", "-l", command)
        self.press("Enter")

    def talk(self, *words: str, before: str = "") -> None:
        """Start `parley talk`, and wait until it listens."""
        options, mine = [word for word in words if "=" in word], [word for word in words if "=" not in word]
        settings = [part for option in options for part in ("--set", option)]
        self.run(f"{before} {shlex.join([*COMMAND, *settings, 'talk', *mine])}")
        self.until("listening ")

    def resize(self, columns: int, rows: int) -> None:
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def ends(self, status: int) -> None:
        """Wait for the shell's prompt, and check that the program ended so and the terminal is as before."""
        until(lambda: self._flags() == "011", "our own screen is left")
        self.is_alone()  # until then, what is typed is not for the shell
        self.run("status=$?; clear; stty -a; echo status $status")
        self.until(f"\nstatus {status}\n")
        shown = self.text()
        assert re.search(r"[^-]icanon", shown)
        assert re.search(r"[^-]echo ", shown)

    def _flags(self) -> str:
        return self._tmux("display-message", "-p", "#{alternate_on}#{cursor_flag}#{wrap_flag}").strip()

    def is_alone(self) -> None:
        """Wait until nothing but the shell is left."""
        until(lambda: len(alive(self.pid)) == 1, "all processes end")

    def kill(self) -> None:
        self._tmux("kill-server")


@contextmanager
def screen(sound: VirtualSound, folder: Path, columns: int = 80, rows: int = 24) -> Iterator[Screen]:
    shown = Screen(sound, folder, columns, rows)
    try:
        shown.until(PROMPT)
        yield shown
    finally:
        shown.kill()
