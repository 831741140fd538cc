"""Ctrl-C at any point: the command ends, nothing is half-written, no stack trace, no process is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assistant.audio import LISTEN_RATE_HZ
from clients.bench.room import recording
from clients.cli.media import write_wav

COMMANDS = {
    "demo": ["demo", "--out", "{folder}/demo"],
    "transcribe": ["transcribe", "{folder}/long.wav"],
    "translate, waiting for a line": ["translate", "-"],
    "bench": ["bench", "latency"],
}


@pytest.mark.parametrize("after_s", [0.6, 2.5])
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
def test_ctrl_c(tmp_path: Path, command: list[str], after_s: float) -> None:
    write_wav(tmp_path / "long.wav", [recording("miles")] * 300, LISTEN_RATE_HZ)
    arguments = [part.format(folder=tmp_path) for part in command]
    started = subprocess.Popen(
        [sys.executable, "-m", "clients.cli.main", *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    time.sleep(after_s)
    # As a terminal does it: to the whole group, so also to the process of the voice.
    os.killpg(started.pid, signal.SIGINT)
    _, complaints = started.communicate(timeout=60)
    assert started.returncode == 130, complaints
    assert "Traceback" not in complaints
    assert not list(tmp_path.rglob("*.part"))
    assert everybody_has_gone(started.pid)


def everybody_has_gone(group: int) -> bool:
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
