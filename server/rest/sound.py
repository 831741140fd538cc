"""A voice's samples as bytes of the formats that clients ask for, and faster or slower at the same pitch."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator
from typing import Any, Literal, Protocol, TypeAlias

import av
import numpy as np
from av.filter import Graph

from assistant.audio import Samples, silence
from server.realtime.wave import Encoder as Pcm

RATE_HZ = 24_000
"""Of everything that is given away: what the protocol says for PCM, and one that all formats take."""

Format: TypeAlias = Literal["mp3", "opus", "aac", "flac", "wav", "pcm"]

MEDIA_TYPES: dict[Format, str] = {
    "mp3": "audio/mpeg", "opus": "audio/ogg", "aac": "audio/aac", "flac": "audio/flac", "wav": "audio/wav", "pcm": "audio/pcm",
}  # fmt: skip

_CONTAINERS: dict[Format, tuple[str, str, dict[str, str]]] = {
    "mp3": ("mp3", "libmp3lame", {"write_xing": "0"}),  # that would be filled in at the end, when the beginning is gone
    "opus": ("ogg", "libopus", {"page_duration": "200000"}),  # µs; a second otherwise
    "aac": ("adts", "aac", {}),
    "flac": ("flac", "flac", {}),
}
"""Container, codec and the container's options."""

UNKNOWN_BYTES = 0xFFFFFFFF
"""As the length in the header of a WAV file that is still being made: up to the end."""


class Coder(Protocol):
    """Samples at `RATE_HZ` in, bytes out."""

    def push(self, samples: Samples) -> bytes:
        """Return the bytes that are complete."""
        ...

    def finish(self) -> bytes:
        """Return the bytes that are left."""
        ...


def coder(form: Format, rate_hz: int) -> Coder:
    """Return what turns samples at `rate_hz` into bytes."""
    match form:
        case "pcm":
            return _Plain(rate_hz)
        case "wav":
            return _Plain(rate_hz, _wav_header())
        case _:
            return _Compressed(form, rate_hz)


class _Plain:
    """16-bit PCM behind a header."""

    def __init__(self, rate_hz: int, header: bytes = b"") -> None:
        self._pcm, self._header = Pcm("audio/pcm", rate_hz), header

    def push(self, samples: Samples) -> bytes:
        header, self._header = self._header, b""
        return header + self._pcm.push(samples)

    def finish(self) -> bytes:
        return self._header + self._pcm.push(silence(0), last=True)


class _Compressed:
    """What FFmpeg makes of it."""

    def __init__(self, form: Format, rate_hz: int) -> None:
        container, codec, options = _CONTAINERS[form]
        self._sink = _Sink()
        self._pcm = Pcm("audio/pcm", rate_hz)
        self._container = av.open(self._sink, "w", format=container, options={"flush_packets": "1"} | options, buffer_size=4096)
        stream = self._container.add_stream(codec, rate=RATE_HZ, layout="mono")
        assert isinstance(stream, av.AudioStream)  # of the codecs above
        self._stream = stream
        self._fitted = av.AudioResampler(
            format=stream.format, layout="mono", rate=RATE_HZ, frame_size=stream.codec_context.frame_size or None
        )
        self._at = 0

    def push(self, samples: Samples) -> bytes:
        self._encode(self._pcm.push(samples))
        return self._sink.take()

    def finish(self) -> bytes:
        self._encode(self._pcm.push(silence(0), last=True))
        for part in self._fitted.resample(None):
            self._mux(part)
        self._mux(None)
        self._container.close()
        return self._sink.take()

    def _encode(self, pcm: bytes) -> None:
        if not pcm:
            return
        frame = av.AudioFrame.from_ndarray(np.frombuffer(pcm, "<i2")[None, :], format="s16", layout="mono")
        frame.sample_rate = RATE_HZ
        frame.pts, self._at = self._at, self._at + frame.samples
        for part in self._fitted.resample(frame):
            self._mux(part)

    def _mux(self, frame: av.AudioFrame | None) -> None:
        for packet in self._stream.encode(frame):
            self._container.mux(packet)


class _Sink:
    """Where FFmpeg writes; it cannot go back."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes) -> int:
        self._written += data
        return len(data)

    def take(self) -> bytes:
        taken, self._written = bytes(self._written), bytearray()
        return taken


class Pace:
    """Makes speech faster or slower at the same pitch, by FFmpeg's `atempo`."""

    def __init__(self, speed: float, rate_hz: int) -> None:
        """Speak `speed` times as fast, 0.25 to 4."""
        self._rate_hz, self._at = rate_hz, 0
        self._graph: Any = Graph()
        nodes = [self._graph.add_abuffer(sample_rate=rate_hz, format="flt", layout="mono")]
        while speed < 0.5:  # the least that one filter takes
            nodes.append(self._graph.add("atempo", "0.5"))
            speed /= 0.5
        nodes += [self._graph.add("atempo", f"{speed:.6f}"), self._graph.add("abuffersink")]
        for one, next_ in itertools.pairwise(nodes):
            one.link_to(next_)
        self._graph.configure()

    def push(self, samples: Samples) -> Samples:
        """Return what is complete."""
        if not samples.size:
            return samples
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples, np.float32)[None, :], format="flt", layout="mono")
        frame.sample_rate = self._rate_hz
        frame.pts, self._at = self._at, self._at + frame.samples
        self._graph.push(frame)
        return self._pulled()

    def finish(self) -> Samples:
        """Return what is left."""
        self._graph.push(None)
        return self._pulled()

    def _pulled(self) -> Samples:
        return np.concatenate([silence(0), *self._ready()])

    def _ready(self) -> Iterator[Samples]:
        while True:
            try:
                yield self._graph.pull().to_ndarray().reshape(-1).astype(np.float32, copy=False)
            except (av.error.BlockingIOError, av.error.EOFError):
                return


def _wav_header() -> bytes:
    """Return the header of a mono 16-bit WAV file of unknown length."""
    form = struct.pack("<HHIIHH", 1, 1, RATE_HZ, 2 * RATE_HZ, 2, 16)
    return (
        b"RIFF"
        + struct.pack("<I", UNKNOWN_BYTES)
        + b"WAVEfmt "
        + struct.pack("<I", len(form))
        + form
        + b"data"
        + struct.pack("<I", UNKNOWN_BYTES)
    )
