"""Models as one archive, for machines without a network: a list with all hashes first, what the licences ask for, then the files.

The archive is a plain tar, not compressed: so what is in it is never larger than itself. Nothing is unpacked that the list does not name,
and only to a name of its own in a folder of its own.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from assistant.errors import InputError, ModelCorrupt
from models.contents import Contents, licences
from models.disk import CHUNK_BYTES, writing
from models.installed import Receipt, folder
from models.pull import LICENCE_NAME, Shown
from models.staging import Free, free_bytes, locked, need_room, settle, staging

LIST = "parley-bundle.json"
LICENCES = "LICENCES.md"
MOST_LIST_BYTES = 4 << 20
"""The list of a hundred models takes a twentieth of that."""

UNREADABLE = (tarfile.TarError, ValueError, EOFError)
"""What Python's reader says of archives that are none, or whose headers hold something else than numbers."""


def bundle(receipts: Sequence[Receipt], out: Path, shown: Shown = lambda *_: None) -> None:
    """Write installed models into one archive; it is in its place only when it is complete.

    Raises:
        InputError: it cannot be written, or the text of a licence that must go along is missing.
        ModelCorrupt: a file is not what it was when it came.
    """
    for receipt in receipts:
        if receipt.licence.accompanies and all(file.name != LICENCE_NAME for file in receipt.files):
            raise InputError(
                f"The licence of {receipt.name} has to go with every copy, and its text is not there; "
                f"pull the model again, or copy it from machine to machine with the text from {receipt.licence.url}."
            )
    part = out.with_name(f"{out.name}.part")
    with writing(part), _removed_unless_done(part), tarfile.open(part, "w", format=tarfile.PAX_FORMAT) as tar:
        _add(tar, LIST, Contents(models=tuple(receipts)).model_dump_json(indent=1).encode())
        _add(tar, LICENCES, licences(receipts).encode())
        for receipt in receipts:
            for file in receipt.files:
                path = folder() / receipt.name / file.name
                if not path.is_file() or path.stat().st_size != file.bytes:
                    raise _damaged(receipt.name, file.name)
                member = tarfile.TarInfo(f"{receipt.name}/{file.name}")
                member.size, member.mode = file.bytes, 0o644
                with path.open("rb") as data:
                    hashed = _Hashed(data, lambda have, file=file: shown(file.name, have, file.bytes))  # type: ignore[misc]
                    tar.addfile(member, hashed)  # type: ignore[arg-type]
                if hashed.digest.hexdigest() != file.sha256:
                    raise _damaged(receipt.name, file.name)
    with writing(out):
        part.replace(out)


def contents(path: Path) -> Contents | None:
    """Return what a bundle holds; None for a file of another kind.

    Raises:
        InputError: a bundle that cannot be read.
    """
    try:
        with tarfile.open(path, "r:") as tar:
            first = tar.next()
            if first is None or first.name != LIST:
                return None
            if not _plain(first) or first.size > MOST_LIST_BYTES:
                raise InputError(f"The list of the bundle {str(path)!r} is damaged; make the bundle again.")
            list_ = tar.extractfile(first)
            assert list_ is not None
            found = Contents.model_validate_json(list_.read())
    except ValidationError as error:
        wrong = error.errors()[0]
        raise InputError(f"The list of the bundle {str(path)!r} is damaged ({wrong['msg']}); make the bundle again.") from error
    except UNREADABLE:
        return None
    if found.bytes > path.stat().st_size:
        raise InputError(f"The bundle {str(path)!r} lists more bytes than it has; make it again.")
    return found


def unbundle(path: Path, held: Contents, *, shown: Shown = lambda *_: None, free: Free = free_bytes) -> None:
    """Install what a bundle holds, each model once all its files have arrived and are what the list says.

    Raises:
        InputError: no room, or there is something in it that the list does not name.
        ModelCorrupt: a file is not what the list says; its model is not installed.
    """
    need_room(held.bytes, free)
    with _whole(path), tarfile.open(path, "r:") as tar:
        members = _after_the_lists(tar, path)
        for receipt in held.models:
            with locked(receipt.name):
                for file in receipt.files:
                    member = next(members, None)
                    if member is None or member.name != f"{receipt.name}/{file.name}" or not _plain(member) or member.size != file.bytes:
                        raise InputError(
                            f"The bundle {str(path)!r} has something else where {receipt.name}/{file.name} should be; make it again."
                        )
                    data = tar.extractfile(member)
                    assert data is not None
                    target = staging(receipt.name) / file.name
                    with data:
                        found = copied(data, target, lambda have, file=file: shown(file.name, have, file.bytes))  # type: ignore[misc]
                    if found != file.sha256:
                        target.unlink()
                        raise ModelCorrupt(
                            f"{file.name} in the bundle {str(path)!r} is damaged: its SHA-256 is {found}, not {file.sha256}; copy the bundle again."
                        )
                settle(receipt.model_copy(update={"accepted": receipt.licence.accept}))


def copied(data: IO[bytes], target: Path, told: Callable[[int], None]) -> str:
    """Write a file and return its hash.

    Raises:
        InputError: it cannot be written.
    """
    hashed = _Hashed(data, told)
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        with target.open("xb") as file:
            while part := hashed.read(CHUNK_BYTES):
                file.write(part)
    return hashed.digest.hexdigest()


def _after_the_lists(tar: tarfile.TarFile, path: Path) -> Iterator[tarfile.TarInfo]:
    """Yield the members behind the two lists."""
    tar.next()
    second = tar.next()
    if second is None or second.name != LICENCES or not _plain(second):
        raise InputError(f"The bundle {str(path)!r} does not say what the licences ask for; make it again.")
    while (member := tar.next()) is not None:
        yield member


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    try:
        yield
    except UNREADABLE as error:
        raise InputError(f"The bundle {str(path)!r} is damaged ({error}); copy it again.") from error


def _plain(member: tarfile.TarInfo) -> bool:
    """Tell whether it is a file, not a link, a device or one with holes."""
    return member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not member.issparse()


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), 0o644
    tar.addfile(member, io.BytesIO(data))


def _damaged(name: str, file: str) -> ModelCorrupt:
    return ModelCorrupt(
        f"{file} of {name} is not what it was when it came; pull it again: parley models remove {name} && parley models pull {name}."
    )


class _Hashed:
    """A file that is hashed while it is read."""

    def __init__(self, file: IO[bytes], told: Callable[[int], None]) -> None:
        self._file, self._told, self._have = file, told, 0
        self.digest = hashlib.sha256()

    def read(self, most: int) -> bytes:
        data = self._file.read(most)
        self.digest.update(data)
        self._have += len(data)
        self._told(self._have)
        return data


@contextmanager
def _removed_unless_done(path: Path) -> Iterator[None]:
    with ExitStack() as undo:
        undo.callback(path.unlink, missing_ok=True)
        yield
        undo.pop_all()
