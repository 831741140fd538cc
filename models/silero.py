"""Silero's voice activity detector: the ONNX file that faster-whisper brings, with the state of one stream."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from faster_whisper.utils import get_assets_path

from assistant.audio import CHUNK_SAMPLES, Samples
from assistant.errors import ModelMissing

_CONTEXT = 64
"""Samples of the chunk before, which the model wants in front of each chunk."""


@cache
def _weights() -> Any:
    """Return the model, shared by all streams: one thread, as a chunk takes 0.1 ms."""
    files = sorted(Path(get_assets_path()).glob("silero_*.onnx"))
    if not files:
        raise ModelMissing(
            "The Silero detector is not in the package faster-whisper; reinstall it: pip install --force-reinstall faster-whisper."
        )
    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(files[-1]), options, providers=["CPUExecutionProvider"])


class SileroDetector:
    """A `Detector` of one stream."""

    def __init__(self) -> None:
        self._session = _weights()
        self.reset()

    def reset(self) -> None:
        """Forget the stream so far."""
        self._h = np.zeros((1, 1, 128), np.float32)
        self._c = np.zeros((1, 1, 128), np.float32)
        self._input = np.zeros((1, _CONTEXT + CHUNK_SAMPLES), np.float32)

    def probability(self, chunk: Samples) -> float:
        """Return the speech probability of the next 512 samples.

        Raises:
            ValueError: the chunk does not hold 512 samples.
        """
        if chunk.shape != (CHUNK_SAMPLES,):
            raise ValueError(f"The detector takes {CHUNK_SAMPLES} samples, not {chunk.shape}.")
        self._input[0, :_CONTEXT] = self._input[0, -_CONTEXT:]
        self._input[0, _CONTEXT:] = chunk
        output, self._h, self._c = self._session.run(None, {"input": self._input, "h": self._h, "c": self._c})
        return float(output.reshape(-1)[0])
