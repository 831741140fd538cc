"""Whisper with random weights in CTranslate2's format, int8: the work of tiny.en or base.en, and no words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2.specs.whisper_spec import WhisperSpec
from numpy.typing import NDArray

from models.shape.vocabulary import byte_level, tokenizer

WINDOW_S = 30

TEXT_TOKENS = 50_256
LANGUAGES = (
    "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt la mi ml cy sk te fa lv bn sr "  # codespell:ignore te
    "az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be tg sd gu am yi lo uz fo ht ps tk nn mt sa lb my bo tl "  # codespell:ignore fo
    "mg as tt haw ln ha ba jw su"
).split()
SPECIALS = [
    "<|endoftext|>", "<|startoftranscript|>", *(f"<|{language}|>" for language in LANGUAGES),
    "<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>",
    *(f"<|{i * 0.02:.2f}|>" for i in range(1501)),
]  # fmt: skip
"""Behind the text, in the order of the English models: 51,864 tokens in all, 50,256 ends the text."""

MEL_BANDS = 80
MOST_FRAMES, MOST_TOKENS = 1500, 448

SPREAD = 0.02
"""Of the random weights, as they are before a training: sums stay small, nothing overflows."""


@dataclass(frozen=True)
class WhisperShape:
    """Sizes that differ between the models; `layers` and `heads` in the encoder and in the decoder."""

    width: int
    layers: int
    heads: int
    decoder_layers: int | None = None
    """Where they are not as many as the encoder's."""


TINY_EN = WhisperShape(width=384, layers=4, heads=6)
BASE_EN = WhisperShape(width=512, layers=6, heads=8)


def write(folder: Path, shape: WhisperShape, *, padded: bool = False) -> None:
    """Write a model into `folder`, which is there.

    Args:
        folder: takes model.bin, config.json, vocabulary.json, tokenizer.json and preprocessor_config.json.
        shape: the sizes.
        padded: as the stock models must be used, audio padded to 30 s; else as one that learned from audio of any length.
    """
    decoder_layers = shape.decoder_layers or shape.layers
    spec = WhisperSpec(shape.layers, shape.heads, decoder_layers, shape.heads)
    _Filler(shape.width).fill(spec)
    words = tokenizer(byte_level(TEXT_TOKENS))
    words.add_special_tokens(SPECIALS)
    words.save(str(folder / "tokenizer.json"))
    spec.register_vocabulary([words.id_to_token(number) for number in range(words.get_vocab_size())])
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [TEXT_TOKENS]
    spec.config.lang_ids = []  # none: English only
    spec.config.alignment_heads = list(product(range(decoder_layers // 2, decoder_layers), range(shape.heads)))
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(folder))
    settings = {"feature_size": MEL_BANDS, "n_fft": 400, "hop_length": 160, "sampling_rate": 16_000, "chunk_length": WINDOW_S}
    if not padded:
        settings["window_s"] = WINDOW_S  # ours: it need not be filled
    (folder / "preprocessor_config.json").write_text(json.dumps(settings, indent=2) + "\n")


class _Filler:
    """Fills the layers of one model, the same way each time."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._rng = np.random.default_rng(0)

    def fill(self, spec: Any) -> None:
        width = self._width
        self._weighted(spec.encoder.conv1, width, MEL_BANDS, 3)
        self._weighted(spec.encoder.conv2, width, width, 3)
        spec.encoder.position_encodings.encodings = _sinusoids(MOST_FRAMES, width)
        spec.decoder.position_encodings.encodings = self._random(MOST_TOKENS, width)
        embeddings = self._random(TEXT_TOKENS + len(SPECIALS), width)
        embeddings[TEXT_TOKENS:] = 0  # no special token is ever the likeliest, the end neither: who runs it says how many
        spec.decoder.embeddings.weight = embeddings
        spec.decoder.projection.weight = embeddings
        self._norm(spec.encoder.layer_norm)
        self._norm(spec.decoder.layer_norm)
        for layer in (*spec.encoder.layer, *spec.decoder.layer):
            self._layer(layer)

    def _layer(self, layer: Any) -> None:
        width = self._width
        self._norm(layer.self_attention.layer_norm)
        self._weighted(layer.self_attention.linear[0], 3 * width, width)  # query, key and value in one
        self._weighted(layer.self_attention.linear[1], width, width)
        if hasattr(layer, "attention"):  # the decoder's, to the encoder
            self._norm(layer.attention.layer_norm)
            self._weighted(layer.attention.linear[0], width, width)
            self._weighted(layer.attention.linear[1], 2 * width, width)
            self._weighted(layer.attention.linear[2], width, width)
        self._norm(layer.ffn.layer_norm)
        self._weighted(layer.ffn.linear_0, 4 * width, width)
        self._weighted(layer.ffn.linear_1, width, 4 * width)

    def _weighted(self, spec: Any, outputs: int, *inputs: int) -> None:
        spec.weight = self._random(outputs, *inputs)
        spec.bias = np.zeros(outputs, np.float32)

    def _norm(self, spec: Any) -> None:
        spec.gamma = np.ones(self._width, np.float32)
        spec.beta = np.zeros(self._width, np.float32)

    def _random(self, *sizes: int) -> NDArray[np.float32]:
        return SPREAD * self._rng.standard_normal(sizes, np.float32)


def _sinusoids(length: int, width: int) -> NDArray[np.float32]:
    """Return Whisper's fixed positions: sines and cosines of `width` / 2 wavelengths, from 2 pi to 10,000 times that."""
    rates = 10_000.0 ** -np.linspace(0, 1, width // 2)
    angles = np.arange(length)[:, None] * rates
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)
