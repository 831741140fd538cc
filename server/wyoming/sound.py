"""A Wyoming client's sound as 16 kHz samples; what no sound is like is refused before anything is made of it."""

from __future__ import annotations

import numpy as np
from wyoming.audio import AudioChunk, AudioChunkConverter

from assistant.audio import LISTEN_RATE_HZ, Samples
from assistant.errors import InputError

RATES_HZ = (4_000, 192_000)
"""Of what microphones give; a chunk that says of itself that it has one sample a second would become 16,000 times as large."""

WIDTHS = (1, 2, 3, 4)
"""Bytes of a sample."""

CHANNELS = (1, 2)


class Converter:
    """One stream of chunks."""

    def __init__(self) -> None:
        self._converter = AudioChunkConverter(rate=LISTEN_RATE_HZ, width=2, channels=1)

    def push(self, chunk: AudioChunk) -> Samples:
        """Return the samples of a chunk.

        Raises:
            InputError: it has another form, or parts of samples.
        """
        rate, width, channels = chunk.rate, chunk.width, chunk.channels
        if not all(type(each) is int for each in (rate, width, channels)):
            raise InputError("A chunk of audio says its rate, width and channels as whole numbers; send those.")
        if not RATES_HZ[0] <= rate <= RATES_HZ[1]:
            raise InputError(f"A chunk of audio has {rate!s:.20} samples a second; send {RATES_HZ[0]} to {RATES_HZ[1]}.")
        if width not in WIDTHS or channels not in CHANNELS:
            raise InputError(f"A chunk of audio has {channels!s:.20} channels of {width!s:.20} bytes; send 1 or 2 channels of 16 bits.")
        if len(chunk.audio) % (width * channels):
            raise InputError(f"A chunk of audio has {len(chunk.audio)} bytes, no whole number of samples; send whole ones.")
        pcm = np.frombuffer(self._converter.convert(chunk).audio, "<i2")
        return pcm.astype(np.float32) / np.float32(32_768)
