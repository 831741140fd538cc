"""What is thought of devices, of a microphone's level and of the way back from the speaker: tables, with no device at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from assistant.audio import LISTEN_RATE_HZ, Samples, silence
from assistant.errors import InputError
from clients.desktop.devices import Device
from clients.doctor.chirp import Loop
from clients.doctor.probes import devices, level, loopback
from clients.doctor.probes.devices import Choice, Devices
from clients.doctor.probes.level import Level
from tests.clients.doctor.test_judgements import verdicts

USB, SCREEN = Device(0, "USB", 1, 2, 0, 48_000), Device(1, "Screen", 0, 2, 0, 48_000)
RATES = (16_000, 48_000)
GONE = InputError("There is no microphone named 'x'; the microphones are: 0: USB (1 in, 2 out).")


@pytest.mark.parametrize(
    ("seen", "expected", "words"),
    [
        (
            Devices([USB, SCREEN], [Choice("microphone", None, USB, RATES), Choice("speaker", "scr", SCREEN, RATES)], frozenset({0})),
            {"microphone": "ok", "speaker": "ok", "all devices": "ok"},
            [
                "0: USB (1 in, 2 out), the system's choice; takes 16, 48 kHz.",
                "named 'scr' in the settings",
                "48000 Hz (default); 1: Screen",
            ],
        ),
        (
            Devices([USB], [Choice("microphone", "x", None, refused=GONE)]),
            {"microphone in the settings": "problem", "all devices": "ok"},
            ["There is no microphone named 'x'."],
        ),
        (
            Devices([SCREEN], [Choice("microphone", None, None, refused=GONE)]),
            {"microphone": "warning", "all devices": "ok"},
            ["knows no microphone at all"],
        ),
        (
            Devices([USB], [Choice("microphone", None, None, refused=GONE)]),
            {"microphone": "warning", "all devices": "ok"},
            ["The system has chosen no microphone."],
        ),
        (
            Devices([USB], [Choice("microphone", None, USB, ())]),
            {"microphone": "warning", "all devices": "ok"},
            ["takes none of 16, 22.05, 44.1, 48 kHz"],
        ),
        (Devices((), (), portaudio=InputError("PortAudio is missing; install it.")), {"PortAudio": "warning"}, ["PortAudio is missing."]),
        (
            Devices((), [Choice("microphone", None, None, refused=GONE), Choice("speaker", None, None, refused=GONE)]),
            {"microphone": "warning", "speaker": "warning"},
            ["no microphone at all", "no speaker at all"],
        ),
    ],
)
def test_devices(seen: Devices, expected: dict[str, str], words: list[str]) -> None:
    findings = devices.judge(seen)
    assert verdicts(findings) == expected
    for part in words:
        assert part in " ".join(finding.sentence for finding in findings)


@pytest.mark.parametrize(
    ("seen", "verdict", "words"),
    [
        (None, "ok", "there is no microphone"),
        (Level("USB"), "problem", "USB gives digital silence"),
        (Level("USB", -20, -60, 0.0, True), "ok", "-20 dB at the loudest, -60 dB at the softest, with speech."),
        (Level("USB", -65, -70), "ok", "without speech"),
        (Level("USB", -80, -85), "warning", "too quiet"),
        (Level("USB", -50, -85, 0.0, True), "warning", "too quiet"),
        (Level("USB", -20, -30), "warning", "noisy"),
        (Level("USB", -10, -30, 0.0, True), "ok", "with speech"),
        (Level("USB", -1, -30, 0.05, True), "warning", "5.0 % of the samples are clipped"),
    ],
)
def test_levels(seen: Level | None, verdict: str, words: str) -> None:
    (finding,) = level.judge(seen)
    assert verdicts([finding]) == {"level": verdict}
    assert words in finding.sentence


def sine(amplitude: float, offset: float = 0.0) -> Samples:
    return (offset + amplitude * np.sin(np.arange(LISTEN_RATE_HZ) * 0.2)).astype(np.float32)


def test_levels_are_measured() -> None:
    assert level.measured("m", silence(LISTEN_RATE_HZ), False) == Level("m")
    loud = level.measured("m", sine(0.1), True)
    assert (loud.loudest_db, loud.noise_db) == (pytest.approx(-23, abs=0.1), pytest.approx(-23, abs=0.1))
    assert level.measured("m", sine(0.1, offset=0.3), True).loudest_db == pytest.approx(-23, abs=0.1)  # a constant is not heard
    half = np.concatenate([sine(0.1)[:8_000], sine(0.0001)[:8_000]])
    assert level.measured("m", half, True).noise_db == pytest.approx(-83, abs=0.1)
    assert level.measured("m", np.clip(sine(2.0), -1, 1), True).clipped == pytest.approx(0.67, abs=0.05)


LOOP = Loop(4, 4, 0.128, 0.004, 0.0005, -23.4)


@pytest.mark.parametrize(
    ("change", "verdict", "words"),
    [
        (
            {},
            "ok",
            "128 ms from the speaker's driver to the microphone's, 4 ms of it beyond what the drivers tell; it comes back at -23 dB.",
        ),
        ({"echo_delay_s": None}, "ok", "to the microphone's; it comes back"),
        ({"level_db": -0.0003}, "ok", "at +0 dB"),
        ({"latency_s": None, "came_back": 0}, "warning", "Nothing came back: none of 4 chirps"),
        ({"latency_s": 0.6}, "warning", "600 ms"),
        ({"echo_delay_s": 0.35}, "warning", "350 ms of it"),
        ({"clipped": True}, "warning", "128 ms"),
        ({"spread_s": 0.02}, "warning", "and 20 ms more or less each time"),
    ],
)
def test_loops(change: dict[str, Any], verdict: str, words: str) -> None:
    (finding,) = loopback.judge(replace(LOOP, **change))
    assert verdicts([finding]) == {"loopback": verdict}
    assert words in finding.sentence


def test_no_loop_without_devices() -> None:
    (finding,) = loopback.judge(None)
    assert verdicts([finding]) == {"loopback": "ok"}
