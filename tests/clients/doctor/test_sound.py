"""The doctor's ears on virtual hardware: a delay that the test sets, a muted microphone, speech, and no sound at all."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clients.doctor.finding import Finding
from tests.clients.desktop.virtual_sound import PATIENCE_S, ROOT, VirtualSound
from tests.clients.doctor.conftest import Probed

QUESTION = ROOT / "clients" / "cli" / "recordings" / "seven-times-eight.wav"
LATE = Path(__file__).with_name("late.c")

NO_SOUND = """
</usr/share/alsa/alsa.conf>
ctl.!hw { type none }
pcm.!hw { type none }
pcm.!default { type none }
pcm.!pulse { type none }
"""
"""ALSA as it is without hardware, whatever this machine has."""


@contextmanager
def late(sound: VirtualSound, delay_s: float) -> Iterator[None]:
    """Let the microphone hear the speaker, `delay_s` after it sounds: samples in a line, so to the very sample."""
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang", "c++"))))
    language = ["-x", "c"]
    subprocess.run([compiler, *language, "-O1", "-shared", "-fPIC", "-o", sound.folder / "late.so", LATE], check=True)
    command = ["pactl", "load-module", "module-ladspa-sink", "sink_name=late", "sink_master=speaker"]
    command += [f"plugin={sound.folder}/late.so", "label=late", f"control={delay_s}"]
    module = subprocess.run(command, env=sound.environment, capture_output=True, text=True, check=True).stdout.strip()
    try:
        for words in (("set-default-sink", "late"), ("set-default-source", "speaker.monitor")):
            subprocess.run(["pactl", *words], env=sound.environment, check=True)
        yield
    finally:
        for words in (("set-default-sink", "speaker"), ("set-default-source", "microphone.monitor"), ("unload-module", module)):
            subprocess.run(["pactl", *words], env=sound.environment, check=True)


def steady(probed: Probed, sound: VirtualSound) -> Finding:
    """Measure until the machine was not too busy: what calls itself unsteady, or lost chirps, is not to be exact."""
    end_s = time.monotonic() + 2 * PATIENCE_S
    while True:
        (finding,) = probed("loopback", environment=sound.environment)
        if finding.verdict == "ok" and finding.values["came_back"] >= 3:
            return finding
        assert time.monotonic() < end_s, finding


@pytest.mark.parametrize("delay_s", [0.0, 0.08, 0.25])
def test_the_delay_that_was_set_is_measured(virtual_sound: VirtualSound, probed: Probed, delay_s: float) -> None:
    with late(virtual_sound, delay_s):
        finding = steady(probed, virtual_sound)
    assert finding.values["echo_delay_s"] == pytest.approx(delay_s, abs=0.005)
    assert finding.values["latency_s"] > delay_s
    assert finding.values["level_db"] == pytest.approx(0, abs=1)
    told = re.match(r"(\d+) ms from the speaker's driver to the microphone's", finding.sentence)
    assert told, finding.sentence
    assert int(told[1]) == pytest.approx(1000 * finding.values["latency_s"], abs=0.6), "rounded from more digits than the value has"


def test_nothing_comes_back_where_nothing_can(virtual_sound: VirtualSound, probed: Probed) -> None:
    (finding,) = probed("loopback", environment=virtual_sound.environment)
    assert finding.verdict == "warning"
    assert "Nothing came back" in finding.sentence
    assert "headphones" in finding.remedy


def test_a_muted_microphone(virtual_sound: VirtualSound, probed: Probed) -> None:
    (finding,) = probed("level", environment=virtual_sound.environment)
    assert finding.verdict == "problem"
    assert "digital silence" in finding.sentence


def test_speech_is_heard_as_loud_as_it_is(virtual_sound: VirtualSound, probed: Probed) -> None:
    with subprocess.Popen(
        ["sh", "-c", f"while paplay --device=microphone '{QUESTION}'; do :; done"], env=virtual_sound.environment, start_new_session=True
    ) as speaking:
        try:
            end_s = time.monotonic() + PATIENCE_S
            while True:
                (finding,) = probed("level", environment=virtual_sound.environment)
                if finding.values.get("spoken") or time.monotonic() > end_s:
                    break
        finally:
            speaking.kill()
    assert finding.verdict == "ok", finding
    assert -40 < finding.values["loudest_db"] < -3
    assert "with speech" in finding.sentence


def test_the_devices_of_the_system(virtual_sound: VirtualSound, probed: Probed) -> None:
    microphone, speaker, everything = probed("devices", environment=virtual_sound.environment)
    assert microphone.verdict == speaker.verdict == everything.verdict == "ok"
    assert microphone.values["default"] is True
    assert {16_000, 48_000} <= set(microphone.values["rates_hz"])
    assert "default (32 in, 32 out)" in everything.sentence
    assert "(default)" in everything.sentence


def test_a_microphone_that_is_not_there(virtual_sound: VirtualSound, probed: Probed) -> None:
    found = probed("devices", "microphone=flute", environment=virtual_sound.environment)
    assert [finding.verdict for finding in found] == ["problem", "ok", "ok"]
    assert "no microphone named 'flute'" in found[0].sentence
    (finding,) = probed("level", "microphone=flute", environment=virtual_sound.environment)
    assert finding.verdict == "ok"
    assert "not measured" in finding.sentence


def test_no_sound_at_all(probed: Probed, home: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "alsa.conf").write_text(NO_SOUND)
    silent = home | {"ALSA_CONFIG_PATH": str(tmp_path / "alsa.conf"), "PULSE_SERVER": f"unix:{tmp_path}/none"}
    found = probed("devices", environment=silent)
    assert [(finding.about, finding.verdict) for finding in found] == [("microphone", "warning"), ("speaker", "warning")]
    assert "knows no microphone at all" in found[0].sentence
    for name in ("level", "loopback"):
        (finding,) = probed(name, environment=silent)
        assert (finding.verdict, "not measured" in finding.sentence) == ("ok", True)
