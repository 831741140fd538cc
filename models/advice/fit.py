"""From what a probe measured to the speeds that `costs` works with: least squares, in which no speed is negative. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.advice.costs import STARTS, Curve, HearingSpeed, LlmShape, WhisperShape, WritingSpeed


@dataclass(frozen=True)
class Encoded:
    """A measured encoding."""

    shape: WhisperShape
    sound_s: float
    took_s: float


@dataclass(frozen=True)
class Decoded:
    """A measured decoding of what was encoded."""

    shape: WhisperShape
    sound_s: float
    tokens: int
    took_s: float


LONG = 3.0
"""How much faster a matrix is for a full window than for a few seconds, about: what is assumed where the measurements do not tell."""

SURE = 0.2
"""How much that counts beside a measurement."""


def int8_macs_s(encoded: Sequence[Encoded]) -> float:
    """Return multiplications a second in the encoder's matrices, the rest of the work included: of the shortest sound and the widest model."""
    plain = min(encoded, key=lambda each: (each.sound_s, -each.shape.width))
    return plain.shape.layers(plain.sound_s) / plain.took_s


def hearing(encoded: Sequence[Encoded], decoded: Sequence[Decoded]) -> HearingSpeed:
    """Return the speeds that fit best, each measurement counting by its share that is missed."""
    wide = max(encoded, key=lambda each: each.shape.layers(each.sound_s)).shape.layers(1.0)
    convolved, layers, weights, attended = _fitted(
        [[e.shape.convolved(e.sound_s), e.shape.layers(e.sound_s), e.shape.weights, e.shape.attended(e.sound_s)] for e in encoded],
        [e.took_s for e in encoded],
        assumed=([0.0, wide, 0.0, 0.0], wide / (LONG * int8_macs_s(encoded))),
    )
    kept, token_weights, looked_at = _fitted(
        [
            [d.shape.kept(d.sound_s), (d.tokens + STARTS) * d.shape.token_weights, (d.tokens + STARTS) * d.shape.looked_at(d.sound_s)]
            for d in decoded
        ],
        [d.took_s for d in decoded],
    )
    return HearingSpeed(convolved, layers, weights, attended, kept, token_weights, looked_at)


def writing(shape: LlmShape, measured: Curve) -> WritingSpeed:
    """Return the speed of weights as those of `shape`, from its seconds by tokens computed at once, 1 the first.

    The output matrix is read once for any number of tokens, and read as fast as the layers are for one.
    """
    byte_s = measured[0][1] / (shape.body_bytes + shape.head_bytes)
    head_s = shape.head_bytes * byte_s
    return WritingSpeed(tuple((count, max(took_s - head_s, 0.0) / shape.body_bytes) for count, took_s in measured))


def _fitted(
    rows: Sequence[Sequence[float]], took_s: Sequence[float], assumed: tuple[Sequence[float], float] | None = None
) -> list[float]:  # fmt: skip
    """Return what each column takes, none less than nothing: what would be is left out, and the rest fitted again."""
    every, seconds = ([*rows, assumed[0]], [*took_s, assumed[1]]) if assumed else (rows, took_s)
    counts, times = np.array(every, np.float64), np.array(seconds, np.float64)
    counting = np.ones(len(times))
    if assumed:
        counting[-1] = SURE
    scaled = counts / times[:, None] * counting[:, None]
    sizes = np.abs(scaled).max(axis=0)
    sizes[sizes == 0] = 1
    used = list(range(counts.shape[1]))
    found = np.zeros(counts.shape[1], np.float64)
    while used:
        fitted = np.linalg.lstsq((scaled / sizes)[:, used], counting, rcond=None)[0]
        if fitted.min() >= 0:
            found[used] = fitted
            break
        del used[int(np.argmin(fitted))]
    return [float(each) for each in found / sizes]
