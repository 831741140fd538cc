"""The process that looks at the system's choice of devices: a real one."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from clients.desktop.defaults import COMMAND, DefaultWatch, stays
from clients.desktop.devices import find
from tests.clients.desktop.conftest import FakePortAudio
from tests.clients.desktop.virtual_sound import VirtualSound, until


@pytest.mark.parametrize(("api", "does"), [("Core Audio", True), ("ALSA", False)])
def test_which_systems_leave_streams_where_they_are(portaudio: FakePortAudio, api: str, does: bool) -> None:
    portaudio.host_apis = (api,)
    assert stays(find("speaker", None)) == does


def test_it_tells_what_is_there(virtual_sound: VirtualSound, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in virtual_sound.environment.items():
        monkeypatch.setenv(key, value)
    with DefaultWatch() as watch:
        until(lambda: watch.name("speaker"), "it has looked")
        assert watch.name("speaker") == watch.name("microphone") == "default"
        watch.forget()
        assert watch.name("speaker") is None
        until(lambda: watch.name("speaker") == "default", "it has looked again")
        process = watch._process
    assert process.returncode == -signal.SIGKILL


def test_what_is_said_in_pieces_and_several_times() -> None:
    lines = r"""
import os, time
os.write(1, b'{"speaker": "a", "microphone": null}\n{"speaker": "b"}\n{"spea')
time.sleep(0.2)
os.write(1, b'ker": "c"}\n')
"""
    with DefaultWatch((sys.executable, "-c", lines)) as watch:
        until(lambda: watch.name("speaker") == "c", "the last one counts")
        assert watch.name("microphone") is None
        until(lambda: watch._process.poll() is not None, "it has ended")
        assert watch.name("speaker") == "c", "and is of no more use"


def test_it_ends_when_nobody_listens(virtual_sound: VirtualSound) -> None:
    with subprocess.Popen(COMMAND, env=virtual_sound.environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(60) == 0
