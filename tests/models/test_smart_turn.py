"""The turn detector's adapter, with a stand-in that has the real model's input and output and tells how much louder the end is than the start."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from assistant.audio import LISTEN_RATE_HZ, silence
from assistant.errors import EngineUnavailable
from assistant.sections import ModelSettings
from models.load import load
from models.smart_turn import WINDOW_S, SmartTurn


def write(path: Path, name: str = "input_features", frames: int = 800) -> Path:
    """Write a model whose logit is ten times the mean of the last tenth of the frames less that of the first."""
    tilt = np.zeros((frames, 1), np.float32)
    tilt[-frames // 10 :], tilt[: frames // 10] = 1 / (frames // 10), -1 / (frames // 10)
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", [name, "tilt"], ["bands"]),
            helper.make_node("ReduceMean", ["bands", "axes"], ["mean"], keepdims=0),
            helper.make_node("Mul", ["mean", "ten"], ["logit"]),
            helper.make_node("Sigmoid", ["logit"], ["logits"]),  # the real one's output is called so, too
        ],
        "stand-in",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 80, frames])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 1])],
        [
            helper.make_tensor("tilt", TensorProto.FLOAT, tilt.shape, tilt),
            helper.make_tensor("axes", TensorProto.INT64, [1], [1]),
            helper.make_tensor("ten", TensorProto.FLOAT, [], [10.0]),
        ],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path)
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("turn") / "turn.onnx")


def hiss(seconds: float) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.1, round(seconds * LISTEN_RATE_HZ)).astype(np.float32)


def test_silence_is_put_in_front(path: Path) -> None:
    assert SmartTurn(path).probability(hiss(1.0)) > 0.95  # loud at the end, so it stands there
    assert SmartTurn(path).probability(np.concatenate([hiss(1.0), silence(7 * LISTEN_RATE_HZ)])) < 0.05


def test_only_the_newest_seconds_count(path: Path) -> None:
    long = np.concatenate([hiss(3.0), silence(7 * LISTEN_RATE_HZ), hiss(1.0)])
    detector = SmartTurn(path)
    assert detector.probability(long) == detector.probability(long[-WINDOW_S * LISTEN_RATE_HZ :]) > 0.95


def test_loudness_does_not_matter(path: Path) -> None:
    detector = SmartTurn(path)
    assert detector.probability(hiss(2.0)) == pytest.approx(detector.probability(np.float32(0.1) * hiss(2.0)), abs=0.02)


@pytest.mark.parametrize("shape", [(0,), (2, 1600)])
def test_what_is_no_sound_is_refused(path: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="one channel"):
        SmartTurn(path).probability(np.zeros(shape, np.float32))


def test_files_that_are_no_such_model(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match=r"none\.onnx cannot be loaded"):
        SmartTurn(tmp_path / "none.onnx")
    with pytest.raises(EngineUnavailable, match="take smart-turn v3"):
        SmartTurn(write(tmp_path / "other.onnx", frames=400))
    with pytest.raises(EngineUnavailable, match="take smart-turn v3"):
        SmartTurn(write(tmp_path / "named.onnx", name="audio"))


def test_a_session_gets_it_if_the_settings_name_one(path: Path, tmp_path: Path) -> None:
    async def asked(file: Path) -> float:
        engines = await load([], speaks=[], settings=ModelSettings(turn_detector=file))
        try:
            assert engines.turn_detector is not None
            return await engines.turn_detector.probability(hiss(1.0))
        finally:
            await engines.close()

    assert asyncio.run(asked(path)) > 0.95
    with pytest.raises(EngineUnavailable, match=r"none\.onnx cannot be loaded"):
        asyncio.run(asked(tmp_path / "none.onnx"))
