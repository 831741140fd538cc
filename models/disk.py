"""Files on disk: hashed, and written with one sentence where that does not work."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from assistant.errors import InputError

CHUNK_BYTES = 1 << 18
"""Read at once."""

Told = Callable[[int], None]
"""Called with the bytes that are there."""


def sha256_of(path: Path, told: Told = lambda _: None) -> str:
    """Return the hash of a file.

    Raises:
        OSError: it cannot be read.
    """
    digest, have = hashlib.sha256(), 0
    with path.open("rb") as file:
        while data := file.read(CHUNK_BYTES):
            digest.update(data)
            have += len(data)
            told(have)
    return digest.hexdigest()


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say in one sentence why a file cannot be written.

    Raises:
        InputError: it cannot.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise InputError(
                f"The disk of {str(path.parent)!r} is full; make room and run the same command: it goes on from there."
            ) from error
        raise InputError(f"{str(path)!r} cannot be written ({error.strerror}); make {str(path.parent)!r} writable.") from error
