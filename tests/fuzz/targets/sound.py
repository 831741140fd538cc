"""Sound that is uploaded or named: WAV, FLAC, MP3 and Ogg with wrong lengths, rates, channels and bytes."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

import numpy as np

from assistant.errors import InputError
from models.media import decoded
from server.rest.sound import Format, coder
from tests.fuzz.campaign import Target
from tests.fuzz.mutation import NUMBERS, octets

MOST_SAMPLES = 16_000 * 3600
"""That a case may become: nobody here listens to more."""

WORDS = (b"RIFF", b"WAVE", b"fmt ", b"data", b"LIST", b"RF64", b"ds64", b"OggS", b"fLaC", b"ID3", b"\xff\xfb", b"\xff\xff\xff\xff", b"#EXTM3U\n/etc/passwd\n", b"ffconcat version 1.0\nfile /etc/passwd\n")  # fmt: skip


def wave(rate_hz: int, channels: int = 1, bits: int = 16, form: int = 1, data: bytes = bytes(2000), size: int | None = None) -> bytes:
    """Return a WAV file that says this of itself."""
    block = channels * bits // 8
    head = struct.pack(
        "<HHIIHH", form & 0xFFFF, channels & 0xFFFF, rate_hz & 0xFFFFFFFF, rate_hz * block & 0xFFFFFFFF, block & 0xFFFF, bits & 0xFFFF
    )
    length = len(data) if size is None else size & 0xFFFFFFFF
    return (
        b"RIFF"
        + struct.pack("<I", 36 + len(data))
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + head
        + b"data"
        + struct.pack("<I", length)
        + data
    )


def _seeds() -> list[bytes]:
    tone = (0.3 * np.sin(np.arange(2400) / 5)).astype(np.float32)
    made = []
    forms: tuple[Format, ...] = ("flac", "mp3", "opus", "aac", "wav")
    for form in forms:
        one = coder(form, 24_000)
        made.append(one.push(tone) + one.finish())
    return [*made, wave(16_000), wave(8000, 2, 8), wave(44_100, 2, 24)]


@contextmanager
def files(_: Path) -> Iterator[Target]:
    """A file that is decoded."""
    import av

    av.logging.set_level(None)
    seeds = _seeds()

    def make(random: Random) -> bytes:
        if random.random() < 0.3:
            said = [random.choice((*NUMBERS[:-2], 16_000, 3, 24)) for _ in range(5)]
            said = [each if random.random() < 0.4 else usual for each, usual in zip(said, (16_000, 1, 16, 1, 2000), strict=True)]
            return wave(*said[:4], bytes(range(250)) * random.choice((1, 8, 400)), said[4] if random.random() < 0.3 else None)
        return octets(random, seeds, WORDS)

    def take(case: bytes) -> None:
        count = 0
        with closing(decoded("The file", io.BytesIO(case))) as blocks:
            for block in blocks:
                assert block.dtype == np.float32
                assert block.ndim == 1
                count += block.size
                if count > MOST_SAMPLES:
                    break

    yield Target(make, take, (InputError,))
