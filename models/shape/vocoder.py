"""What of a Piper voice takes the time: the network that makes samples of frames, in ONNX, with random weights.

It is the generator of HiFi-GAN (arXiv:2010.05646) in the sizes that Piper's qualities have, behind convolutions that cost what the flow
before it costs (VITS, arXiv:2106.06103). Written without a training's packages, it sounds like nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

FRAME_S = 256 / 22_050
"""Sound that one frame becomes."""

WIDTH = 192
"""Of a frame."""

FLOWS = 16
"""Convolutions before the generator: four steps of the flow, four in each."""

OPSET, IR_VERSION = 15, 8


@dataclass(frozen=True)
class VocoderShape:
    """Sizes of one quality."""

    width: int
    """Where frames begin to become samples; halved by each step."""
    steps: tuple[tuple[int, int], ...]
    """By how much each makes it longer, and its kernel."""
    kernels: tuple[int, ...]
    dilations: tuple[tuple[int, ...], ...]
    twice: bool
    """Each dilated convolution has a plain one behind it."""


MEDIUM = VocoderShape(256, ((8, 16), (8, 16), (4, 8)), (3, 5, 7), ((1, 2), (2, 6), (3, 12)), twice=False)
HIGH = VocoderShape(512, ((8, 16), (8, 16), (2, 4), (2, 4)), (3, 7, 11), ((1, 3, 5),) * 3, twice=True)


def network(shape: VocoderShape) -> bytes:
    """Return it as ONNX: `frames` (1, 192, n) in, `samples` (1, 1, 256 n) out."""
    from onnx import TensorProto, helper

    made = _Network()
    out = "frames"
    for _ in range(FLOWS):
        out = made.convolution(made.convolution(out, WIDTH, 2 * WIDTH, 5), 2 * WIDTH, WIDTH, 1)
    out, width = made.convolution(out, WIDTH, shape.width, 7), shape.width
    for by, kernel in shape.steps:
        out = made.longer(made.bent(out), width, by, kernel)
        width //= 2
        out = made.blocks(out, width, shape)
    out = made.node("Tanh", made.convolution(made.bent(out), width, 1, 7))
    frames = helper.make_tensor_value_info("frames", TensorProto.FLOAT, [1, WIDTH, "n"])
    samples = helper.make_tensor_value_info(out, TensorProto.FLOAT, [1, 1, "m"])
    graph = helper.make_graph(made.nodes, "vocoder", [frames], [samples], made.weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    written: bytes = model.SerializeToString()
    return written


class _Network:
    """Nodes and weights, as they are added."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.weights: list[Any] = []
        self._rng = np.random.default_rng(0)

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        from onnx import helper

        out = f"{kind}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [out], **attributes))
        return out

    def bent(self, out: str) -> str:
        return self.node("LeakyRelu", out, alpha=0.1)

    def convolution(self, out: str, inputs: int, outputs: int, kernel: int, dilation: int = 1) -> str:
        pad = dilation * (kernel - 1) // 2
        return self.node(
            "Conv", out, self._weight(outputs, inputs, kernel), kernel_shape=[kernel], dilations=[dilation], pads=[pad, pad]
        )  # fmt: skip

    def longer(self, out: str, inputs: int, by: int, kernel: int) -> str:
        pad = (kernel - by) // 2
        return self.node(
            "ConvTranspose", out, self._weight(inputs, inputs // 2, kernel), kernel_shape=[kernel], strides=[by], pads=[pad, pad]
        )  # fmt: skip

    def blocks(self, out: str, width: int, shape: VocoderShape) -> str:
        """Return the sum of the residual blocks, one a kernel."""
        found = []
        for kernel, dilations in zip(shape.kernels, shape.dilations, strict=True):
            inner = out
            for dilation in dilations:
                step = self.convolution(self.bent(inner), width, width, kernel, dilation)
                if shape.twice:
                    step = self.convolution(self.bent(step), width, width, kernel)
                inner = self.node("Add", inner, step)
            found.append(inner)
        return self.node("Sum", *found)

    def _weight(self, *sizes: int) -> str:
        from onnx import numpy_helper

        name = f"weight{len(self.weights)}"
        scale = 1 / np.sqrt(np.prod(sizes[1:]))
        self.weights.append(numpy_helper.from_array((scale * self._rng.standard_normal(sizes, np.float32)).astype(np.float32), name))
        return name
