"""Audio files in and out: anything PyAV decodes comes in as 16 kHz samples, a block at a time; WAV goes out."""

from __future__ import annotations

import errno
import os
import wave
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from assistant.audio import Samples, to_pcm16
from assistant.errors import InputError
from clients.cli.stdin import STDIN, sound
from models.media import decoded


def decode(source: str) -> Generator[Samples, None, None]:
    """Yield the audio of a file, or of standard input for `-`, as 16 kHz mono blocks; memory does not grow with its length.

    Raises:
        InputError: no such file, an empty one, or one without audio that can be decoded.
    """
    if source == STDIN:
        with sound() as file:
            yield from decoded("Standard input", file)
        return
    try:
        is_folder, size = Path(source).is_dir(), Path(source).stat().st_size
    except FileNotFoundError as error:
        raise InputError(f"There is no file {source!r}; check the name.") from error
    except (OSError, ValueError) as error:  # a name that is too long, a folder that may not be entered
        raise InputError(f"{source!r} cannot be opened ({getattr(error, 'strerror', error)}); check the name.") from error
    if is_folder:
        raise InputError(f"{source!r} is a folder; give an audio file.")
    if size == 0:
        raise InputError(f"{source!r} is empty; give a file with audio.")
    yield from decoded(repr(source), source)


def folder(path: Path) -> None:
    """Make a folder for results, if it is not there.

    Raises:
        InputError: no permission, no room, or a file of that name.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error


def writable(path: Path | None) -> None:
    """Say before the work begins that its result could not be written.

    Raises:
        InputError: the folder is not there, or takes no files.
    """
    if path is None:
        return
    if path.is_dir():
        raise InputError(f"{str(path)!r} is a folder; give a file name such as {str(path / 'out.wav')!r}.")
    if not path.parent.is_dir():
        raise InputError(f"There is no folder {str(path.parent)!r} for {path.name!r}; make it first.")
    if not os.access(path.parent, os.W_OK):
        raise InputError(f"{str(path)!r} cannot be written (no permission); choose another place.")


@contextmanager
def written(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that appears under its name only when it is complete.

    Raises:
        InputError: no room on the disk, or no permission to write there.
    """
    partial = path.with_name(f".{path.name}.part")
    try:
        with partial.open("wb") as file:
            yield file
        partial.replace(path)
    except BrokenPipeError:
        raise  # not the file's: whoever read our results has gone
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with suppress(OSError):  # complete, it has its name already
            partial.unlink()


def _unwritable(path: Path, error: OSError) -> InputError:
    if error.errno == errno.ENOSPC:
        return InputError(f"There is no room on the disk for {str(path)!r}; free some, or write elsewhere.")
    return InputError(f"{str(path)!r} cannot be written ({error.strerror}); choose another place.")


@contextmanager
def wav(path: Path, rate_hz: int) -> Iterator[Callable[[Samples], None]]:
    """Open a mono 16-bit WAV file that takes samples as they come; otherwise as `written`."""
    with written(path) as file, wave.open(file) as sound:
        sound.setparams((1, 2, rate_hz, 0, "NONE", ""))
        yield lambda samples: sound.writeframes(to_pcm16(samples))


def write_wav(path: Path, blocks: Iterable[Samples], rate_hz: int) -> float:
    """Write mono 16-bit WAV and return its length in seconds."""
    count = 0
    with wav(path, rate_hz) as write:
        for block in blocks:
            write(block)
            count += block.size
    return count / rate_hz
