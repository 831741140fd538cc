"""The microphone's level: a second of it is recorded, looked at and forgotten."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.errors import InputError
from clients.desktop.devices import devices, find
from clients.doctor.finding import Finding, ok, problem, warning
from clients.doctor.probe import Given, Probe

if TYPE_CHECKING:
    from assistant.audio import Samples

RECORDED_S, WAKING_S = 1.4, 0.4
"""What is recorded, and how much of its beginning does not count: many microphones begin with a click or with nothing."""

STRETCH_S = 0.1
"""Loudness is that of the loudest tenth of a second, and noise that of the softest."""

SPEECH = 0.5
"""A speech probability from which on somebody is taken to speak."""

CLIPPED, MOST_CLIPPED = 0.99, 0.001
"""A sample from here on is clipped; so large a part of them is heard as a crackle."""

SOFT_SPEECH_DB, SOFT_DB, NOISY_DB = -45.0, -75.0, -35.0
"""Below the first, speech is too quiet; below the second, no microphone's own noise is; above the third, noise covers speech."""

LEAST = 1e-6
"""A stretch of digital silence is shown as -120 dB."""

LOUDER = "Turn the microphone up in the system's sound settings, or go nearer."


@dataclass(frozen=True)
class Level:
    """What was heard, in decibels below full scale."""

    device: str
    loudest_db: float = -math.inf
    noise_db: float = -math.inf
    clipped: float = 0.0
    """Part of the samples."""
    spoken: bool = False


def judge(seen: Level | None) -> list[Finding]:
    """Say what is thought of the level; None if there is no microphone."""
    about = "level"
    if seen is None:
        return [ok(about, "It was not measured, as there is no microphone.")]
    if not math.isfinite(seen.loudest_db):
        remedy = "Switch it on (a button, the system's sound settings, the permission to use the microphone), or choose another."
        return [problem(about, f"The microphone {seen.device} gives digital silence: it is muted or not permitted.", remedy)]
    sentence = (
        f"{seen.loudest_db:.0f} dB at the loudest, {seen.noise_db:.0f} dB at the softest, {'with' if seen.spoken else 'without'} speech."
    )
    values = {
        "loudest_db": round(seen.loudest_db, 1), "noise_db": round(seen.noise_db, 1),
        "clipped": round(seen.clipped, 5), "spoken": seen.spoken,
    }  # fmt: skip
    if seen.clipped > MOST_CLIPPED:
        clipping = f"{100 * seen.clipped:.1f} % of the samples are clipped: it is too loud."
        return [warning(about, clipping, "Turn the microphone down in the system's sound settings.", **values)]
    if seen.loudest_db < (SOFT_SPEECH_DB if seen.spoken else SOFT_DB):
        return [warning(about, f"It is too quiet: {sentence}", LOUDER, **values)]
    if seen.noise_db > NOISY_DB and not seen.spoken:
        return [warning(about, f"It is noisy: {sentence}", "Find what hums, or go nearer to the microphone and turn it down.", **values)]
    return [ok(about, sentence, **values)]


def measured(device: str, samples: Samples, spoken: bool) -> Level:
    """Return the level of 16 kHz samples."""
    import numpy as np

    from assistant.audio import LISTEN_RATE_HZ

    clipped = float(np.mean(np.abs(samples) >= CLIPPED))
    stretch = round(STRETCH_S * LISTEN_RATE_HZ)
    stretches = samples[: samples.size // stretch * stretch].reshape(-1, stretch)
    if not np.any(stretches):
        return Level(device)
    levels = np.sqrt(np.mean(np.square(stretches - stretches.mean(axis=1, keepdims=True)), axis=1))
    decibels = 20 * np.log10(np.maximum(levels, LEAST))
    return Level(device, float(decibels.max()), float(decibels.min()), clipped, spoken)


def look(given: Given) -> Level | None:
    """Record a second."""
    from assistant.audio import LISTEN_RATE_HZ, Rechunker
    from clients.doctor.tape import Tape
    from models.silero import SileroDetector

    wanted = given.settings.microphone
    try:
        if not any(device.can("microphone") for device in devices()):
            return None
        device = find("microphone", wanted)
    except InputError:
        return None  # the devices' own probe tells
    detector = SileroDetector()
    with Tape("microphone", device, RECORDED_S) as tape:
        tape.start()
        heard = tape.wait()
    samples = at_listening_rate(heard.samples, heard.rate_hz)[round(WAKING_S * LISTEN_RATE_HZ) :]
    spoken = any(detector.probability(chunk) > SPEECH for chunk in Rechunker().push(samples))
    return measured(str(device), samples, spoken)


def at_listening_rate(samples: Samples, rate_hz: int) -> Samples:
    """Return the samples at 16 kHz."""
    import numpy as np

    from assistant.audio import LISTEN_RATE_HZ
    from clients.desktop.resampler import Resampler

    resampler = Resampler(LISTEN_RATE_HZ)
    return np.concatenate([resampler.push(samples, rate_hz), resampler.flush()])


PROBE = Probe("Microphone", 210, look, judge, doing="Recording a second: say something", light=False)
