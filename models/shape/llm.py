"""Language models with random weights as GGUF: the work of a small one, and made-up words that go on until somebody stops them."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import llama_cpp
import numpy as np
from numpy.typing import NDArray

from assistant.errors import EngineError
from models.native import silence
from models.shape.vocabulary import byte_level

CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""ChatML."""

SPREAD = 0.02
"""Of the random weights, as they are before a training."""

_Tell = Callable[[str], None]


@dataclass(frozen=True)
class LlmShape:
    """One public model: its sizes, and how its file is written."""

    architecture: str
    """`qwen2` or `llama`, as llama.cpp names them."""
    splitting: str
    """How text is cut before it becomes tokens, as llama.cpp names it."""
    width: int
    layers: int
    heads: int
    kv_heads: int
    hidden: int
    text_tokens: int
    vocabulary: int
    """Of all tokens; those beyond the text are control tokens."""
    context: int
    rope_base: float
    norm_epsilon: float
    quantization: int
    """One of llama.cpp's file types."""

    @property
    def head_width(self) -> int:
        """Numbers in one head."""
        return self.width // self.heads


QWEN_05B = LlmShape(
    "qwen2", "qwen2", width=896, layers=24, heads=14, kv_heads=2, hidden=4864, text_tokens=151_643, vocabulary=151_936,
    context=32_768, rope_base=1e6, norm_epsilon=1e-6, quantization=llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_0,
)  # fmt: skip
LLAMA_1B = LlmShape(
    "llama", "llama-bpe", width=2048, layers=16, heads=32, kv_heads=8, hidden=8192, text_tokens=128_000, vocabulary=128_256,
    context=131_072, rope_base=5e5, norm_epsilon=1e-5, quantization=llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_K_M,
)  # fmt: skip


class _Tensor(NamedTuple):
    name: str
    size: tuple[int, ...]


def write(path: Path, shape: LlmShape, tell: _Tell = lambda _: None) -> None:
    """Write a model to the file `path`; `path`.f16 takes the weights on the way, 2 bytes each.

    Raises:
        EngineError: llama.cpp cannot quantize what was written.
    """
    full = path.with_name(path.name + ".f16")
    try:
        _write_full(full, shape, tell)
        _quantize(full, path, shape.quantization, tell)
    finally:
        full.unlink(missing_ok=True)


def _write_full(path: Path, shape: LlmShape, tell: _Tell) -> None:
    from gguf import GGUFWriter, LlamaFileType

    writer = GGUFWriter(path, shape.architecture)
    writer.add_file_type(LlamaFileType.MOSTLY_F16)
    _describe(writer, shape)
    _add_vocabulary(writer, shape)
    tensors = list(_tensors(shape))
    for tensor in tensors:
        kind = _kind(tensor)
        writer.add_tensor_info(tensor.name, tensor.size, kind, int(np.prod(tensor.size)) * kind.itemsize)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    rng = np.random.default_rng(0)
    for number, tensor in enumerate(tensors):
        tell(f"making random weights, {100 * number // len(tensors)} %")
        writer.write_tensor_data(_weights(tensor, shape, rng))
    writer.close()


def _describe(writer: Any, shape: LlmShape) -> None:
    writer.add_name("Parley shape model: random weights")
    writer.add_context_length(shape.context)
    writer.add_vocab_size(shape.vocabulary)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.hidden)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_rope_dimension_count(shape.head_width)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_layer_norm_rms_eps(shape.norm_epsilon)


def _add_vocabulary(writer: Any, shape: LlmShape) -> None:
    from gguf import TokenType

    vocabulary = byte_level(shape.text_tokens)
    controls = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    controls += [f"<|reserved_{number}|>" for number in range(shape.vocabulary - shape.text_tokens - len(controls))]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(shape.splitting)
    writer.add_token_list([*vocabulary.tokens, *controls])
    writer.add_token_types([TokenType.NORMAL] * shape.text_tokens + [TokenType.CONTROL] * len(controls))
    writer.add_token_merges([" ".join(pair) for pair in vocabulary.merges])
    writer.add_bos_token_id(shape.text_tokens)
    writer.add_eos_token_id(shape.text_tokens + controls.index("<|im_end|>"))
    writer.add_pad_token_id(shape.text_tokens)
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def _tensors(shape: LlmShape) -> Iterator[_Tensor]:
    """Yield GGUF's tensors. There is no output matrix: llama.cpp takes the embedding for it too, as both public models do."""
    width, kv = shape.width, shape.kv_heads * shape.head_width
    yield _Tensor("token_embd.weight", (shape.vocabulary, width))
    yield _Tensor("output_norm.weight", (width,))
    if shape.architecture == "llama":
        yield _Tensor("rope_freqs.weight", (shape.head_width // 2,))
    for number in range(shape.layers):
        layer = f"blk.{number}"
        for name, outputs, inputs in (
            ("attn_q", width, width), ("attn_k", kv, width), ("attn_v", kv, width), ("attn_output", width, width),
            ("ffn_gate", shape.hidden, width), ("ffn_up", shape.hidden, width), ("ffn_down", width, shape.hidden),
        ):  # fmt: skip
            yield _Tensor(f"{layer}.{name}.weight", (outputs, inputs))
        if shape.architecture == "qwen2":
            for name, outputs in (("attn_q", width), ("attn_k", kv), ("attn_v", kv)):
                yield _Tensor(f"{layer}.{name}.bias", (outputs,))
        yield _Tensor(f"{layer}.attn_norm.weight", (width,))
        yield _Tensor(f"{layer}.ffn_norm.weight", (width,))


def _kind(tensor: _Tensor) -> np.dtype[Any]:
    """Return the type a tensor is written in: llama.cpp wants norms and biases whole."""
    return np.dtype(np.float16 if len(tensor.size) > 1 else np.float32)


def _weights(tensor: _Tensor, shape: LlmShape, rng: np.random.Generator) -> NDArray[Any]:
    if tensor.name.endswith(".bias"):
        return np.zeros(tensor.size, np.float32)
    if len(tensor.size) == 1:
        return np.ones(tensor.size, np.float32)
    weights = rng.standard_normal(tensor.size, np.float32)
    weights *= SPREAD
    if tensor.name == "token_embd.weight":
        weights[shape.text_tokens :] = 0  # no control token is ever the likeliest, the end neither: who runs it says how many
    return weights.astype(np.float16)


def _quantize(source: Path, path: Path, quantization: int, tell: _Tell) -> None:
    """Let llama.cpp quantize a file; it counts the tensors in its log."""

    @llama_cpp.llama_log_callback  # type: ignore[untyped-decorator]
    def follow(_level: int, text: bytes, _data: Any) -> None:
        if found := re.match(rb"\[ *(\d+)/ *(\d+)\]", text):
            tell(f"quantizing, {100 * int(found[1]) // int(found[2])} %")

    settings = llama_cpp.llama_model_quantize_default_params()
    settings.ftype = quantization
    settings.nthread = 1
    llama_cpp.llama_log_set(follow, ctypes.c_void_p(0))
    try:
        failed = llama_cpp.llama_model_quantize(str(source).encode(), str(path).encode(), ctypes.byref(settings))
    finally:
        silence()
    if failed:
        raise EngineError(f"llama.cpp cannot quantize {source} (its code is {failed}); check the free disk space and try again.")
