"""Piper's neural voices. One step costs one phrase. The package is GPL-3: this engine runs in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant.audio import Samples
from assistant.errors import EngineUnavailable


class PiperVoice:
    """One voice: `NAME.onnx` with `NAME.onnx.json` beside it."""

    def __init__(self, path: Path) -> None:
        """Load the voice.

        Raises:
            EngineUnavailable: the files are no Piper voice.
        """
        import piper  # here and not above: only the voice's own process may load it

        try:
            self._voice: Any = piper.PiperVoice.load(path)
        except Exception as error:
            raise EngineUnavailable(f"The voice {path} cannot be loaded ({error}); put a complete Piper voice there.") from error
        self.sample_rate_hz: int = self._voice.config.sample_rate

    def speak(self, text: str) -> Iterator[Samples]:
        """Yield the samples of a phrase."""
        for chunk in self._voice.synthesize(text):
            yield chunk.audio_float_array
