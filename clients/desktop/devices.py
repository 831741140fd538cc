"""Which microphones and speakers there are, which one is meant, and opening it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from assistant.errors import InputError
from clients.desktop.interrupts import undisturbed

Kind: TypeAlias = Literal["microphone", "speaker"]
KINDS: tuple[Kind, ...] = ("microphone", "speaker")

LOST_S = 5.0
"""Seconds without a callback after which a device is taken for gone; a sleeping Bluetooth headset needs about 2."""

LOOK_S = 0.25
"""They are counted in steps, so that a time in which the process itself was stopped counts as one of them."""

STOPPED_S = 2.0
"""A process that does nothing for so long was stopped; sound from before that is of no use to anybody."""


class DeviceGone(InputError):
    """A device stopped while it was in use."""

    def __init__(self, kind: Kind, device: Device) -> None:
        """Say which."""
        super().__init__(f"The {kind} {device} is gone; connect it again, or choose another: parley talk --devices.")
        self.kind, self.device = kind, device


@dataclass(frozen=True, slots=True)
class Device:
    """A device as PortAudio knows it; printed, it is one line of the list that a person chooses from."""

    number: int
    name: str
    inputs: int
    outputs: int
    host: int
    """The host API it belongs to; under several of them the same hardware may be listed again."""
    rate_hz: int
    """The rate it takes in any case."""

    def can(self, kind: Kind) -> bool:
        """Tell whether it can be used as this."""
        return (self.inputs if kind == "microphone" else self.outputs) > 0

    def __str__(self) -> str:
        return f"{self.number}: {self.name} ({self.inputs} in, {self.outputs} out)"


def portaudio() -> Any:
    """Import sounddevice, which starts PortAudio: late, since commands without sound need neither.

    Raises:
        InputError: PortAudio is not installed, or does not start.
    """
    try:
        with undisturbed():
            import sounddevice
    except OSError as error:
        raise InputError(
            "PortAudio is missing; install it (Debian: apt-get install libportaudio2), or use files instead of devices."
        ) from error
    return sounddevice


def restart() -> None:
    """Let PortAudio look for devices again; all streams must be closed.

    Raises:
        InputError: it does not start.
    """
    sounddevice = portaudio()
    with suppress(sounddevice.PortAudioError):  # it has not started the last time
        sounddevice._terminate()
    try:
        sounddevice._initialize()
    except sounddevice.PortAudioError as error:
        raise InputError(f"PortAudio does not start ({error}); see what the system's sound server says.") from error


def devices() -> list[Device]:
    """Return all devices that were there when PortAudio started."""
    return [_device(found) for found in portaudio().query_devices()]


def host_api(device: Device) -> str:
    """Return the name of the host API that a device belongs to."""
    return str(portaudio().query_hostapis(device.host)["name"])


def _device(found: Any) -> Device:
    return Device(
        found["index"], found["name"], found["max_input_channels"], found["max_output_channels"],
        found["hostapi"], round(found["default_samplerate"]),
    )  # fmt: skip


def find(kind: Kind, wanted: str | None) -> Device:
    """Return the device with this number or name, or the system's choice for None.

    Raises:
        InputError: there is none, or several fit; the sentence lists what there is.
    """
    return choose(kind, wanted, devices(), default(kind))


def default(kind: Kind) -> Device | None:
    """Return the system's choice, if it has one."""
    sounddevice = portaudio()
    try:
        return _device(sounddevice.query_devices(kind="input" if kind == "microphone" else "output"))
    except (sounddevice.PortAudioError, ValueError):
        return None


def choose(kind: Kind, wanted: str | None, known: Sequence[Device], default: Device | None) -> Device:
    """Return the device that is meant, as `find` does.

    A number is one of the list. A name fits whole or in part, in any case; a whole name wins over parts, the system's own
    choice over others, and its host API over further ones.
    """
    able = [device for device in known if device.can(kind)]
    listed = f"the {kind}s are: {'; '.join(map(str, able))}." if able else f"the system knows no {kind} at all."
    if wanted is None:
        if default is None:
            raise InputError(f"There is no {kind} to use; connect one, or choose by number or name: {listed}")
        return default
    if wanted.isdecimal():
        if fitting := [device for device in able if device.number == int(wanted)]:
            return fitting[0]
        raise InputError(f"There is no {kind} number {wanted}; {listed}")
    name = wanted.casefold()
    whole = [device for device in able if device.name.casefold() == name]
    fitting = whole or [device for device in able if name in device.name.casefold()]
    if not fitting:
        raise InputError(f"There is no {kind} named {wanted!r}; {listed}")
    if default in fitting:
        return default
    near = [device for device in fitting if default is not None and device.host == default.host] or fitting
    if len(near) > 1:
        raise InputError(f"The name {wanted!r} fits several {kind}s; give more of it, or the number: {'; '.join(map(str, near))}.")
    return near[0]


@dataclass(frozen=True, slots=True)
class Choice:
    """A device, and what the person calls it: its number or a part of its name; None for the system's choice, whatever that is at the time."""

    kind: Kind
    device: Device
    wanted: str | None

    @classmethod
    def of(cls, kind: Kind, wanted: str | None) -> Choice:
        """Choose, as `find` does."""
        return cls(kind, find(kind, wanted), wanted)

    def again(self) -> Choice:
        """Choose after a `restart`: by then numbers are others, and so may the card in ALSA's names be.

        Raises:
            InputError: it is not there.
        """
        if self.wanted is None or not self.wanted.isdecimal():
            return replace(self, device=find(self.kind, self.wanted))
        try:
            return replace(self, device=find(self.kind, self.device.name))
        except InputError:
            return replace(self, device=find(self.kind, self.device.name.partition(" (hw:")[0]))


LATENCY_S = 0.02
"""What a driver may hold at first, in seconds: it has to cover the moments in which Python runs something else."""


def open_stream(
    kind: Kind, device: Device, rate_hz: int, *, block_s: float, latency_s: float, callback: Callable[..., None], ended: Callable[[], None]
) -> tuple[Any, int]:
    """Open a device, mono float32, at `rate_hz`, or at its own rate where it refuses that; return the stream and its rate.

    Raises:
        InputError: it takes neither, or something else holds it.
    """
    sounddevice = portaudio()
    make = sounddevice.InputStream if kind == "microphone" else sounddevice.OutputStream
    refused: Exception | None = None
    for rate in dict.fromkeys((rate_hz, device.rate_hz)):
        try:
            stream = make(
                device=device.number, channels=1, dtype="float32", samplerate=rate, blocksize=round(block_s * rate),
                latency=latency_s, callback=callback, finished_callback=ended,
            )  # fmt: skip
        except (sounddevice.PortAudioError, ValueError) as error:
            refused = refused or error
        else:
            return stream, rate
    raise cannot_open(kind, device, refused) from refused


def start(kind: Kind, device: Device, stream: Any) -> None:
    """Let a stream run; one that does not is closed.

    Raises:
        InputError: the device does not start.
    """
    sounddevice = portaudio()
    try:
        stream.start()
    except sounddevice.PortAudioError as error:
        stream.close(ignore_errors=True)
        raise cannot_open(kind, device, error) from error


def cannot_open(kind: Kind, device: Device, why: object) -> InputError:
    """Return the sentence for a device that is there and does not open."""
    shown = " ".join(str(why).split())
    return InputError(f"The {kind} {device} cannot be opened ({shown}); end what else uses it, or choose another: parley talk --devices.")
