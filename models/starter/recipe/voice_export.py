"""A trained voice as one ONNX file in Piper's format, with its settings beside it: what unmodified piper-tts loads."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from assistant.audio import LISTEN_RATE_HZ
from models.starter.recipe.corpus import Lang
from models.starter.recipe.piper_tiny import SYMBOLS, phoneme_ids
from models.starter.recipe.voice_data import ESPEAK_VOICES, HOP_SAMPLES
from models.starter.recipe.voice_model import Voice, VoiceShape
from models.starter.recipe.voice_sound import Sound

NOISE_SAMPLES = 1 << 16
"""Noise of the file, again every 4 s: so the same text gives the same sound."""

OPSET = 15
"""What piper-tts exports its voices in."""

LANGUAGES = {
    "en": {"code": "en_US", "family": "en", "region": "US", "name_native": "English", "name_english": "English", "country_english": "United States"},
    "es": {"code": "es_MX", "family": "es", "region": "MX", "name_native": "Español", "name_english": "Spanish", "country_english": "Mexico"},
}  # fmt: skip


class Speaking(nn.Module):
    """Piper's interface: ids with a pad after each but the last, their count, and scales of noise, length and (not used) its noise.

    Out come samples (1, 1, 1, n) and the hops of each id.
    """

    noise: Tensor

    def __init__(self, voice: Voice, sound: Sound) -> None:
        super().__init__()
        self.voice, self.sound = voice, sound
        self.register_buffer("noise", torch.randn(NOISE_SAMPLES, generator=torch.Generator().manual_seed(0)))

    def forward(self, input: Tensor, input_lengths: Tensor, scales: Tensor) -> tuple[Tensor, Tensor]:
        given = input[:, : input_lengths[0]]
        places = given[0].nonzero()[:, 0]
        encoded = self.voice.encode(given[:, places])
        hops = ((self.voice.log_hops(encoded).exp() - 1) * scales[1]).round().clamp(min=0)
        hops = torch.cat([hops[:, :1].clamp(min=1), hops[:, 1:]], 1)  # no sound at all is none that can be played
        mask = torch.ones(1, hops.sum().long())  # type: ignore[call-overload]  # a tensor: the count must stay part of the graph
        frames = self.voice.decode(encoded, hops.long(), mask)
        moments = torch.arange(mask.shape[1] * HOP_SAMPLES)
        noise = self.noise[moments % NOISE_SAMPLES][None, None] * scales[0]
        samples = self.sound(frames.pitch_hz, frames.log_odds.sigmoid(), frames.pulse_filter, frames.noise_filter, noise)
        return samples[:, None], torch.zeros_like(given[0], dtype=torch.float32).scatter(0, places, hops[0])


def export(folder: Path, lang: Lang, out: Path) -> None:
    """Write the checkpoint of `folder` as `voice.onnx` and `voice.onnx.json` into the folder `out`.

    Raises:
        FileNotFoundError: nothing was trained in `folder` yet.
    """
    state = torch.load(folder / "checkpoint.pt", map_location="cpu", weights_only=True)["model"]
    hidden, columns = state["encoder.0.inner.weight"].shape
    voice = Voice(VoiceShape(columns // 3, hidden))
    voice.load_state_dict(state)
    write(voice, lang, out)


def write(voice: Voice, lang: Lang, out: Path) -> None:
    """Write a voice of any shape to the folder `out`; its weights are kept in half precision."""
    out.mkdir(parents=True, exist_ok=True)
    partial = out / "voice.part"
    with warnings.catch_warnings(action="ignore"), torch.no_grad():  # what torch will drop one day, and what it cannot trace but need not
        torch.onnx.export(
            Speaking(voice, Sound()).eval(),
            (torch.tensor([[1, 0, 20, 0, 2]]), torch.tensor([5]), torch.tensor([1.0, 1.0, 1.0])),
            str(partial),
            opset_version=OPSET,
            input_names=["input", "input_lengths", "scales"],
            output_names=["output", "hops"],
            dynamic_axes={"input": {1: "phonemes"}, "output": {3: "samples"}, "hops": {0: "phonemes"}},
            dynamo=False,
        )
    network = onnx.load(str(partial))
    partial.unlink()
    _halve(network.graph)
    onnx.checker.check_model(network)
    onnx.save(network, str(out / "voice.onnx"))
    (out / "voice.onnx.json").write_text(json.dumps(_settings(lang), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _halve(graph: Any) -> None:
    """Keep the large tensors in 16 bits; onnxruntime makes floats of them once, when it loads the file."""
    casts = []
    for tensor in graph.initializer:
        if tensor.data_type == TensorProto.FLOAT and len(tensor.raw_data) > 4096:
            half = numpy_helper.to_array(tensor).astype("float16")
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(half, f"{name}.half"))
            casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def _settings(lang: Lang) -> dict[str, Any]:
    return {
        "audio": {"sample_rate": LISTEN_RATE_HZ, "quality": "low"},
        "espeak": {"voice": ESPEAK_VOICES[lang]},
        "phoneme_type": "espeak",
        "phoneme_map": {},
        "phoneme_id_map": phoneme_ids(),
        "num_symbols": SYMBOLS,
        "num_speakers": 1,
        "speaker_id_map": {},
        "inference": {"noise_scale": 1.0, "length_scale": 1.0, "noise_w": 0.0},
        "hop_length": HOP_SAMPLES,
        "language": LANGUAGES[lang],
        "dataset": "parley",
    }
