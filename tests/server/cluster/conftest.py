"""A cluster on this machine: real Ray, real engines, and whoever is there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from server.cluster.asked import FRONT
from server.cluster.directory import Place

START_S, END_S = 120, 40

ONE_LANGUAGE = """
[server]
admission = "places"
listens = ["en"]
speaks = ["en", "es"]
"""
"""As the server of the other tests."""


class Running:
    """A `parley cluster`, and what it told."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.host, self.port = "", 0
        self.places: list[Place] = []
        self.said: list[str] = []
        self._readers = [threading.Thread(target=self._read, daemon=True), threading.Thread(target=self._hear, daemon=True)]
        for reader in self._readers:
            reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if not line.startswith(("{", "[")):
                self.said.append(line.rstrip())
                continue
            told = json.loads(line)
            if isinstance(told, dict):
                self.host, self.port = told["host"], told["port"]
            else:
                self.places = [Place(**place) for place in told]

    def _hear(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line.rstrip())

    @property
    def fronts(self) -> list[Place]:
        return [place for place in self.places if place.name == FRONT]

    def of(self, name: str) -> list[Place]:
        return [place for place in self.places if place.name == name]

    def until(self, true: Callable[[], object], seconds: float = START_S) -> None:
        until_s = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < until_s, (self.said, self.places)
            assert self.process.poll() is None, self.said
            time.sleep(0.05)

    @property
    def address(self) -> str:
        """Where clients reach its first front."""
        return f"127.0.0.1:{self.fronts[0].serves}"


@contextmanager
def running(state: Path, *options: str, settings: str = ONE_LANGUAGE, env: dict[str, str] | None = None) -> Iterator[Running]:
    """Run `parley cluster` until the block is left; all that it keeps lies in `state`."""
    file = state / "settings.toml"
    file.write_text(settings)
    command = [sys.executable, "-m", "tests.server.cluster.watched", "--settings", str(file), "cluster", "--port", "0", *options]
    env = os.environ | (env or {}) | {"XDG_STATE_HOME": str(state), "XDG_CONFIG_HOME": str(state), "PYTHONWARNINGS": "ignore"}
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    found = Running(process)
    try:
        found.until(lambda: any("listens at" in line for line in found.said))
        yield found
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(END_S)
        finally:
            process.kill()
            with process:
                process.wait()
        assert process.returncode == 0, found.said


@pytest.fixture(scope="package")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A cluster of one machine with two fronts, for all tests of this folder that break nothing."""
    with running(tmp_path_factory.mktemp("state"), "--front", "2", "--recognition", "1-2") as found:
        yield found
