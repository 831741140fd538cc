"""A voice in Piper's format that needs no training: every phoneme is a tone of its own.

Nobody understands it. It is there so that tests and first runs go through piper-tts itself, its phonemes and its
runtime, in a few kilobytes; the same text always gives the same samples, and a longer text longer sound.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save_model

NAME = "tiny"
RATE_HZ = 16_000
HOP_SAMPLES, TONE_HOPS = 96, 10
"""A tone lasts 60 ms, near the mean length of a phoneme: a whole number of hops, as in every Piper voice."""

SYMBOLS = 256
PAD, BEGIN, END = "_", "^", "$"
PAUSES = " !'(),-.:;?¡¿"
SOUNDS = (
    "abcdefghijklmnopqrstuvwxyzæçðøħŋœβεθχᵻⱱ"  # letters that stand for sounds, and those of IPA outside its own block
    + "".join(map(chr, range(0x250, 0x2B0)))
    + "ʰʲʷˈˌːˑ˞ˤ̧̩̪̃̊̍"  # modifiers: stress, length, combining marks
)
LOWEST_HZ, STEP_HZ = 140.0, 5.0
LOUDNESS = 0.5

OPSET, IR_VERSION = 15, 8
"""Old enough for every onnxruntime that piper-tts takes."""


def make(out: Path) -> None:
    """Write `tiny.onnx` and `tiny.onnx.json` into the folder `out`."""
    out.mkdir(parents=True, exist_ok=True)
    model = helper.make_model(_graph(), opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="parley")
    checker.check_model(model, full_check=True)
    save_model(model, str(out / f"{NAME}.onnx"))
    (out / f"{NAME}.onnx.json").write_text(json.dumps(_settings(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def phoneme_ids() -> dict[str, list[int]]:
    """Return Piper's map: phoneme -> ids."""
    return {phoneme: [number] for number, phoneme in enumerate([PAD, BEGIN, END, *PAUSES, *SOUNDS])}


def _settings() -> dict[str, Any]:
    return {
        "audio": {"sample_rate": RATE_HZ, "quality": "x_low"},
        "espeak": {"voice": "en-us"},
        "phoneme_type": "espeak",
        "phoneme_map": {},
        "phoneme_id_map": phoneme_ids(),
        "num_symbols": SYMBOLS,
        "num_speakers": 1,
        "speaker_id_map": {},
        "inference": {"noise_scale": 0.0, "length_scale": 1.0, "noise_w": 0.0},
        "hop_length": HOP_SAMPLES,
        "language": {"code": "en_US", "family": "en", "region": "US", "name_native": "English", "name_english": "English", "country_english": "United States"},
        "dataset": NAME,
    }  # fmt: skip


def _graph() -> Any:
    """Return ids (1, n) and their count, and `scales` (noise, length, noise of length) to sound (1, 1, 1, samples) and the hops of each id (n).

    piper-tts makes its alignments of the hops; in a voice that does not give them it looks for the only `Ceil`.
    """
    numbers = np.arange(SYMBOLS)
    loud = np.isin(numbers, [number for phoneme, (number,) in phoneme_ids().items() if phoneme in SOUNDS])
    constants: dict[str, Any] = {
        "pitches": (LOWEST_HZ + STEP_HZ * numbers).astype(np.float32),
        "loudnesses": (LOUDNESS * loud).astype(np.float32),
        "zero": np.float32(0),
        "one": np.float32(1),
        "tone_hops": np.float32(TONE_HOPS),
        "hop_samples": np.float32(HOP_SAMPLES),
        "turn": np.float32(2 * math.pi / RATE_HZ),
        "half_turn": np.float32(math.pi),
        "pad": np.int64(0),
        "begin": np.int64(0),  # where the mark stands that every text begins with: it sounds
        "first": np.array([0], np.int64),
        "along": np.array([1], np.int64),
        "length": np.int64(1),  # where `scales` holds the length
        "flat": np.array([-1], np.int64),
        "sound": np.array([1, 1, 1, -1], np.int64),
    }
    nodes = [
        helper.make_node(operation, inputs.split(), [result])
        for result, operation, inputs in (
            ("given", "Slice", "input first input_lengths along"),
            ("flat_ids", "Reshape", "given flat"),
            ("heard", "Greater", "flat_ids pad"),  # the padding between phonemes lasts no time
            ("ids", "Compress", "flat_ids heard"),
            ("pitch_row", "Gather", "pitches ids"),
            ("pitch", "Unsqueeze", "pitch_row along"),
            ("loudness_row", "Gather", "loudnesses ids"),
            ("loudness", "Unsqueeze", "loudness_row along"),
            ("stretch", "Gather", "scales length"),
            ("stretched", "Mul", "stretch tone_hops"),
            ("longest", "Max", "stretched one"),
            ("lengths", "Where", "heard longest zero"),
            ("hops", "Ceil", "lengths"),
            ("begin_hops", "Gather", "hops begin"),
            ("samples", "Mul", "begin_hops hop_samples"),
            ("steps", "Range", "zero samples one"),
            ("turns", "Mul", "steps turn"),
            ("phase", "Mul", "pitch turns"),
            ("tone", "Sin", "phase"),
            ("share", "Div", "steps samples"),
            ("arch", "Mul", "share half_turn"),
            ("swell", "Sin", "arch"),  # each tone comes and goes: no clicks
            ("swelling", "Mul", "tone swell"),
            ("tones", "Mul", "swelling loudness"),
            ("output", "Reshape", "tones sound"),
        )
    ]
    return helper.make_graph(
        nodes,
        NAME,
        [
            helper.make_tensor_value_info("input", TensorProto.INT64, [1, "phonemes"]),
            helper.make_tensor_value_info("input_lengths", TensorProto.INT64, [1]),
            helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
        ],
        [
            helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, 1, "samples"]),
            helper.make_tensor_value_info("hops", TensorProto.FLOAT, ["phonemes"]),
        ],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
