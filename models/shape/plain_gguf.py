"""GGUF files written directly, their quantized weights random bytes: no package, nothing to quantize, seconds for gigabytes."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import numpy as np

from assistant.errors import InputError
from models.shape.vocabulary import byte_level

Value: TypeAlias = "str | bool | int | float | Sequence[str] | Sequence[int]"

CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""ChatML."""

CONTROLS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")

ALIGNMENT = 32

HEAD_WIDTH = 128

CONTEXT = 8192

LEARNED_TOKENS = 24_000
"""Tokens with a text of their own; the rest only take their place in the matrix."""

SPREAD = 0.02
"""Of the weights, about."""


class Kind(Enum):
    """How a matrix is written: GGUF's number of the type, weights a block, bytes a block."""

    F32 = (0, 1, 4)
    Q4_0 = (2, 32, 18)
    Q4_K = (12, 256, 144)
    Q6_K = (14, 256, 210)

    @property
    def a_weight(self) -> float:
        """Return its bytes."""
        return self.value[2] / self.value[1]


HEAD = Kind.Q6_K
"""How the embedding is written, which is the output matrix, too."""


class Mix(Enum):
    """Which kinds a file of weights is made of, as llama.cpp's own quantizing mixes them."""

    Q4_0 = "Q4_0"
    Q4_K_M = "Q4_K_M"

    def body(self, tensor: str, layer: int) -> Kind:
        """Return the kind of a matrix inside a layer: Q4_K_M keeps half of what matters most finer."""
        if self is Mix.Q4_0:
            return Kind.Q4_0
        return Kind.Q6_K if tensor in ("attn_v", "ffn_down") and layer % 2 == 0 else Kind.Q4_K


@dataclass(frozen=True)
class Decoder:
    """A transformer as Llama is one; its output matrix is its embedding."""

    width: int
    """A multiple of 256."""
    hidden: int
    """A multiple of 256."""
    layers: int
    vocabulary: int
    mix: Mix
    kv_heads: int = 4

    @property
    def body_bytes(self) -> int:
        """Return what its layers take."""
        return sum(tensor.bytes for tensor in _matrices(self) if tensor.name.startswith("blk"))

    @property
    def head_bytes(self) -> int:
        """Return what the embedding takes."""
        return round(self.vocabulary * self.width * HEAD.a_weight)


@dataclass(frozen=True)
class _Tensor:
    name: str
    sizes: tuple[int, ...]
    """The innermost first."""
    kind: Kind

    @property
    def bytes(self) -> int:
        return round(int(np.prod(self.sizes)) * self.kind.a_weight)


def write(path: Path, shape: Decoder) -> None:
    """Write a model to the file `path`.

    Raises:
        InputError: the disk has no room for it.
    """
    tensors = [*_matrices(shape), *_norms(shape)]
    try:
        with path.open("wb") as file:
            _write(file, shape, tensors)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise InputError(f"The model {path} cannot be written ({error.strerror or error}); make room.") from error


def _write(file: BinaryIO, shape: Decoder, tensors: Sequence[_Tensor]) -> None:
    about = _about(shape)
    file.write(b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(about)))
    for key, value in about.items():
        file.write(_text(key) + _value(value))
    offset = 0
    for tensor in tensors:
        file.write(_text(tensor.name) + struct.pack("<I", len(tensor.sizes)) + struct.pack(f"<{len(tensor.sizes)}Q", *tensor.sizes))
        file.write(struct.pack("<IQ", tensor.kind.value[0], offset))
        offset += _padded(tensor.bytes)
    file.write(bytes(_padded(file.tell()) - file.tell()))
    blocks = {kind: _blocks(kind) for kind in Kind}
    for tensor in tensors:
        left, block = tensor.bytes, blocks[tensor.kind]
        while left:
            file.write(block[: min(left, len(block))])
            left -= min(left, len(block))
        file.write(bytes(_padded(tensor.bytes) - tensor.bytes))


def _matrices(shape: Decoder) -> Iterator[_Tensor]:
    width, kv = shape.width, shape.kv_heads * HEAD_WIDTH
    yield _Tensor("token_embd.weight", (width, shape.vocabulary), HEAD)
    for layer in range(shape.layers):
        for name, inputs, outputs in (
            ("attn_q", width, width), ("attn_k", width, kv), ("attn_v", width, kv), ("attn_output", width, width),
            ("ffn_gate", width, shape.hidden), ("ffn_up", width, shape.hidden), ("ffn_down", shape.hidden, width),
        ):  # fmt: skip
            yield _Tensor(f"blk.{layer}.{name}.weight", (inputs, outputs), shape.mix.body(name, layer))


def _norms(shape: Decoder) -> Iterator[_Tensor]:
    yield _Tensor("output_norm.weight", (shape.width,), Kind.F32)
    for layer in range(shape.layers):
        yield _Tensor(f"blk.{layer}.attn_norm.weight", (shape.width,), Kind.F32)
        yield _Tensor(f"blk.{layer}.ffn_norm.weight", (shape.width,), Kind.F32)


def _about(shape: Decoder) -> Mapping[str, Value]:
    learned = byte_level(min(LEARNED_TOKENS, shape.vocabulary - len(CONTROLS)))
    spare = shape.vocabulary - len(CONTROLS) - len(learned.tokens)
    tokens = [*learned.tokens, *CONTROLS, *(f"<|reserved_{number}|>" for number in range(spare))]
    first = len(learned.tokens)
    return {
        "general.architecture": "llama", "general.name": "Parley shape model: random bytes", "general.alignment": ALIGNMENT,
        "llama.context_length": CONTEXT, "llama.embedding_length": shape.width, "llama.block_count": shape.layers,
        "llama.feed_forward_length": shape.hidden, "llama.attention.head_count": shape.width // HEAD_WIDTH,
        "llama.attention.head_count_kv": shape.kv_heads, "llama.rope.dimension_count": HEAD_WIDTH, "llama.rope.freq_base": 5e5,
        "llama.attention.layer_norm_rms_epsilon": 1e-5, "llama.vocab_size": shape.vocabulary,
        "tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "llama-bpe", "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": [1] * first + [3] * (shape.vocabulary - first),  # 3: control
        "tokenizer.ggml.merges": [" ".join(pair) for pair in learned.merges],
        "tokenizer.ggml.bos_token_id": first, "tokenizer.ggml.eos_token_id": first + CONTROLS.index("<|im_end|>"),
        "tokenizer.ggml.add_bos_token": False, "tokenizer.chat_template": CHAT_TEMPLATE,
    }  # fmt: skip


def _padded(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def _text(text: str) -> bytes:
    written = text.encode()
    return struct.pack("<Q", len(written)) + written


def _value(value: Value) -> bytes:
    match value:
        case str():
            return struct.pack("<I", 8) + _text(value)
        case bool():
            return struct.pack("<I?", 7, value)
        case int():
            return struct.pack("<II", 4, value)
        case float():
            return struct.pack("<If", 6, value)
        case [str(), *_]:
            return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(_text, map(str, value)))
        case _:
            return struct.pack("<IIQ", 9, 5, len(value)) + np.array(value, np.int32).tobytes()


def _blocks(kind: Kind) -> bytes:
    """Return some megabytes of blocks of a kind, which are written again and again."""
    count = 60_000
    rng = np.random.default_rng(kind.value[0])
    fields: dict[Kind, list[tuple[str, Any]]] = {
        Kind.F32: [("one", np.float32)],
        Kind.Q4_0: [("scale", np.float16), ("weights", np.uint8, 16)],  # type: ignore[list-item]
        Kind.Q4_K: [("scale", np.float16), ("least", np.float16), ("scales", np.uint8, 12), ("weights", np.uint8, 128)],  # type: ignore[list-item]
        Kind.Q6_K: [("weights", np.uint8, 192), ("scales", np.int8, 16), ("scale", np.float16)],  # type: ignore[list-item]
    }
    made = np.frombuffer(bytearray(rng.bytes(count * kind.value[2])), np.dtype(fields[kind])).copy()
    match kind:
        case Kind.F32:
            made["one"] = 1
        case Kind.Q4_0:
            made["scale"] = SPREAD / 4.6  # 4.6: the spread of a number of 0 to 15
        case Kind.Q4_K:
            made["scale"] = SPREAD / (4.6 * 32)  # 32: the mean of a scale
            made["least"] = 7.5 * SPREAD / (4.6 * 32)
        case Kind.Q6_K:
            made["scales"] >>= 3
            made["scale"] = SPREAD / (18.5 * 9)
    return made.tobytes()
