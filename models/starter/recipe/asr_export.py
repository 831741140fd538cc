"""The trained recognizer as a CTranslate2 Whisper folder: what faster-whisper and `models/whisper.py` load."""

from __future__ import annotations

import json
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
        # Ours: the longest audio it learned from, whether it learned from speech that is not over, and its language.
        "window_s": MOST_SECONDS,
        "marks_ends": True,
        "language": lang,
    }
    (partial / "preprocessor_config.json").write_text(json.dumps(settings, indent=2) + "\n")
    out.mkdir(parents=True, exist_ok=True)
    for path in list(partial.iterdir()):
        path.replace(out / path.name)
    partial.rmdir()


def _fill(spec: Any, model: Asr) -> None:
    for convolution, filled in ((model.conv1, spec.encoder.conv1), (model.conv2, spec.encoder.conv2)):
        assert convolution.bias is not None
        _copy(filled, weight=convolution.weight, bias=convolution.bias)
    spec.encoder.position_encodings.encodings = _array(model.positions)
    spec.decoder.position_encodings.encodings = _array(model.decoder_positions)
    spec.decoder.embeddings.weight = _array(model.embed.weight)
    spec.decoder.projection.weight = _array(model.embed.weight)  # the same: the spec stores it once
    _norm(spec.encoder.layer_norm, model.encoder_norm)
    _norm(spec.decoder.layer_norm, model.decoder_norm)
    for layer, block in zip([*spec.encoder.layer, *spec.decoder.layer], [*model.encoder, *model.decoder], strict=True):
        assert isinstance(block, Block)
        _block(layer, block)


def _block(layer: Any, block: Block) -> None:
    _norm(layer.self_attention.layer_norm, block.attn_norm)
    _fuse(layer.self_attention.linear[0], block.attn.query, block.attn.key, block.attn.value)
    _fuse(layer.self_attention.linear[1], block.attn.out)
    if block.cross is not None and block.cross_norm is not None:
        _norm(layer.attention.layer_norm, block.cross_norm)
        _fuse(layer.attention.linear[0], block.cross.query)
        _fuse(layer.attention.linear[1], block.cross.key, block.cross.value)
        _fuse(layer.attention.linear[2], block.cross.out)
    _norm(layer.ffn.layer_norm, block.mlp_norm)
    _fuse(layer.ffn.linear_0, block.mlp_in)
    _fuse(layer.ffn.linear_1, block.mlp_out)


def _norm(spec: Any, norm: nn.LayerNorm) -> None:
    _copy(spec, gamma=norm.weight, beta=norm.bias)


def _fuse(spec: Any, *linears: nn.Linear) -> None:
    """Stack the outputs of linears with the same input; CTranslate2 computes them as one. The key's missing bias is zero."""
    biases: list[Tensor] = [torch.zeros(linear.out_features) if linear.bias is None else linear.bias for linear in linears]
    _copy(spec, weight=torch.cat(tuple(linear.weight for linear in linears)), bias=torch.cat(biases))


def _copy(spec: Any, **tensors: Tensor) -> None:
    for name, tensor in tensors.items():
        setattr(spec, name, _array(tensor))


def _array(tensor: Tensor) -> NDArray[np.float32]:
    array: NDArray[np.float32] = tensor.detach().float().numpy().copy()  # the spec quantizes in place
    return array
