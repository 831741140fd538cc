"""The protocol's audio formats: bytes of a client as 16 kHz samples, samples of a voice as bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from fractions import Fraction
from typing import Any, Literal, TypeAlias

import av
import numpy as np
import soxr
from numpy.typing import NDArray

from assistant.audio import LISTEN_RATE_HZ, Samples, silence

Format: TypeAlias = Literal["audio/pcm", "audio/pcmu", "audio/pcma"]

RATES_HZ: dict[Format, int] = {"audio/pcm": 24_000, "audio/pcmu": 8_000, "audio/pcma": 8_000}
SAMPLE_BYTES: dict[Format, int] = {"audio/pcm": 2, "audio/pcmu": 1, "audio/pcma": 1}

HELD_BACK: dict[Format, int] = {"audio/pcm": 24, "audio/pcmu": 16, "audio/pcma": 16}
"""Samples that the resampler needs of what follows."""


def _mu_law() -> NDArray[np.int16]:
    """Return what each byte of G.711 mu-law means, by ITU-T G.711."""
    code = ~np.arange(256, dtype=np.uint8)
    exponent, mantissa = (code >> 4) & 7, code & 15
    size = (((mantissa.astype(np.int32) << 3) + 132) << exponent) - 132
    return np.where(code & 128, -size, size).astype(np.int16)


def _a_law() -> NDArray[np.int16]:
    """Return what each byte of G.711 A-law means, by ITU-T G.711."""
    code = np.arange(256, dtype=np.uint8) ^ 0x55
    exponent, mantissa = (code >> 4) & 7, (code & 15).astype(np.int32)
    size = np.where(exponent == 0, (mantissa << 4) + 8, ((mantissa << 4) + 264) << np.maximum(exponent.astype(np.int32) - 1, 0))
    return np.where(code & 128, size, -size).astype(np.int16)


_LAWS: dict[Format, NDArray[np.int16]] = {"audio/pcmu": _mu_law(), "audio/pcma": _a_law()}


def _coder(law: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Return the nearest byte for each 16-bit sample, at `sample + 32768`."""
    order = np.argsort(law, kind="stable")
    levels = law[order].astype(np.int32)
    middles = (levels[1:] + levels[:-1]) / 2
    found: NDArray[np.uint8] = order[np.searchsorted(middles, np.arange(-32_768, 32_768))].astype(np.uint8)
    return found


_CODERS: dict[Format, NDArray[np.uint8]] = {name: _coder(law) for name, law in _LAWS.items()}


def _joined(frames: Sequence[av.AudioFrame]) -> Samples:
    joined: Samples = np.concatenate([silence(0), *(frame.to_ndarray()[0] for frame in frames)])
    return joined


class Decoder:
    """One stream of a client's bytes, cut anywhere."""

    def __init__(self, form: Format) -> None:
        """Decode `form`."""
        self.form = form
        self._rest = b""
        self._begin()

    def _begin(self) -> None:
        # FFmpeg's resampler holds 1 or 2 ms back; soxr's, which works in blocks, 21 or 66, and every answer would be that much later.
        # With so much silence in front, nothing is held back of what follows: who sends whole chunks is heard at once.
        self._resampler, self._pushed = av.AudioResampler("flt", "mono", LISTEN_RATE_HZ), 0
        self._resampled(np.zeros(HELD_BACK[self.form], np.int16))

    def push(self, data: bytes) -> Samples:
        """Return the 16 kHz samples that `data` completes; half a sample waits for its other half."""
        if self.form == "audio/pcm":
            data = self._rest + data
            whole = len(data) // 2 * 2
            data, self._rest = data[:whole], data[whole:]
            pcm = np.frombuffer(data, "<i2")
        else:
            pcm = _LAWS[self.form][np.frombuffer(data, np.uint8)]
        if not pcm.size:
            return silence(0)
        return self._resampled(pcm)

    def _resampled(self, pcm: NDArray[np.int16]) -> Samples:
        rate_hz = RATES_HZ[self.form]
        frame = av.AudioFrame.from_ndarray(pcm[None], "s16", "mono")
        frame.sample_rate, frame.time_base, frame.pts = rate_hz, Fraction(1, rate_hz), self._pushed
        self._pushed += pcm.size
        return _joined(self._resampler.resample(frame))

    def flush(self) -> Samples:
        """Return the samples that were held back for what would follow: nothing does, and what is pushed next stands alone."""
        samples = _joined(self._resampler.resample(None))
        self._begin()
        return samples

    async def slices(self, data: bytes) -> AsyncGenerator[Samples, None]:
        """Yield the samples of `data`, half a second at a time: who listens to them lets others work in between."""
        most = SAMPLE_BYTES[self.form] * RATES_HZ[self.form] // 2
        for start in range(0, len(data), most):
            if start:
                await asyncio.sleep(0)
            yield self.push(data[start : start + most])


class Encoder:
    """One reply's samples as bytes of whole samples."""

    def __init__(self, form: Format, rate_hz: int) -> None:
        """Encode what comes at `rate_hz` as `form`."""
        self.form = form
        self._resample = soxr.ResampleStream(rate_hz, RATES_HZ[form], 1, dtype="float32", quality="HQ")

    def push(self, samples: Samples, *, last: bool = False) -> bytes:
        """Return the bytes that are complete; with the `last` samples, all that are left."""
        out = np.clip(self._resample.resample_chunk(samples, last=last) * 32_767, -32_768, 32_767).astype("<i2")
        coded: NDArray[Any] = out if self.form == "audio/pcm" else _CODERS[self.form][out.astype(np.int32) + 32_768]
        return coded.tobytes()


def milliseconds(size_bytes: int, form: Format) -> float:
    """Return how long so many bytes last."""
    return 1000 * size_bytes / (SAMPLE_BYTES[form] * RATES_HZ[form])
