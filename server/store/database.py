"""The SQLite file. Several processes may write it, each on one thread, and wait for each other; others may read it meanwhile (WAL)."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.errors import InputError

_TABLES = """
CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY, token TEXT, model TEXT NOT NULL, config TEXT NOT NULL, items TEXT NOT NULL DEFAULT '[]',
    created_s REAL NOT NULL, changed_s REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS items (
    session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE, id TEXT NOT NULL, item TEXT NOT NULL, PRIMARY KEY (session, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS turns (
    number INTEGER PRIMARY KEY, session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE, report TEXT NOT NULL, key TEXT
);
CREATE INDEX IF NOT EXISTS sessions_by_token ON sessions (token);
"""

_TURNS_BY_KEY = "CREATE UNIQUE INDEX IF NOT EXISTS turns_by_key ON turns (session, key)"

DAY_S = 86_400.0

BUSY_S = 30.0
"""So long a process waits for another one that writes: what is deleted is cut out of the file, which takes a while if that is large."""

AGAIN_S = 0.01
"""Between two tries where SQLite itself does not wait."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A conversation as it is kept: `items` and `turns` in order."""

    id: str
    model: str
    created_s: float
    changed_s: float
    config: dict[str, Any]
    items: Sequence[dict[str, Any]] = ()
    turns: Sequence[dict[str, Any]] = ()


def digest(token: str) -> str:
    """Return what is kept of a token: who reads the file can resume nothing with it."""
    return hashlib.sha256(token.encode()).hexdigest()


class Database:
    """What is written is on disk when a call returns: killing the process loses nothing of it."""

    def __init__(self, path: Path, *, create: bool = True) -> None:
        """Open the file, which only its owner can read.

        Raises:
            InputError: it cannot be opened, or is something else.
        """
        try:
            if create:
                path.parent.mkdir(parents=True, exist_ok=True)
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
            elif not path.exists():
                raise InputError(f"No conversations are kept in {path}; parley talk and parley serve make that file.")
            self._file = sqlite3.connect(path, BUSY_S, isolation_level=None)
            self._write_ahead()
            self._file.execute("PRAGMA synchronous = NORMAL")
            self._file.execute("PRAGMA foreign_keys = ON")
            self._file.executescript(_TABLES)
            self._add_keys()
            self._file.execute(_TURNS_BY_KEY)
        except (OSError, sqlite3.Error) as error:
            raise InputError(f"The file of conversations {path} cannot be used ({error}); move it away or name another.") from error

    def _write_ahead(self) -> None:
        """Let others read while one writes; SQLite waits for nobody here, so of several that open a new file at once all but one try again."""
        until_s = time.monotonic() + BUSY_S
        while True:
            try:
                self._file.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until_s:
                    raise
                time.sleep(AGAIN_S)

    def _add_keys(self) -> None:
        """Let turns have keys in a file in which they have none; those that it holds stay without."""
        if self._has_keys():
            return
        self._file.execute("BEGIN IMMEDIATE")
        with self._file:
            if not self._has_keys():  # else another process was first
                self._file.execute("ALTER TABLE turns ADD COLUMN key TEXT")

    def _has_keys(self) -> bool:
        return any(name == "key" for _, name, *_ in self._file.execute("PRAGMA table_info(turns)"))

    def write(self, changes: Iterable[tuple[str, Sequence[Any]]]) -> None:
        """Do the changes, all or none: statements with their values."""
        self._file.execute("BEGIN IMMEDIATE")
        with self._file:  # commits at its end, or takes all back
            for statement, values in changes:
                self._file.execute(statement, values)

    def by_token(self, token: str) -> Kept | None:
        """Return the conversation that a client may resume with `token`."""
        found = self._file.execute("SELECT id FROM sessions WHERE token = ?", (digest(token),)).fetchone()
        return self.read(found[0]) if found else None

    def read(self, session: str) -> Kept | None:
        """Return one conversation."""
        row = self._file.execute("SELECT id, model, created_s, changed_s, config, items FROM sessions WHERE id = ?", (session,)).fetchone()
        if row is None:
            return None
        name, model, created_s, changed_s, config, order = row
        found = self._file.execute("SELECT id, item FROM items WHERE session = ?", (session,))
        items = {each: json.loads(item) for each, item in found}
        turns = self._file.execute("SELECT report FROM turns WHERE session = ? ORDER BY number", (session,))
        return Kept(
            name, model, created_s, changed_s, json.loads(config), [items[each] for each in json.loads(order) if each in items],
            [json.loads(report) for (report,) in turns],
        )  # fmt: skip

    def overview(self) -> list[tuple[str, float, float, int]]:
        """Return id, when it began and was changed last, and the number of items of each conversation, the newest first."""
        return self._file.execute(
            "SELECT s.id, s.created_s, s.changed_s, (SELECT count(*) FROM items WHERE session = s.id) FROM sessions s ORDER BY s.changed_s DESC"
        ).fetchall()

    def delete(self, session: str) -> bool:
        """Delete one conversation for good; False if there is none of that name."""
        gone = self._file.execute("DELETE FROM sessions WHERE id = ?", (session,)).rowcount > 0
        self._shrink()
        return gone

    def forget(self, before_s: float) -> int:
        """Delete the conversations that were changed last before `before_s`; return how many."""
        count = self._file.execute("DELETE FROM sessions WHERE changed_s < ?", (before_s,)).rowcount
        if count:
            self._shrink()
        return count

    def _shrink(self) -> None:
        """Let nothing of what was deleted stay in the file."""
        self._file.execute("VACUUM")
        self._file.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the file."""
        self._file.close()
