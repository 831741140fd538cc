"""The conversations that `parley serve` keeps: the file can be read, is whole, and is for its owner only."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from clients.doctor.finding import Finding, ok, problem, warning
from clients.doctor.probe import Given, Probe

TABLES = {"sessions", "items", "turns"}

MOVE = "Move the file away; parley serve makes a new one."


@dataclass(frozen=True)
class Kept:
    """The file as it was found."""

    file: Path
    there: bool = True
    bytes: int = 0
    unreadable: str = ""
    damage: str = ""
    """The first thing that SQLite finds wrong."""
    tables: frozenset[str] = frozenset(TABLES)
    conversations: int = 0
    mode: int = 0o600


def judge(seen: Kept) -> list[Finding]:
    """Say what is thought of the file."""
    about, values = "Kept", {"file": str(seen.file), "bytes": seen.bytes}
    if not seen.there:
        return [ok(about, f"No conversations are kept yet; parley serve makes {seen.file}.", **values)]
    if seen.unreadable:
        return [problem(about, f"{seen.file} cannot be read ({seen.unreadable}).", MOVE, **values)]
    if seen.damage:
        return [
            problem(about, f"{seen.file} is damaged ({seen.damage}).", f"Save what parley sessions export still gives. {MOVE}", **values)
        ]
    if missing := sorted(TABLES - seen.tables):
        return [problem(about, f"{seen.file} is another program's: it has no table {missing[0]}.", MOVE, **values)]
    sentence = f"{seen.conversations} conversations in {seen.file}, {seen.bytes / 1e6:.1f} MB, whole."
    if seen.mode & 0o077:
        remedy = f"Make it yours alone: chmod 600 {seen.file}"
        return [warning(about, f"{sentence[:-1]}, but others on this machine can open it.", remedy, mode=oct(seen.mode), **values)]
    return [ok(about, sentence, conversations=seen.conversations, **values)]


def look(_: Given) -> Kept:
    """Read the file without changing it; a server may be writing meanwhile."""
    from server.store.places import conversations

    return looked_into(conversations())


def looked_into(file: Path) -> Kept:
    """Let SQLite check a file."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return Kept(file, there=False)
    except OSError as error:
        return Kept(file, unreadable=error.strerror or str(error))
    size, mode = found.st_size, found.st_mode & 0o777 if os.name == "posix" else 0o600
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=5)) as database:
            (damage,) = database.execute("PRAGMA integrity_check(1)").fetchone()
            tables = frozenset(name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'"))
            count = database.execute("SELECT count(*) FROM sessions").fetchone()[0] if tables >= TABLES else 0
    except sqlite3.DatabaseError as error:
        if "malformed" in str(error):
            return Kept(file, bytes=size, damage=str(error), mode=mode)
        return Kept(file, bytes=size, unreadable=str(error), mode=mode)
    return Kept(file, True, size, "", "" if damage == "ok" else " ".join(damage.split()), tables, count, mode)


PROBE = Probe("Conversations", 70, look, judge, limit_s=60)
