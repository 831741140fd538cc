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


def hearing(encoded: Sequence[Encoded], decoded: Sequence[Decoded]) -> HearingSpeed:
    """Return the speeds that fit best, each measurement counting by its share that is missed."""
    convolved, layers, attended = _fitted(
        [[e.shape.convolved(e.sound_s), e.shape.layers(e.sound_s), e.shape.attended(e.sound_s)] for e in encoded],
        [e.took_s for e in encoded],
    )
    kept, token_weights, looked_at = _fitted(
        [
            [d.shape.kept(d.sound_s), (d.tokens + STARTS) * d.shape.token_weights, (d.tokens + STARTS) * d.shape.looked_at(d.sound_s)]
            for d in decoded
        ],
        [d.took_s for d in decoded],
    )
    return HearingSpeed(convolved, layers, attended, kept, token_weights, looked_at)


def writing(shape: LlmShape, measured: Curve) -> WritingSpeed:
    """Return the speed of weights as those of `shape`, from its seconds by tokens computed at once, 1 the first.

    The output matrix is read once for any number of tokens, and read as fast as the layers are for one.
    """
    byte_s = measured[0][1] / (shape.body_bytes + shape.head_bytes)
    head_s = shape.head_bytes * byte_s
    return WritingSpeed(tuple((count, max(took_s - head_s, 0.0) / shape.body_bytes) for count, took_s in measured))


def _fitted(rows: Sequence[Sequence[float]], took_s: Sequence[float]) -> list[float]:
    """Return what each column takes, none less than nothing: what would be is left out, and the rest fitted again."""
    counts, times = np.array(rows, np.float64), np.array(took_s, np.float64)
    scaled = counts / times[:, None]
    sizes = np.abs(scaled).max(axis=0)
    sizes[sizes == 0] = 1
    used = list(range(counts.shape[1]))
    found = np.zeros(counts.shape[1])
    while used:
        fitted = np.linalg.lstsq((scaled / sizes)[:, used], np.ones(len(times)), rcond=None)[0]
        if fitted.min() >= 0:
            found[used] = fitted
            break
        del used[int(np.argmin(fitted))]
    return [float(each) for each in found / sizes]
