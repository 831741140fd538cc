"""Python objects as bytes on a stream between two of our own processes, and back: sans-I/O. Arrays are not copied on arrival.

A frame is a header (a mark, how many buffers there are, the checksum and size of the pickle), the sizes of the buffers, each buffer at
a multiple of `ALIGN` bytes, and the pickle (protocol 5), which refers to the buffers in order.
"""

from __future__ import annotations

import pickle
import struct
import zlib
from collections.abc import Sequence
from typing import Any

MARK = b"Prly"

ALIGN = 16
"""Bytes; what numpy and the engines like."""

MOST_BYTES = 1 << 30
"""Of one frame: more is no message but a mistake."""

MOST_BUFFERS = 1 << 16

READ_BYTES = 1 << 16
"""Read at once, which is many small frames."""

_HEADER = struct.Struct("<4sIII")
_SIZE = struct.Struct("<Q")


class Unreadable(Exception):
    """What came is no frame: whoever sent it is out of its mind."""


def framed(message: Any) -> bytes:
    """Return one message as a frame.

    Raises:
        Exception: it cannot be pickled.
    """
    buffers: list[pickle.PickleBuffer] = []
    body = pickle.dumps(message, protocol=5, buffer_callback=buffers.append)
    raws = [buffer.raw() for buffer in buffers]
    parts: list[bytes | memoryview] = [
        _HEADER.pack(MARK, len(raws), zlib.crc32(body), len(body)),
        *(_SIZE.pack(raw.nbytes) for raw in raws),
    ]
    for raw in raws:
        parts += (raw, bytes(-raw.nbytes % ALIGN))
    parts.append(body)
    return b"".join(parts)


class Deframer:
    """Takes bytes where it wants them and gives the messages that are complete.

    It reads many small frames at once into a space of its own; what is long comes straight to where it stays.
    """

    def __init__(self) -> None:
        self._space = bytearray(READ_BYTES)
        self._begun = b""
        """Of a frame whose size is not known yet."""
        self._large: memoryview | None = None
        """Of a frame whose size is known and whose rest is still to come."""
        self._filled = 0
        self._frame: tuple[int, int, Sequence[int]] = (0, 0, ())

    def room(self) -> memoryview:
        """Return where the next bytes belong; call `took` with their number."""
        return memoryview(self._space) if self._large is None else self._large[self._filled :]

    def took(self, count: int) -> list[Any]:
        """Return the messages that so many more bytes complete.

        Raises:
            Unreadable: they are none.
        """
        if self._large is None:
            return self._cut(self._begun + bytes(memoryview(self._space)[:count]))
        self._filled += count
        if self._filled < len(self._large):
            return []
        whole, self._large = self._large, None
        return [self._read(whole)]

    def _cut(self, data: bytes) -> list[Any]:
        messages: list[Any] = []
        at = 0
        while len(data) - at >= _HEADER.size:
            mark, count, checksum, size = _HEADER.unpack_from(data, at)
            if mark != MARK or count > MOST_BUFFERS:
                raise Unreadable(f"{bytes(data[at : at + 8])!r} begins no frame")
            body = at + _HEADER.size + count * _SIZE.size
            if len(data) < body:
                break
            sizes = [_SIZE.unpack_from(data, at + _HEADER.size + n * _SIZE.size)[0] for n in range(count)]
            whole = sum(length + -length % ALIGN for length in sizes) + size
            if whole > MOST_BYTES:
                raise Unreadable(f"a frame of {whole} bytes")
            self._frame = (checksum, size, sizes)
            if len(data) - body < whole:
                self._large = memoryview(bytearray(whole))
                self._filled = len(data) - body
                self._large[: self._filled] = data[body:]
                self._begun = b""
                return messages
            messages.append(self._read(memoryview(bytearray(data[body : body + whole]))))
            at = body + whole
        self._begun = data[at:]
        return messages

    def _read(self, whole: memoryview) -> Any:
        checksum, size, sizes = self._frame
        body = whole[len(whole) - size :]
        if zlib.crc32(body) != checksum:
            raise Unreadable("the checksum of a frame is wrong")
        buffers, at = [], 0
        for length in sizes:
            buffers.append(whole[at : at + length])
            at += length + -length % ALIGN
        try:
            return pickle.loads(body, buffers=buffers)
        except Exception as error:
            raise Unreadable(f"a frame holds no message ({type(error).__name__}: {error})") from error
