"""Microphones and speakers: which there are, which Parley takes, and at which rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.errors import InputError
from clients.desktop.devices import Device, Kind, devices, find, portaudio
from clients.doctor.finding import Finding, from_error, ok, warning
from clients.doctor.probe import Given, Probe

RATES_HZ = (16_000, 22_050, 44_100, 48_000)
"""What Parley hears, what its voices speak, and what hardware works at."""

WITHOUT = "parley talk needs both; ask, translate, transcribe and serve work without."


@dataclass(frozen=True)
class Choice:
    """What Parley takes as a microphone or a speaker."""

    kind: Kind
    named: str | None
    """In the settings; None for the system's choice."""
    device: Device | None
    rates_hz: tuple[int, ...] = ()
    refused: InputError | None = None


@dataclass(frozen=True)
class Devices:
    """All that the system knows."""

    known: Sequence[Device]
    choices: Sequence[Choice]
    default: frozenset[int] = frozenset()
    """Numbers of those that are the system's choice."""
    portaudio: InputError | None = None


def judge(seen: Devices) -> list[Finding]:
    """Say what is thought of the devices."""
    if seen.portaudio:
        found = from_error("PortAudio", seen.portaudio)
        return [warning(found.about, found.sentence, f"{found.remedy} {WITHOUT}")]
    return [*(_chosen(choice, seen) for choice in seen.choices), *_others(seen)]


def _chosen(choice: Choice, seen: Devices) -> Finding:
    about = choice.kind
    if choice.device is None:
        assert choice.refused is not None
        if choice.named is not None:
            return from_error(f"{about} in the settings", choice.refused)
        if not any(device.can(choice.kind) for device in seen.known):
            return warning(about, f"The system knows no {choice.kind} at all.", f"Connect one, or start the sound server: {WITHOUT}")
        return warning(about, f"The system has chosen no {choice.kind}.", f"Choose one of those below: --set {choice.kind}=NUMBER.")
    device = choice.device
    chosen_by = f"named {choice.named!r} in the settings" if choice.named is not None else "the system's choice"
    rates = f"{_rates(choice.rates_hz)}" if choice.rates_hz else f"{device.rate_hz} Hz"
    values = {
        "number": device.number, "name": device.name, "default": device.number in seen.default,
        "rate_hz": device.rate_hz, "rates_hz": list(choice.rates_hz),
    }  # fmt: skip
    if not choice.rates_hz:
        return warning(
            about, f"{device}, {chosen_by}, takes none of {_rates(RATES_HZ)}.",
            f"End what else uses it, or choose another: --set {choice.kind}=NUMBER.", **values,
        )  # fmt: skip
    return ok(about, f"{device}, {chosen_by}; takes {rates}.", **values)


def _others(seen: Devices) -> list[Finding]:
    if not seen.known:
        return []
    shown = [f"{device}, {device.rate_hz} Hz{' (default)' if device.number in seen.default else ''}" for device in seen.known]
    values = {"devices": [{"number": device.number, "name": device.name, "rate_hz": device.rate_hz} for device in seen.known]}
    return [ok("all devices", f"{'; '.join(shown)}.", **values)]


def _rates(rates_hz: Sequence[int]) -> str:
    return ", ".join(f"{rate_hz / 1000:g}" for rate_hz in rates_hz) + " kHz"


def look(given: Given) -> Devices:
    """Ask PortAudio."""
    try:
        known = devices()
    except InputError as error:
        return Devices((), (), portaudio=error)
    named: dict[Kind, str | None] = {"microphone": given.settings.microphone, "speaker": given.settings.speaker}
    default = set()
    for kind in named:
        try:
            default.add(find(kind, None).number)
        except InputError:
            continue
    return Devices(known, [_choice(kind, name) for kind, name in named.items()], frozenset(default))


def _choice(kind: Kind, named: str | None) -> Choice:
    try:
        device = find(kind, named)
    except InputError as error:
        return Choice(kind, named, None, refused=error)
    return Choice(kind, named, device, tuple(rate for rate in dict.fromkeys((*RATES_HZ, device.rate_hz)) if _takes(kind, device, rate)))


def _takes(kind: Kind, device: Device, rate_hz: int) -> bool:
    sounddevice = portaudio()
    check = sounddevice.check_input_settings if kind == "microphone" else sounddevice.check_output_settings
    try:
        check(device=device.number, channels=1, dtype="float32", samplerate=rate_hz)
    except (sounddevice.PortAudioError, ValueError):
        return False
    return True


PROBE = Probe("Sound devices", 200, look, judge, limit_s=30)
