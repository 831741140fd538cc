"""The recordings that `parley demo` plays: sentences spoken by flite's voices, which the recognizer also learned from."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import soxr

from assistant.audio import LISTEN_RATE_HZ, silence, to_pcm16
from models.starter.recipe import flite

LINES = {
    "seven-times-eight": ("slt", "What is seven times eight?"),
    "five-minutes": ("rms", "Set a timer for five minutes."),
    "miles": ("slt", "How many kilometers are in three miles?"),
    "translate-1": ("slt", "I don't know where he lives."),
    "translate-2": ("rms", "The weather is very nice today."),
}


def make(out: Path) -> None:
    """Write every line as 16 kHz WAV with a little silence around it.

    Raises:
        EngineUnavailable: flite is not installed.
    """
    out.mkdir(parents=True, exist_ok=True)
    for name, (voice, text) in LINES.items():
        said = flite.say(text, voice)
        samples = soxr.resample(said.samples, said.rate_hz, LISTEN_RATE_HZ)
        around = silence(LISTEN_RATE_HZ * 3 // 10)
        placed = np.concatenate([around, samples * (0.6 / np.abs(samples).max()), around])
        with wave.open(str(out / f"{name}.wav"), "wb") as sound:
            sound.setparams((1, 2, LISTEN_RATE_HZ, 0, "NONE", ""))
            sound.writeframes(to_pcm16(placed))
