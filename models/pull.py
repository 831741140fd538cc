"""One model from the hub, all its files, put in place at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from assistant.errors import InputError, ModelMissing
from models.catalogue import Catalogue, Entry, File, Licence
from models.disk import sha256_of
from models.download import Arrived, download
from models.hub import Hub
from models.installed import Kept, Receipt, receipt_of
from models.staging import Free, free_bytes, locked, need_room, settle, staging

LICENCE_NAME = "LICENCE.txt"
"""What the text of a licence is called beside a model."""

Shown = Callable[[str, int, int | None], None]
"""Called with a file's name, the bytes that are there, and how many it has."""


def allowed(name: str, shelf: Catalogue, *, unverified: bool) -> Entry:
    """Return an entry that may be fetched.

    Raises:
        InputError: no such entry, or nobody has verified its hashes.
    """
    entry = shelf.entry(name)
    if not entry.verified and not unverified:
        lacking = ", ".join(file.name for file in entry.files if file.sha256 is None)
        raise InputError(
            f"Nobody has verified {name}: what {lacking} should be is not known; if you trust the hub, add --unverified, and the hash is told."
        )
    return entry


def present(name: str, entry: Entry) -> Receipt | None:
    """Return the receipt of a model that is installed as the catalogue wants it."""
    found = receipt_of(name)
    return found if found is not None and found.is_of(entry) else None


def pull(
    name: str,
    shelf: Catalogue,
    hub: Hub,
    *,
    accepted: bool = False,
    shown: Shown = lambda *_: None,
    wait: Callable[[float], None] = time.sleep,
    free: Free = free_bytes,
) -> Receipt:
    """Fetch a model and install it. Who is stopped goes on from there the next time.

    Raises:
        InputError: no room, another process at work on it.
        ModelMissing: the hub does not give out a file, or cannot be reached.
        ModelCorrupt: a file is not what the catalogue says.
    """
    entry, licence = shelf.entry(name), shelf.licence(name)
    with locked(name):
        if (found := present(name, entry)) is not None:  # another process was quicker
            return found
        stage = staging(name)
        need_room(sum(max(0, (file.bytes or 0) - _there(stage / file.name)) for file in entry.files), free)
        commit, kept = None, []
        for file in entry.files:
            arrived = _fetched(hub, entry, file, stage / file.name, shown, wait)
            commit = commit or arrived.commit
            kept.append(Kept(name=file.name, bytes=arrived.bytes, sha256=arrived.sha256, verified=file.sha256 is not None))
        if (text := _licence_text(hub, entry, stage, wait)) is not None:
            kept.append(text)
        receipt = receipt_for(name, entry, licence, tuple(kept), commit=commit, source=f"{hub.host}/{entry.repo}", accepted=accepted)
        settle(receipt)
        return receipt


def receipt_for(
    name: str, entry: Entry, licence: Licence, files: tuple[Kept, ...], *, commit: str | None, source: str, accepted: bool
) -> Receipt:
    """Return the receipt of a model that has come now."""
    return Receipt(
        name=name, entry=entry, commit=commit or entry.revision, source=source, files=files, licence=licence,
        accepted=licence.accept and accepted, time=datetime.now(UTC).isoformat(timespec="seconds"),
    )  # fmt: skip


def _there(target: Path) -> int:
    """Return how many bytes of a file have arrived."""
    part = target.with_name(f"{target.name}.part")
    return max((path.stat().st_size for path in (target, part) if path.is_file()), default=0)


def _fetched(hub: Hub, entry: Entry, file: File, target: Path, shown: Shown, wait: Callable[[float], None]) -> Arrived:
    if target.is_file():  # complete when an earlier run was stopped
        found = sha256_of(target)
        if found == (file.sha256 or found):
            return Arrived(target.stat().st_size, found)
        target.unlink()
    return download(hub, entry.repo, entry.revision, file, target, told=lambda have: shown(file.name, have, file.bytes), wait=wait)


def _licence_text(hub: Hub, entry: Entry, stage: Path, wait: Callable[[float], None]) -> Kept | None:
    """Fetch the text of the licence, if the repository has it."""
    if entry.licence_file is None:
        return None
    try:
        arrived = download(hub, entry.repo, entry.revision, File(path=entry.licence_file), stage / LICENCE_NAME, wait=wait)
    except ModelMissing:
        return None  # it can still be read at its address; only a bundle needs it
    return Kept(name=LICENCE_NAME, bytes=arrived.bytes, sha256=arrived.sha256, verified=False)
