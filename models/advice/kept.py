"""What a probe of this machine found, kept for the next time."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from models.advice.probe import Speeds
from models.threads import processor

QUIET = 0.15
"""Share of the processor that others may take during a probe that is kept."""


class Kept(NamedTuple):
    """Speeds, and when they were measured: ISO 8601, UTC."""

    speeds: Speeds
    time: str


def place() -> Path:
    """Return where they are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "parley" / "probe.json"


def read(cores: int, threads: int | None) -> Kept | None:
    """Return what was found on this processor with so many cores and threads; None if there is nothing, or it cannot be read."""
    try:
        found = json.loads(place().read_text(encoding="utf-8"))
        if found["for"] != _key(cores, threads):
            return None
        return Kept(TypeAdapter(Speeds).validate_python(found["speeds"]), str(found["time"]))
    except (OSError, ValueError, KeyError, TypeError, ValidationError):
        return None


def write(speeds: Speeds, cores: int, threads: int | None) -> None:
    """Keep them, if the machine was quiet enough for them to say something of another time."""
    if speeds.busy > QUIET:
        return
    told = {"for": _key(cores, threads), "time": datetime.now(UTC).isoformat(timespec="seconds"), "speeds": speeds.as_json()}
    with suppress(OSError):
        place().parent.mkdir(parents=True, exist_ok=True)
        part = place().with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(told, indent=1), encoding="utf-8")
        part.replace(place())


def _key(cores: int, threads: int | None) -> str:
    return f"{processor()}, {cores} cores, {threads or 'as many threads as help'}"
