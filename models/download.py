"""One file from the hub: gone on with where it stopped, checked while it arrives, and in its place only when it is right."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from assistant.errors import ModelCorrupt, ModelMissing
from models.catalogue import File
from models.disk import CHUNK_BYTES, Told, writing
from models.hub import Answer, Beyond, Hub, Interrupted

ATTEMPTS = 5
"""In a row that bring hardly anything; then a person is told."""

PROGRESS = 0.01
"""Of the file: less than that is hardly anything."""

LONGEST_WAIT_S = 120.0
"""If the hub wants to be left alone for longer, a person is told."""

SMALL_BYTES = 32 << 20
"""The most that a file may have of which the catalogue does not say how large it is."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file in its place."""

    bytes: int
    sha256: str
    commit: str | None = None
    """Of the repository, if the hub said it."""


def download(
    hub: Hub, repo: str, revision: str, file: File, target: Path, *, told: Told = lambda _: None, wait: Callable[[float], None] = time.sleep
) -> Arrived:
    """Fetch a file to `target`; what has arrived lies in `target.part` until it is complete.

    Raises:
        ModelMissing: the hub does not give it out, or cannot be reached; the part stays.
        ModelCorrupt: it is not what the catalogue says; nothing stays.
        InputError: it cannot be written; the part stays.
    """
    idle = 0
    with Part.of(target, pinned=file.sha256 is not None) as part:
        resumed = part.size > 0
        if part.size > (file.bytes or part.size):
            part.restart()
        while True:
            before = part.size
            try:
                commit = _take(hub, repo, revision, file, part, told)
            except Interrupted as error:
                resumed = True
                if isinstance(error, Beyond):
                    part.restart()
                idle = 0 if part.size - before > PROGRESS * (file.bytes or SMALL_BYTES) else idle + 1
                wait_s = 2.0 ** (idle - 1) if error.after_s is None else error.after_s
                if idle >= ATTEMPTS or wait_s > LONGEST_WAIT_S:
                    raise _given_up(hub, file, part, str(error), error.after_s) from error
                wait(wait_s)
                continue
            if file.sha256 is None or part.sha256 == file.sha256:
                part.settle(target)
                return Arrived(part.size, part.sha256, commit)
            found, was_whole = part.sha256, not resumed
            part.restart()
            if was_whole:
                part.forget()
                raise ModelCorrupt(
                    f"{file.name} from {hub.host} is not the file of the catalogue: its SHA-256 is {found}, not {file.sha256}; "
                    "nothing was kept; try another mirror with HF_ENDPOINT."
                )
            resumed = False  # its beginning may be of another time: once more, from the beginning


def _take(hub: Hub, repo: str, revision: str, file: File, part: Part, told: Told) -> str | None:
    """Take what is missing of a file; return the commit of its repository."""
    if part.size and (part.size == file.bytes or part.sha256 == file.sha256):
        return None
    with hub.open(repo, revision, file.path, start=part.size, tag=None if part.pinned else part.tag) as answer:
        if answer.start != part.size:  # it sends the whole file, or another part than asked for
            part.restart()
            if answer.start:
                raise Interrupted("it sends another part of the file than asked for")
        if not part.size:
            part.tag = answer.tag
        total = _total(hub, file, answer, part)
        told(part.size)
        while part.size != total and (data := answer.read(CHUNK_BYTES if total is None else min(CHUNK_BYTES, total - part.size))):
            part.write(data)
            told(part.size)
            if total is None and part.size > SMALL_BYTES:
                part.forget()
                raise ModelCorrupt(
                    f"{file.name} from {hub.host} has more than {SMALL_BYTES:,} bytes, and nobody says how many it should have; "
                    "write that into a catalogue of your own (models.catalogue)."
                )
    if total is not None and part.size < total:
        raise Interrupted("the connection ended early")
    return answer.commit


def _total(hub: Hub, file: File, answer: Answer, part: Part) -> int | None:
    """Return how many bytes the file has, as the catalogue and the hub agree."""
    if file.bytes is not None and answer.total not in (None, file.bytes):
        part.forget()
        raise ModelCorrupt(
            f"{file.name} has {answer.total:,} bytes at {hub.host} and {file.bytes:,} in the catalogue: it is another file; "
            "try another mirror with HF_ENDPOINT."
        )
    if file.bytes is None and (answer.total or 0) > SMALL_BYTES:
        raise ModelCorrupt(
            f"{file.name} has {answer.total:,} bytes at {hub.host}, and the catalogue does not say how many it should have; "
            "write that into a catalogue of your own (models.catalogue)."
        )
    return file.bytes if file.bytes is not None else answer.total


def _given_up(hub: Hub, file: File, part: Part, why: str, after_s: float | None) -> ModelMissing:
    later = f"in {after_s:.0f} s" if after_s else "later"
    kept = f"; {part.size:,} bytes are kept, and the same command goes on from there {later}" if part.size else f"; try again {later}"
    return ModelMissing(f"{file.name} cannot be fetched from {hub.host}: {why}{kept}.")


class Part:
    """What has arrived of a file, with the hash of it. Of a file whose end can be checked it outlives the process."""

    def __init__(self, path: Path, file: BinaryIO, *, pinned: bool) -> None:
        """Take over what lies in `file`."""
        self._path, self._tag_path, self._file = path, path.with_name(f"{path.name}.tag"), file
        self.pinned = pinned
        self._blank()
        if pinned or self.tag is not None:
            while data := file.read(CHUNK_BYTES):
                self._digest.update(data)
                self.size += len(data)
        else:
            file.truncate(0)

    @staticmethod
    @contextmanager
    def of(target: Path, *, pinned: bool) -> Iterator[Part]:
        """Open the part of `target`, new or from earlier.

        Raises:
            InputError: it cannot be written.
        """
        path = target.with_name(f"{target.name}.part")
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644), "r+b", buffering=0)
        with file:
            yield Part(path, file, pinned=pinned)

    @property
    def sha256(self) -> str:
        """Return the hash of what is there."""
        return self._digest.hexdigest()

    @property
    def tag(self) -> str | None:
        """Return what the hub called this state of the file."""
        return self._tag_path.read_text(encoding="utf-8") if self._tag_path.exists() else None

    @tag.setter
    def tag(self, tag: str | None) -> None:
        if tag is None or self.pinned:
            self._tag_path.unlink(missing_ok=True)
        else:
            self._tag_path.write_text(tag, encoding="utf-8")

    def _blank(self) -> None:
        self._digest, self.size = hashlib.sha256(), 0

    def restart(self) -> None:
        """Forget what has arrived."""
        self._file.seek(0)
        self._file.truncate(0)
        self.tag = None
        self._blank()

    def write(self, data: bytes) -> None:
        """Add to it.

        Raises:
            InputError: the disk is full, or gone.
        """
        with writing(self._path):
            view = memoryview(data)
            while view:
                written = self._file.write(view)
                self._digest.update(view[:written])
                self.size += written
                view = view[written:]

    def settle(self, target: Path) -> None:
        """Put the complete file into its place."""
        with writing(target):
            os.fsync(self._file.fileno())
            self._file.close()  # Windows moves no file that is open
            self._path.replace(target)
            self.tag = None

    def forget(self) -> None:
        """Remove it."""
        self.tag = None
        self._path.unlink(missing_ok=True)
