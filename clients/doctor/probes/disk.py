"""The disk: room, and permission to write, in the folders where Parley keeps things."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from clients.doctor.finding import Finding, ok, problem, warning
from clients.doctor.probe import Given, Probe

MIB = 2**20
LEAST_MIB, ENOUGH_MIB = 20, 500
"""Free room: a conversation takes some kB, but a full disk breaks the file of all of them."""


@dataclass(frozen=True)
class Place:
    """A folder where something is kept, or is to be."""

    about: str
    folder: Path
    free_bytes: int
    refused: str = ""
    """Why nothing can be written there."""
    needed: bool = True
    """Whether a command fails without it; otherwise it only starts slower."""


def judge(seen: Sequence[Place]) -> list[Finding]:
    """Say what is thought of the places."""
    return [_judged(place) for place in seen]


def _judged(place: Place) -> Finding:
    bad = problem if place.needed else warning
    free = place.free_bytes / MIB
    values = {"folder": str(place.folder), "free_bytes": place.free_bytes}
    if place.refused:
        remedy = f"Make {place.folder} a folder that you may write to, or name another place in {_variable(place.about)}."
        return bad(place.about, f"Nothing can be written in {place.folder} ({place.refused}).", remedy, **values)
    sentence = f"{_shown(free)} are free for {place.folder}."
    if free < LEAST_MIB:
        return bad(place.about, sentence, f"Free some space, or name another place in {_variable(place.about)}.", **values)
    if free < ENOUGH_MIB:
        return warning(place.about, sentence, "Free some space before the disk is full.", **values)
    return ok(place.about, sentence, **values)


def _shown(mib: float) -> str:
    return f"{mib:.0f} MiB" if mib < 1024 else f"{mib / 1024:.1f} GiB"


def _variable(about: str) -> str:
    return {"Settings and keys": "XDG_CONFIG_HOME", "Conversations": "XDG_STATE_HOME", "What was measured": "XDG_CACHE_HOME"}.get(
        about, "TMPDIR"
    )


def look(_: Given) -> list[Place]:
    """Look into each folder; only in one that Parley made is something written to try it."""
    from assistant.settings import default_path
    from server.store.places import conversations

    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "parley"
    return [
        place("Conversations", conversations().parent),
        place("Settings and keys", default_path().parent, needed=False),
        place("What was measured", cache, needed=False),
    ]


def place(about: str, folder: Path, *, needed: bool = True) -> Place:
    """Return how things are in one folder, or where it would be made."""
    there = next((each for each in (folder, *folder.parents) if each.exists()), folder)
    try:
        free = shutil.disk_usage(there).free
        if not there.is_dir():
            return Place(about, folder, free, f"{there} is no folder", needed)
        if not os.access(there, os.W_OK | os.X_OK):
            return Place(about, folder, free, f"no permission in {there}", needed)
        if there == folder:
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(bytes(4096))
    except OSError as error:
        return Place(about, folder, 0, error.strerror or str(error), needed)
    return Place(about, folder, free, needed=needed)


PROBE = Probe("Disk", 50, look, judge)
