"""People who say digits in English, from the Free Spoken Digit Dataset (CC BY-SA 4.0, see data/LICENCE.md): three to learn from, one for the score."""

from __future__ import annotations

from typing import NamedTuple

import av
import numpy as np
import soxr

from assistant.audio import LISTEN_RATE_HZ, Samples
from models.starter.recipe.corpus import DATA
from models.starter.recipe.slots import ONES

LEFT_OUT = "jackson"
"""Whom no model shall ever learn from: the only one of the four who has an American accent."""

OTHERS = ("george", "nicolas", "yweweler")
"""Whose accents are Greek, Belgian French and German."""


class Digit(NamedTuple):
    """One digit as somebody says it: a word, and samples at 16 kHz that hold nothing above 4 kHz and hardly any silence."""

    word: str
    samples: Samples


def digits(speaker: str) -> list[Digit]:
    """Return all digits of a speaker, in the order of `digits.tsv`: zeros first."""
    rows = [row.split("\t") for row in (DATA / "digits.tsv").read_text().splitlines()]
    own = [(ONES[int(digit)], int(size)) for name, digit, _, size in rows if name == speaker]
    with av.open(str(DATA / f"digits.{speaker}.flac")) as container:
        rate_hz = container.streams.audio[0].rate
        pcm = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)]).astype(np.float32) / np.float32(32768)
    parts = np.split(pcm, np.cumsum([size for _, size in own]))[: len(own)]
    return [Digit(word, soxr.resample(part, rate_hz, LISTEN_RATE_HZ)) for (word, _), part in zip(own, parts, strict=True)]
