"""What is too old is deleted, but not because a clock jumped; what is written twice is there once."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from server.realtime.config import SessionConfig
from server.store.archive import archive
from server.store.database import DAY_S, Database
from server.store.journal import Journal
from tests.server.serving import run


def test_a_clock_that_jumps_deletes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.store.archive.SWEEP_S", 0.05)
    told: list[str] = []
    clock = [1000 * DAY_S]

    def tell(message: str) -> None:
        told.append(message)
        clock[0] -= 365 * DAY_S  # at once, before the next look

    async def work() -> None:
        async with archive(tmp_path / "kept.db", 30, lambda: clock[0], tell) as kept:
            Journal(kept.store, "one", "parley", lambda: clock[0]).set(SessionConfig(), None)
            await kept.store.all_written()
            clock[0] += 365 * DAY_S
            async with asyncio.timeout(60):
                while not told:  # noqa: ASYNC110 - nothing else tells of it
                    await asyncio.sleep(0.01)
            assert [name for name, *_ in await kept.worker.call("overview")] == ["one"]
        assert told == ["The clock was set by +365 days; no conversation is deleted as too old for now."]

    run(work())


class Unsure(Database):
    """A database whose answer to the first change is lost."""

    lost = False

    def write(self, changes: Iterable[tuple[str, Any]]) -> None:
        super().write(changes)
        if not self.lost:
            self.lost = True
            raise sqlite3.OperationalError("disk I/O error")


def test_what_is_written_twice_is_there_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.store.archive.Database", Unsure)
    monkeypatch.setattr("server.store.journal.RETRY_S", 0.01)
    reports = [{"response": "one"}, {"response": "two"}, {"response": "two"}]

    async def work() -> None:
        told: list[str] = []
        async with archive(tmp_path / "kept.db", 30, lambda: 1.0, told.append) as kept:
            journal = Journal(kept.store, "one", "parley", lambda: 1.0)
            journal.set(SessionConfig(), None)
            for report in reports:
                journal.turn(report)
            await kept.store.all_written()
            assert len(told) == 1
            assert (await kept.worker.call("read", "one")).turns == reports

    run(work())


class Full(Database):
    """A database on a disk that is full."""

    full = True

    def write(self, changes: Iterable[tuple[str, Any]]) -> None:
        if self.full:
            raise sqlite3.OperationalError("database or disk is full")
        super().write(changes)


def test_what_cannot_be_written_is_told_once_and_kept_within_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.store.archive.Database", Full)
    monkeypatch.setattr("server.store.journal.RETRY_S", 0.01)
    monkeypatch.setattr("server.store.journal.MOST_WAITING", 3)

    async def work() -> None:
        told: list[str] = []
        async with archive(tmp_path / "kept.db", 30, lambda: 1.0, told.append) as kept:
            journal = Journal(kept.store, "one", "parley", lambda: 1.0)
            for number in range(5):
                journal.turn({"response": str(number)})
            await kept.store.written(journal.promised)
            assert [outage.what for outage in kept.outages()] == ["conversations are not kept"]
            for _ in range(3):
                journal.set(SessionConfig(), None)
                await kept.store.all_written()
            monkeypatch.setattr(Full, "full", False)
            await kept.store.all_written()
            assert not kept.outages()
            assert (await kept.worker.call("read", "one")).turns == []
        full, losing, again = told
        assert "database or disk is full" in full
        assert losing.startswith("Nothing could be written for too long")
        assert again == "Conversations are kept again; 5 changes of them are lost."

    run(work())


def test_a_file_whose_turns_have_no_keys_keeps_them(tmp_path: Path) -> None:
    path = tmp_path / "kept.db"
    with closing(sqlite3.connect(path)) as file:
        file.executescript("""
            CREATE TABLE sessions (id TEXT PRIMARY KEY, token TEXT, model TEXT NOT NULL, config TEXT NOT NULL,
                items TEXT NOT NULL DEFAULT '[]', created_s REAL NOT NULL, changed_s REAL NOT NULL);
            CREATE TABLE turns (number INTEGER PRIMARY KEY, session TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
                report TEXT NOT NULL);
            CREATE INDEX turns_by_session ON turns (session);
            INSERT INTO sessions VALUES ('one', '', 'parley', '{}', '[]', 1.0, 1.0);
            INSERT INTO turns (session, report) VALUES ('one', '{"response": "a"}'), ('one', '{"response": "a"}');
        """)

    async def work() -> None:
        for _ in range(2):
            async with archive(path, 1e6, lambda: 1.0, pytest.fail) as kept:
                Journal(kept.store, "one", "parley", lambda: 1.0, 1.0).turn({"response": "b"})
        with closing(Database(path, create=False)) as database:
            one = database.read("one")
        assert one is not None
        assert [turn["response"] for turn in one.turns] == ["a", "a", "b", "b"]

    run(work())


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    async def work() -> None:
        with pytest.raises(Exception, match="cannot be used"):
            async with archive(Path("/proc/nowhere/kept.db"), 30, lambda: 0.0, lambda _: None):
                pass

    run(work())
