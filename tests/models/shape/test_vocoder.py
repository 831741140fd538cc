from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

from models.shape.vocoder import HIGH, MEDIUM, VocoderShape, network


@pytest.mark.parametrize("shape", [MEDIUM, HIGH], ids=["medium", "high"])
def test_frames_become_samples(shape: VocoderShape) -> None:
    session = onnxruntime.InferenceSession(network(shape), providers=["CPUExecutionProvider"])
    samples = session.run(None, {"frames": np.zeros((1, 192, 3), np.float32)})[0]
    assert samples.shape == (1, 1, 3 * 256)
