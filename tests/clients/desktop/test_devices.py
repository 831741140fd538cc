from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from assistant.errors import InputError
from clients.desktop import devices
from clients.desktop.devices import Device, choose, find, open_stream, start
from tests.clients.desktop.conftest import FakePortAudio, PortAudioError

BUILT_IN = Device(0, "Built-in Audio", 2, 2, host=0, rate_hz=44_100)
HEADSET = Device(1, "USB Headset", 1, 2, host=0, rate_hz=48_000)
CAMERA = Device(2, "USB Camera", 1, 0, host=0, rate_hz=16_000)
SCREEN = Device(3, "Screen", 0, 8, host=0, rate_hz=48_000)
AGAIN = Device(4, "USB Headset", 1, 2, host=1, rate_hz=48_000)
LONGER = Device(5, "USB Headset (chat)", 1, 2, host=0, rate_hz=48_000)
KNOWN = [BUILT_IN, HEADSET, CAMERA, SCREEN, AGAIN, LONGER]


@pytest.mark.parametrize(
    ("kind", "wanted", "default", "chosen"),
    [
        ("microphone", None, BUILT_IN, BUILT_IN),
        ("microphone", "2", BUILT_IN, CAMERA),
        ("speaker", "3", BUILT_IN, SCREEN),
        ("speaker", "screen", BUILT_IN, SCREEN),
        ("microphone", "camera", BUILT_IN, CAMERA),
        ("microphone", "usb headset", BUILT_IN, HEADSET),  # the whole name; the other host API lists it again
        ("microphone", "usb headset", AGAIN, AGAIN),
        ("microphone", "chat", BUILT_IN, LONGER),
        ("microphone", "usb", HEADSET, HEADSET),  # several fit, and one is the system's choice
        ("microphone", "built", None, BUILT_IN),
    ],
)
def test_what_is_meant(kind: Any, wanted: str | None, default: Device | None, chosen: Device) -> None:
    assert choose(kind, wanted, KNOWN, default) is chosen


@pytest.mark.parametrize(
    ("kind", "wanted", "sentence"),
    [
        ("microphone", "flute", "There is no microphone named 'flute'; the microphones are: 0: Built-in Audio (2 in, 2 out); 1: USB"),
        ("microphone", "99", "There is no microphone number 99; the microphones are: 0: "),
        ("microphone", "3", "There is no microphone number 3; "),  # it is a screen
        ("microphone", "screen", "There is no microphone named 'screen'; "),
        ("microphone", "usb", "The name 'usb' fits several microphones; give more of it, or the number: 1: USB Headset (1 in, 2 out); 2: "),
        ("speaker", "", "The name '' fits several speakers; "),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(kind: Any, wanted: str, sentence: str) -> None:
    with pytest.raises(InputError) as raised:
        choose(kind, wanted, KNOWN, None if wanted == "" else BUILT_IN)
    assert str(raised.value).startswith(sentence)
    assert str(raised.value).endswith(".")
    assert "\n" not in str(raised.value)


def test_a_machine_without_devices_says_so() -> None:
    with pytest.raises(InputError, match=r"no microphone to use; connect one.* the system knows no microphone at all"):
        choose("microphone", None, [SCREEN], None)
    with pytest.raises(InputError, match="no speaker named 'x'; the system knows no speaker at all"):
        choose("speaker", "x", [], None)


def test_find_asks_portaudio(portaudio: FakePortAudio) -> None:
    portaudio.add("Second")
    assert find("microphone", None).name == "Virtual"
    assert find("speaker", "sec").number == 1
    portaudio.default = -1
    with pytest.raises(InputError, match=r"no speaker to use.*0: Virtual"):
        find("speaker", None)


def test_a_missing_portaudio_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    with pytest.raises(InputError, match="apt-get install libportaudio2"):
        devices.devices()


def opened(rate_hz: int) -> tuple[Any, int]:
    return open_stream("speaker", find("speaker", None), rate_hz, block_s=0.01, latency_s=0.1, callback=lambda *_: None, ended=lambda: None)


@pytest.mark.parametrize(("takes", "rate_hz"), [((), 22_050), ((48_000,), 48_000)])
def test_a_device_may_keep_to_its_own_rate(portaudio: FakePortAudio, takes: tuple[int, ...], rate_hz: int) -> None:
    portaudio.rates_hz = takes
    stream, found_hz = opened(22_050)
    assert found_hz == stream.options["samplerate"] == rate_hz
    assert stream.options["blocksize"] == round(0.01 * rate_hz)


def test_a_device_that_does_not_open_is_one_sentence(portaudio: FakePortAudio) -> None:
    portaudio.rates_hz = (1,)
    with pytest.raises(InputError, match=r"^The speaker 0: Virtual .* cannot be opened \(Invalid sample rate\); end what else uses it"):
        opened(22_050)


def test_a_device_that_does_not_start_is_closed(portaudio: FakePortAudio, monkeypatch: pytest.MonkeyPatch) -> None:
    stream, _ = opened(22_050)

    def fail() -> Callable[[], None]:
        raise PortAudioError("Unanticipated\n  host error")

    monkeypatch.setattr(stream, "start", fail)
    with pytest.raises(InputError, match=r"cannot be opened \(Unanticipated host error\)"):
        start("speaker", find("speaker", None), stream)
    assert stream.state == "closed"
