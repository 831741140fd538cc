"""Standard input as lines, text or sound; Ctrl-C ends the wait for it at once."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, TextIO

from assistant.errors import InputError

STDIN = "-"
"""What stands for it among the arguments."""


def lines() -> Iterator[str]:
    """Yield each line as soon as it is there.

    Raises:
        InputError: it is closed, or no text.
    """
    stream = _stream()
    while line := _read(stream.readline):
        yield line


def text() -> str:
    """Return all of it.

    Raises:
        InputError: it is closed, or no text.
    """
    return _read(_stream().read)


@contextmanager
def sound() -> Iterator[Sound]:
    """Open it for a decoder.

    Raises:
        InputError: it is closed.
    """
    file = Sound(_stream().buffer)
    try:
        yield file
    finally:
        if file.interrupted:
            raise KeyboardInterrupt


class Sound:
    """Bytes for PyAV, which takes an exception in `read` for the end of the file: so Ctrl-C is kept, and raised by `sound`."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.interrupted = False

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, none at the end or after Ctrl-C."""
        try:
            if not self.interrupted:
                with waiting():
                    return self._file.read(size)
        except KeyboardInterrupt:
            self.interrupted = True
        return b""

    def seekable(self) -> bool:
        return self._file.seekable()

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


@contextmanager
def waiting() -> Iterator[None]:
    """Let Ctrl-C interrupt what is done inside: asyncio would only cancel the task, which cannot end while a read waits."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:  # a program in the background
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _stream() -> TextIO:
    if sys.stdin is None:
        raise InputError("Standard input is closed; give a text or a file instead of -.")
    return sys.stdin


def _read(read: Callable[[], str]) -> str:
    try:
        with waiting():
            return read()
    except UnicodeDecodeError as error:
        raise InputError("Standard input is no text; for sound on standard input there is parley transcribe.") from error
