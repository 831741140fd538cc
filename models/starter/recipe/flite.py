"""flite, where it is installed: a program that speaks English in a few voices of real people."""

from __future__ import annotations

import subprocess
import tempfile
import wave
from pathlib import Path
from typing import NamedTuple

import numpy as np

from assistant.audio import Samples
from assistant.errors import EngineUnavailable


class Said(NamedTuple):
    """A text as flite says it: `samples` at `rate_hz`, and what it printed."""

    samples: Samples
    rate_hz: int
    printed: str


def say(text: str, voice: str, *options: str) -> Said:
    """Say a text.

    Raises:
        EngineUnavailable: flite is not installed.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        try:
            told = subprocess.run(["flite", "-voice", voice, *options, "-t", text, "-o", path], check=True, capture_output=True, text=True)
        except FileNotFoundError as error:
            raise EngineUnavailable("flite, which speaks English here, is missing; install it: apt install flite.") from error
        with wave.open(str(path)) as file:
            pcm = np.frombuffer(file.readframes(file.getnframes()), np.int16)
            return Said(pcm.astype(np.float32) / np.float32(32768), file.getframerate(), told.stdout)
