"""The recordings that `parley demo` plays: sentences spoken by flite's voices, which the recognizer also learned from."""

from __future__ import annotations

import io
import subprocess
import wave
from pathlib import Path

import numpy as np
import soxr

from assistant.audio import LISTEN_RATE_HZ, silence, to_pcm16

LINES = {
    "seven-times-eight": ("slt", "What is seven times eight?"),
    "five-minutes": ("rms", "Set a timer for five minutes."),
    "miles": ("slt", "How many kilometers are in three miles?"),
    "translate-1": ("slt", "I don't know where he lives."),
    "translate-2": ("rms", "The weather is very nice today."),
}


def make(out: Path) -> None:
    """Write every line as 16 kHz WAV with a little silence around it."""
    out.mkdir(parents=True, exist_ok=True)
    for name, (voice, text) in LINES.items():
        spoken = subprocess.run(["flite", "-voice", voice, "-t", text, "-o", "/dev/stdout"], check=True, capture_output=True).stdout
        with wave.open(io.BytesIO(spoken)) as file:
            samples = np.frombuffer(spoken[44:], np.int16).astype(np.float32) / 32768
            samples = soxr.resample(samples, file.getframerate(), LISTEN_RATE_HZ)
        around = silence(LISTEN_RATE_HZ * 3 // 10)
        placed = np.concatenate([around, samples * (0.6 / np.abs(samples).max()), around])
        with wave.open(str(out / f"{name}.wav"), "wb") as sound:
            sound.setparams((1, 2, LISTEN_RATE_HZ, 0, "NONE", ""))
            sound.writeframes(to_pcm16(placed))


if __name__ == "__main__":
    make(Path("clients/cli/recordings"))
