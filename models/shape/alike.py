"""Shape models made after any public model of the catalogue: as wide, as deep, as many bytes."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from models.shape import Shape, Tell, make_once
from models.shape.plain_gguf import HEAD, Decoder, Mix, write
from models.shape.whisper import WhisperShape
from models.shape.whisper import write as write_whisper

STEP = 256
"""Widths are multiples of this."""


def whisper_alike(width: int, encoder_layers: int, decoder_layers: int, tell: Tell = lambda _: None) -> Path:
    """Return the folder of a Whisper model of these sizes that pads what it hears, making it where it is not there yet.

    Raises:
        InputError: there is no room for it.
    """
    shape = WhisperShape(width, encoder_layers, width // 64, decoder_layers)
    needs_mb = round(12 * width**2 * (encoder_layers + 1.4 * decoder_layers) / 1e6) + 150
    write = partial(_write_whisper, shape)
    return make_once(f"alike-whisper-{width}-{encoder_layers}-{decoder_layers}", Shape(write, "", needs_mb), tell=tell)


def llm_alike(body_bytes: float, head_bytes: float, width: int, mix: Mix, tell: Tell = lambda _: None) -> Path:
    """Return the file of a language model with so many bytes in its layers and in its output matrix.

    Raises:
        InputError: there is no room for it.
    """
    shape = decoder_alike(body_bytes, head_bytes, width, mix)
    name = f"alike-{mix.value.lower()}-{shape.width}-{shape.hidden}-{shape.layers}-{shape.vocabulary}"
    needs_mb = round((shape.body_bytes + shape.head_bytes) / 1e6) + 20
    return make_once(name, Shape(lambda path, _: write(path, shape), "model.gguf", needs_mb), tell=tell)


def decoder_alike(body_bytes: float, head_bytes: float, width: int, mix: Mix) -> Decoder:
    """Return a transformer whose layers and whose output matrix have about so many bytes, layers three to five times as tall as wide."""
    width = max(STEP, round(width / STEP) * STEP)
    vocabulary = max(1024, round(head_bytes / HEAD.a_weight / width))
    layers = max(1, round(body_bytes / Decoder(width, 4 * width, 1, vocabulary, mix).body_bytes))
    tall = min(
        range(2, 33),
        key=lambda quarters: abs(
            Decoder(width, quarters * width // 4 // STEP * STEP or STEP, layers, vocabulary, mix).body_bytes - body_bytes
        ),
    )
    return Decoder(width, tall * width // 4 // STEP * STEP or STEP, layers, vocabulary, mix)


def _write_whisper(shape: WhisperShape, path: Path, _tell: Tell) -> None:
    write_whisper(path, shape, padded=True)
