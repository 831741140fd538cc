"""Sound in any format that FFmpeg knows, as 16 kHz samples."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any, Protocol

import av
import numpy as np
import soxr

from assistant.audio import LISTEN_RATE_HZ, Samples
from assistant.errors import InputError

NOTHING_ELSE = {"protocol_whitelist": "none"}
"""FFmpeg opens no other file and no address for a stream of bytes: a playlist among them would name those of this machine."""

RATES_HZ = (4000, 768_000)
"""That sound has. Of a file that says less, each byte would become thousands; one that says more takes seconds of preparation."""


class Readable(Protocol):
    """What FFmpeg reads bytes from; it may have `seek` and `tell` too."""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, none at the end."""
        ...


def decoded(name: str, file: str | Readable) -> Generator[Samples, None, None]:
    """Yield the audio as mono blocks; memory does not grow with its length.

    Args:
        name: what an error calls it.
        file: the path of one, or an open one.

    Raises:
        InputError: it has no audio that can be decoded.
    """
    try:
        with av.open(file, options={} if isinstance(file, str) else NOTHING_ELSE) as container:
            if not container.streams.audio:
                raise InputError(f"{name} has no audio track; give a file with audio.")
            yield from _resampled(name, container)
    except PermissionError as error:
        raise InputError(f"{name} may not be read; change its permissions.") from error
    except (av.error.FFmpegError, ValueError) as error:
        raise InputError(
            f"{name} cannot be read as audio ({error.__class__.__name__}); give a sound file such as WAV, FLAC, MP3 or Ogg."
        ) from error


def _resampled(name: str, container: Any) -> Iterator[Samples]:
    mono = av.AudioResampler(format="flt", layout="mono")
    stream: Any = None
    for frame in container.decode(audio=0):
        if not RATES_HZ[0] <= frame.sample_rate <= RATES_HZ[1]:
            raise InputError(f"{name} has {frame.sample_rate} samples a second; resample it to 16000.")
        for part in mono.resample(frame):
            samples = part.to_ndarray().reshape(-1).astype(np.float32, copy=False)
            if part.sample_rate == LISTEN_RATE_HZ:
                yield samples
                continue
            stream = stream or soxr.ResampleStream(part.sample_rate, LISTEN_RATE_HZ, 1, dtype="float32")
            if (resampled := stream.resample_chunk(samples)).size:
                yield resampled
    if stream is not None and (rest := stream.resample_chunk(np.zeros(0, np.float32), last=True)).size:
        yield rest
