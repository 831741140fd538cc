"""The trained recognizer as a CTranslate2 Whisper folder: what faster-whisper and `models/whisper.py` load."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ctranslate2.specs.whisper_spec import WhisperSpec
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn

from assistant.audio import LISTEN_RATE_HZ
from models.starter.recipe.asr_data import FRAMES_A_SECOND, MOST_SECONDS
from models.starter.recipe.asr_model import MEL_BANDS, Asr, AsrShape, Block
from models.starter.recipe.asr_tokens import CTC_SYMBOLS, load_tokenizer
from models.starter.recipe.corpus import Lang

_DTYPES = (np.float32, np.int8, np.int16, np.int32, np.float16)
"""By their numbers in CTranslate2's files."""

FFT_SAMPLES = 400
"""Whisper's window of 25 ms."""


def export(folder: Path, lang: Lang, out: Path) -> None:
    """Write the checkpoint and the tokenizer of `folder` to the folder `out` in int8; files of the same names are replaced.

    Raises:
        FileNotFoundError: nothing was trained in `folder` yet.
    """
    tokenizer = load_tokenizer(folder)
    model = Asr(AsrShape(tokenizer.get_vocab_size(), CTC_SYMBOLS))
    model.load_state_dict(torch.load(folder / "checkpoint.pt", map_location="cpu", weights_only=True)["model"])
    write(model, tokenizer, lang, out)


def write(model: Asr, tokenizer: Tokenizer, lang: Lang, out: Path, quantization: str = "int8") -> None:
    """Write a model of any shape to the folder `out`; `quantization` is one of CTranslate2's, such as `float32`."""
    shape = model.shape
    spec = WhisperSpec(shape.encoder_layers, shape.heads, shape.decoder_layers, shape.heads)
    _fill(spec, model)
    spec.register_vocabulary([tokenizer.id_to_token(i) for i in range(tokenizer.get_vocab_size())])
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = []  # a transcript may be empty
    spec.config.lang_ids = []  # a vocabulary of this size counts as one language's
    spec.config.alignment_heads = list(product(range(shape.decoder_layers // 2, shape.decoder_layers), range(shape.heads)))
    spec.validate()
    spec.optimize(quantization=quantization)
    partial = out.with_name(out.name + ".part")
    partial.mkdir(parents=True, exist_ok=True)
    spec.save(str(partial))
    tokenizer.save(str(partial / "tokenizer.json"))
    settings = {
        "feature_size": MEL_BANDS,
        "n_fft": FFT_SAMPLES,
        "hop_length": LISTEN_RATE_HZ // FRAMES_A_SECOND,
        "sampling_rate": LISTEN_RATE_HZ,
        "chunk_length": 30,
        # Ours: the longest audio it learned from; that it learned from speech that is not over; its language.
        "window_s": MOST_SECONDS,
        "marks_ends": True,
        "language": lang,
    }
    (partial / "preprocessor_config.json").write_text(json.dumps(settings, indent=2) + "\n")
    out.mkdir(parents=True, exist_ok=True)
    for path in list(partial.iterdir()):
        path.replace(out / path.name)
    partial.rmdir()


def read(folder: Path) -> dict[str, Tensor]:
    """Return the weights, by their names in `Asr`, of the model that `write` wrote to `folder`; CTC's head is not among them.

    int8 weights are rounded, the rest is as it was.
    """
    config = json.loads((folder / "config.json").read_text())
    variables = _variables((folder / "model.bin").read_bytes())
    vocab, width = variables["decoder/embeddings/weight"].shape
    layers = [sum(f"{side}/layer_{i}/ffn/linear_0/weight" in variables for i in range(len(variables))) for side in ("encoder", "decoder")]
    heads = 1 + max(head for _, head in config["alignment_heads"])
    model = Asr(AsrShape(vocab, CTC_SYMBOLS, width, heads, *layers))
    with torch.no_grad():
        model.embed.weight.copy_(variables["decoder/embeddings/weight"])
        model.decoder_positions.copy_(variables["decoder/position_encodings/encodings"])
        for path, modules in _places(model):
            for own, theirs in _names(modules[0]).items():
                sizes = [module.get_parameter("weight").shape[0] for module in modules]
                for module, part in zip(modules, torch.split(variables[f"{path}/{theirs}"], sizes), strict=True):
                    if (parameter := getattr(module, own)) is not None:
                        parameter.copy_(part)
    return {name: tensor for name, tensor in model.state_dict().items() if not name.startswith("ctc.")}


def _variables(data: bytes) -> dict[str, Tensor]:
    """Return the variables of a CTranslate2 model file by name, those in int8 multiplied out (`ModelSpec._serialize` writes it)."""
    at = 0

    def number(form: str) -> int:
        nonlocal at
        (value,) = struct.unpack_from(form, data, at)
        at += struct.calcsize(form)
        return int(value)

    def string() -> str:
        nonlocal at
        length = number("<H")
        at += length
        return data[at - length : at - 1].decode()

    number("<I"), string(), number("<I")  # format, class and revision
    arrays: dict[str, NDArray[Any]] = {}
    for _ in range(number("<I")):
        name, shape = string(), [number("<I") for _ in range(number("<B"))]
        dtype = _DTYPES[number("<B")]
        length = number("<I")
        at += length
        arrays[name] = np.frombuffer(data[at - length : at], dtype).reshape(shape)
    scales = {name: arrays.get(f"{name}_scale") for name in arrays}
    return {
        name: torch.tensor(
            array.astype(np.float32) / (1 if (scale := scales[name]) is None else scale.reshape(-1, *[1] * (array.ndim - 1)))
        )
        for name, array in arrays.items()
    }


def _places(model: Asr) -> Iterator[tuple[str, tuple[nn.Module, ...]]]:
    """Yield where CTranslate2 keeps each of the layers; linears with the same input are one there, their outputs stacked."""
    yield "encoder/conv1", (model.conv1,)
    yield "encoder/conv2", (model.conv2,)
    yield "encoder/layer_norm", (model.encoder_norm,)
    yield "decoder/layer_norm", (model.decoder_norm,)
    for side, blocks in (("encoder", model.encoder), ("decoder", model.decoder)):
        for number, block in enumerate(blocks):
            assert isinstance(block, Block)
            layer = f"{side}/layer_{number}"
            yield f"{layer}/self_attention/layer_norm", (block.attn_norm,)
            yield f"{layer}/self_attention/linear_0", (block.attn.query, block.attn.key, block.attn.value)
            yield f"{layer}/self_attention/linear_1", (block.attn.out,)
            if block.cross is not None and block.cross_norm is not None:
                yield f"{layer}/attention/layer_norm", (block.cross_norm,)
                yield f"{layer}/attention/linear_0", (block.cross.query,)
                yield f"{layer}/attention/linear_1", (block.cross.key, block.cross.value)
                yield f"{layer}/attention/linear_2", (block.cross.out,)
            yield f"{layer}/ffn/layer_norm", (block.mlp_norm,)
            yield f"{layer}/ffn/linear_0", (block.mlp_in,)
            yield f"{layer}/ffn/linear_1", (block.mlp_out,)


def _names(module: nn.Module) -> dict[str, str]:
    return {"weight": "gamma", "bias": "beta"} if isinstance(module, nn.LayerNorm) else {"weight": "weight", "bias": "bias"}


def _fill(spec: Any, model: Asr) -> None:
    spec.encoder.position_encodings.encodings = _array(model.positions)
    spec.decoder.position_encodings.encodings = _array(model.decoder_positions)
    spec.decoder.embeddings.weight = _array(model.embed.weight)
    spec.decoder.projection.weight = _array(model.embed.weight)  # the same: the spec stores it once
    for path, modules in _places(model):
        for own, theirs in _names(modules[0]).items():
            setattr(_found(spec, path), theirs, _array(torch.cat([_parameter(module, own) for module in modules])))


def _parameter(module: nn.Module, name: str) -> Tensor:
    """Return the weight or the bias of a layer; the bias that Whisper's keys lack is zero."""
    parameter: Tensor | None = getattr(module, name)
    return torch.zeros(module.get_parameter("weight").shape[0]) if parameter is None else parameter


def _found(spec: Any, path: str) -> Any:
    for name in path.split("/"):
        listed, _, number = name.rpartition("_")
        spec = getattr(spec, name) if hasattr(spec, name) else getattr(spec, listed)[int(number)]
    return spec


def _array(tensor: Tensor) -> NDArray[np.float32]:
    array: NDArray[np.float32] = tensor.detach().float().numpy().copy()  # the spec quantizes in place
    return array
