"""How a model comes into its place: gathered beside it, exchanged at once, by one process at a time, where there is room."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from assistant.errors import InputError
from models.catalogue import RECEIPT
from models.disk import writing
from models.installed import Receipt, folder, required
from models.lock import lock
from models.names import NAME

SPARE_BYTES = 64 << 20
"""What a disk is left with."""

Free = Callable[[Path], int]
"""Returns how many bytes there is room for where a path will lie."""


def remove(name: str) -> int:
    """Remove a model, and what was fetched of it so far; return how many bytes that frees.

    Raises:
        InputError: there is nothing of that name, or it cannot be removed, or another process works on it.
    """
    places = [folder() / name, staging(name)] if re.fullmatch(NAME, name) else []
    if not any(place.is_dir() and not place.is_symlink() for place in places):
        required(name)
    with locked(name):
        freed = sum(file.stat().st_size for place in places for file in place.glob("*"))
        for place in places:
            if place.exists():
                with writing(place):
                    shutil.rmtree(place)
    return freed


def staging(name: str) -> Path:
    """Return where the files of a model lie until all of them are there."""
    return folder() / f".{name}.part"


def settle(receipt: Receipt) -> None:
    """Make the model in the staging folder the installed one, in place of an older one; whoever is killed here leaves one of them.

    Raises:
        InputError: it cannot be written.
    """
    stage, place, old = staging(receipt.name), folder() / receipt.name, folder() / f".{receipt.name}.old"
    with writing(stage / RECEIPT):
        with (stage / RECEIPT).open("w", encoding="utf-8") as file:
            file.write(receipt.model_dump_json(indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        names = {RECEIPT, *(file.name for file in receipt.files)}
        for left in [path for path in stage.iterdir() if path.name not in names]:
            left.unlink()  # of an older catalogue
        if place.exists():
            place.rename(old)
        stage.rename(place)
        shutil.rmtree(old, ignore_errors=True)


def mend(name: str) -> None:
    """Finish or undo an exchange of an older model that was cut off."""
    place, old = folder() / name, folder() / f".{name}.old"
    if old.exists():
        if place.exists():
            shutil.rmtree(old)
        else:
            old.rename(place)


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Keep other processes from a model; the system opens the lock when this one ends, however it ends.

    Raises:
        InputError: another one is at it, or the folder cannot be written.
    """
    path = folder() / f".{name}.lock"
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="utf-8")
    with file:
        if not lock(file):
            file.seek(0)
            who = file.read().strip() or "another one"
            raise InputError(f"Another Parley (process {who}) is at work on {name}; wait until it has finished.")
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        mend(name)
        yield


def free_bytes(path: Path) -> int:
    """Return how many bytes there is room for where `path` will lie."""
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free


def need_room(bytes_: int, free: Free = free_bytes) -> None:
    """Make sure that so many bytes have room, and some are left.

    Raises:
        InputError: they have not.
    """
    left = free(folder())
    if left < bytes_ + SPARE_BYTES:
        raise InputError(
            f"{bytes_ / 1e6:,.0f} MB are to come, and {str(folder())!r} has {left / 1e6:,.0f} MB of room; "
            "make room, or link that folder to another disk."
        )
