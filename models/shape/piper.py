"""A Piper voice with random weights: the work of a medium one, and noise at the rate of speech.

It is written by piper-tts's own code, which is GPL-3: that runs in a process of its own, as the engine does.
"""

from __future__ import annotations

import json
import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.errors import EngineUnavailable
from models.child import Child

RATE_HZ = 22_050
HOP_SAMPLES = 256
"""What one frame of the voice becomes: the product of `UPSAMPLING`."""

PHONEMES_A_SECOND = 14.5
"""Of natural English."""

IDS_A_PHONEME = 2
"""Piper puts a pad between two phonemes."""

SYMBOLS = 256
NOISE, LENGTH, LENGTH_NOISE = 0.667, 1.0, 0.8
"""Piper's defaults."""

UPSAMPLING, UPSAMPLING_KERNELS = (8, 8, 4), (16, 16, 8)
RESIDUAL_KERNELS, RESIDUAL_DILATIONS = (3, 5, 7), ((1, 2), (2, 6), (3, 12))

OPSET = 15
"""What piper-tts exports its voices in."""


@dataclass(frozen=True)
class PiperShape:
    """Sizes that differ between the qualities."""

    width: int
    """Of the text's encoder and of the flow."""
    hidden: int
    """In the encoder's feed-forward layers."""
    heads: int
    layers: int
    decoder_width: int
    """Where frames begin to become samples; halved by each step of `UPSAMPLING`."""


MEDIUM = PiperShape(width=192, hidden=768, heads=2, layers=6, decoder_width=256)


def write(path: Path, shape: PiperShape) -> None:
    """Write a voice to `path`, a name that ends in .onnx, with its settings beside it. It has Piper's second output too: frames per phoneme.

    Raises:
        EngineUnavailable: the installed piper-tts cannot make voices.
        EngineError: making it failed.
    """
    child = Child(_Writer, "voice writer")
    try:
        child.call("write", path, shape)
    finally:
        child.close()


class _Writer:
    """What runs in the process of its own."""

    def write(self, path: Path, shape: PiperShape) -> None:
        try:
            import onnx
            import torch
            from piper.patch_voice_with_alignment import add_alignment_output
            from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP
            from piper.train.vits.models import SynthesizerTrn
        except ImportError as error:
            raise EngineUnavailable(
                f"The installed piper-tts cannot make voices ({error}); install what recipes need: pip install -e '.[recipe]'."
            ) from error
        torch.set_num_threads(1)  # the work is small: two threads would only wait for each other
        with warnings.catch_warnings(action="ignore"):  # what torch will drop one day, and sizes that are constant for one phrase at a time
            torch.manual_seed(0)
            voice = _voice(SynthesizerTrn, shape)
            torch.onnx.export(
                voice,
                (torch.ones(1, 50, dtype=torch.long), torch.tensor([50]), torch.tensor([NOISE, LENGTH, LENGTH_NOISE])),
                str(path),
                opset_version=OPSET,
                input_names=["input", "input_lengths", "scales"],
                output_names=["output"],
                dynamic_axes={
                    "input": {0: "batch_size", 1: "phonemes"},
                    "input_lengths": {0: "batch_size"},
                    "output": {0: "batch_size", 3: "samples"},
                },
                dynamo=False,
            )
        model = onnx.load(str(path))
        add_alignment_output(model)
        onnx.save(model, str(path))
        path.with_name(path.name + ".json").write_text(json.dumps(_settings(DEFAULT_PHONEME_ID_MAP)) + "\n")


def _voice(make: Any, shape: PiperShape) -> Any:
    """Return Piper's network, to be called as its runtime does: ids, their count and the three scales in, samples out."""
    voice = make(
        n_vocab=SYMBOLS,
        spec_channels=513,
        segment_size=32,
        inter_channels=shape.width,
        hidden_channels=shape.width,
        filter_channels=shape.hidden,
        n_heads=shape.heads,
        n_layers=shape.layers,
        kernel_size=3,
        p_dropout=0.1,
        resblock="2",
        resblock_kernel_sizes=RESIDUAL_KERNELS,
        resblock_dilation_sizes=RESIDUAL_DILATIONS,
        upsample_rates=UPSAMPLING,
        upsample_initial_channel=shape.decoder_width,
        upsample_kernel_sizes=UPSAMPLING_KERNELS,
    ).eval()
    voice.requires_grad_(False)
    voice.dec.remove_weight_norm()
    voice.dp.flows[0].m[0, 0] = -_log_frames()

    def spoken(ids: Any, count: Any, scales: Any) -> Any:
        return voice.infer(ids, count, noise_scale=scales[0], length_scale=scales[1], noise_scale_w=scales[2])[0].unsqueeze(1)

    voice.forward = spoken
    return voice


def _log_frames() -> float:
    """Return what the duration predictor's last layer adds, so that speech comes out at its natural rate.

    Untrained, it gives exp(N(m, LENGTH_NOISE)) frames an id, rounded up: a half more, on average.
    """
    frames = RATE_HZ / HOP_SAMPLES / (PHONEMES_A_SECOND * IDS_A_PHONEME)
    return math.log(frames - 0.5) - LENGTH_NOISE**2 / 2


def _settings(phoneme_ids: Any) -> dict[str, Any]:
    return {
        "audio": {"sample_rate": RATE_HZ, "quality": "medium"},
        "espeak": {"voice": "en-us"},
        "phoneme_type": "espeak",
        "phoneme_id_map": phoneme_ids,
        "num_symbols": SYMBOLS,
        "num_speakers": 1,
        "speaker_id_map": {},
        "inference": {"noise_scale": NOISE, "length_scale": LENGTH, "noise_w": LENGTH_NOISE},
        "hop_length": HOP_SAMPLES,
    }
