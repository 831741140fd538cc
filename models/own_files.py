"""Files that somebody brings by hand, found in the catalogue by their hashes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from assistant.errors import InputError
from models.bundle import copied
from models.catalogue import Catalogue, Entry, File
from models.disk import sha256_of
from models.installed import Kept, Receipt
from models.pull import Shown, receipt_for
from models.staging import Free, free_bytes, locked, need_room, settle, staging


def matched(
    paths: Sequence[Path], shelf: Catalogue, name: str | None = None, shown: Shown = lambda *_: None
) -> tuple[str, list[tuple[File, Path, str]]]:
    """Return which model the files are: its name, and of each of its files where it lies and what its hash is.

    Args:
        paths: files.
        shelf: the catalogue.
        name: of the model, if the person knows; then files whose hash nobody knows are taken by their names.
        shown: how far it is.

    Raises:
        InputError: a file cannot be read, or they are no model of the catalogue, or not all of one.
    """
    hashes = {path: _hash(path, shown) for path in paths}
    for key, entry in ({name: shelf.entry(name)} if name else dict(shelf.models)).items():
        found = [(file, path) for file in entry.files if (path := _one_of(file, hashes)) is not None]
        if not any(file.sha256 for file, _ in found) and name is None:
            continue
        if lacking := [file.name for file in entry.files if file not in [file for file, _ in found]]:
            wrong = _told_hash(entry, lacking[0], hashes)
            raise InputError(
                f"Of {key}, {', '.join(lacking)} {'are' if len(lacking) > 1 else 'is'} not among the files{wrong}; name all of its files."
            )
        return key, [(file, path, hashes[path]) for file, path in found]
    raise InputError(
        f"The catalogue knows no file with the SHA-256 of {str(paths[0])!r}, {hashes[paths[0]]}; "
        "name its path in the settings, or add it to a catalogue of your own (models.catalogue)."
    )


def bring(
    name: str,
    found: Sequence[tuple[File, Path, str]],
    shelf: Catalogue,
    *,
    accepted: bool,
    shown: Shown = lambda *_: None,
    free: Free = free_bytes,
) -> Receipt:
    """Copy the files of a model and install it.

    Raises:
        InputError: no room, or another process at work on it, or a file has changed since it was looked at.
    """
    entry = shelf.entry(name)
    with locked(name):
        need_room(sum(path.stat().st_size for _, path, _ in found), free)
        for file, path, hash_ in found:
            with path.open("rb") as data:
                copy = copied(data, staging(name) / file.name, lambda have, file=file: shown(file.name, have, file.bytes))  # type: ignore[misc]
            if copy != hash_:
                raise InputError(f"{str(path)!r} has changed while it was read; wait until it is complete.")
        kept = tuple(
            Kept(name=file.name, bytes=(staging(name) / file.name).stat().st_size, sha256=hash_, verified=file.sha256 is not None)
            for file, _, hash_ in found
        )
        receipt = receipt_for(name, entry, shelf.licence(name), kept, commit=None, source=found[0][1].name, accepted=accepted)
        settle(receipt)
        return receipt


def _hash(path: Path, shown: Shown) -> str:
    if path.is_dir():
        raise InputError(f"{str(path)!r} is a folder; name the files in it.")
    try:
        size = path.stat().st_size
        return sha256_of(path, lambda have: shown(path.name, have, size))
    except FileNotFoundError as error:
        raise InputError(f"There is no file {str(path)!r}; check the name.") from error
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be read ({error.strerror}); make it readable.") from error


def _one_of(file: File, hashes: dict[Path, str]) -> Path | None:
    """Return which of the paths is this file: by its hash, or by its name if nobody knows that."""
    if file.sha256 is not None:
        return next((path for path, hash_ in hashes.items() if hash_ == file.sha256), None)
    same = [path for path in hashes if path.name == file.name]
    return next((path for path in same if file.bytes is None or path.stat().st_size == file.bytes), None)


def _told_hash(entry: Entry, name: str, hashes: dict[Path, str]) -> str:
    expected = next((file.sha256 for file in entry.files if file.name == name), None)
    given = next((hash_ for path, hash_ in hashes.items() if path.name == name), None)
    return f" ({name} has the SHA-256 {given}, not {expected})" if given and expected else ""
