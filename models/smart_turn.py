"""Smart-turn v3: hears from the last seconds of speech whether it is over. One step costs one forward pass over 8 s."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from faster_whisper.feature_extractor import FeatureExtractor

from assistant.audio import LISTEN_RATE_HZ, Samples, silence
from assistant.errors import EngineUnavailable

WINDOW_S = 8
"""What the model hears; where there is less, silence goes in front."""

_BANDS, _FRAMES = 80, 800
_INPUT = "input_features"


class SmartTurn:
    """A `TurnDetector` for a worker of its own; the models of the Hugging Face repository pipecat-ai/smart-turn-v3 fit."""

    def __init__(self, path: Path) -> None:
        """Load the model, on one thread: it is small.

        Raises:
            EngineUnavailable: the file is no such model.
        """
        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = options.intra_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session: Any = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise EngineUnavailable(f"The turn detector {path} cannot be loaded ({error}); put a smart-turn v3 ONNX file there.") from error
        inputs = [(entry.name, entry.shape[1:]) for entry in self._session.get_inputs()]
        if inputs != [(_INPUT, [_BANDS, _FRAMES])]:
            raise EngineUnavailable(f"The turn detector {path} takes {inputs}, not {_INPUT} of {_BANDS} x {_FRAMES}; take smart-turn v3.")
        self._features = FeatureExtractor(feature_size=_BANDS, chunk_length=WINDOW_S)

    def probability(self, samples: Samples) -> float:
        """Return how likely whoever speaks in these 16 kHz samples has finished, in [0, 1]; the newest 8 s count.

        Raises:
            ValueError: no samples, or more than one channel.
        """
        if samples.ndim != 1 or not samples.size:
            raise ValueError(f"The turn detector takes one channel with something in it, not {samples.shape}.")
        newest = samples[-WINDOW_S * LISTEN_RATE_HZ :]
        heard = np.concatenate([silence(WINDOW_S * LISTEN_RATE_HZ - newest.size), newest])
        heard = (heard - heard.mean()) / np.sqrt(heard.var() + 1e-7)  # with the silence in front: so the model was trained
        mel = self._features(heard, padding=0)[None].astype(np.float32)
        return float(np.reshape(self._session.run(None, {_INPUT: mel})[0], -1)[0])
