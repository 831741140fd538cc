"""The store of a cluster: what cannot be written waits, whether the disk is full or the head is gone."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from models.worker import Worker
from server.cluster.engines import Remotes
from server.cluster.head import CONVERSATIONS, at_head
from server.realtime.config import SessionConfig
from server.store import journal
from server.store.archive import archive_elsewhere
from server.store.database import Database
from server.store.journal import Journal
from tests.models.working import run, until
from tests.server.cluster.doors import HOST, SECRET


class Filling(Database):
    """A database on a disk that is full as long as a file is there."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._full = path.with_name("full")

    def write(self, changes: Iterable[tuple[str, Any]]) -> None:
        if self._full.exists():
            raise sqlite3.OperationalError("database or disk is full")
        super().write(changes)


def test_what_cannot_be_written_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "RETRY_S", 0.05)
    told: list[str] = []

    async def work() -> None:
        worker = Worker(partial(Filling, tmp_path / "kept.db"), "conversations")
        await worker.ready()
        found = Remotes(SECRET)
        shelf = found.add(CONVERSATIONS, patience_s=0.0)
        async with archive_elsewhere(shelf, told.append) as kept:
            async with at_head(HOST, SECRET, "here", worker) as (directory, _):
                shelf.found(directory.places)
                await until(lambda: directory.places)
                shelf.found(directory.places)

                def keep(name: str) -> None:
                    Journal(kept.store, name, "parley", lambda: 1.0).set(SessionConfig(), None)

                async def names() -> set[str]:
                    return {name for name, *_ in await worker.call("overview")}

                keep("one")
                await kept.store.all_written()
                assert await names() == {"one"}
                (tmp_path / "full").touch()
                keep("two")
                await kept.store.written(2)
                assert kept.store.failing
                assert "database or disk is full" in told[0]
                (tmp_path / "full").unlink()
                await until(lambda: not kept.store.failing)
                assert await names() == {"one", "two"}
            await until(lambda: not shelf._lines)
            keep("three")
            async with asyncio.timeout(1.0):  # who waits for it hears at once that it cannot be kept for now
                await kept.store.written(3)
            assert kept.store.failing
            async with at_head(HOST, SECRET, "here", worker) as (directory, _):
                await until(lambda: directory.places)
                shelf.found(directory.places)
                await until(lambda: not kept.store.failing)
                assert await names() == {"one", "two", "three"}
                assert (await kept.worker.call("by_token", "none")) is None
        await found.close()
        await worker.close()

    run(work())
    assert len(told) == 2


def test_without_a_store_there_is_none() -> None:
    async def work() -> None:
        async with at_head(HOST, SECRET, "here", None) as (directory, head):
            await asyncio.sleep(0)
            assert not directory.places
            assert not head.keeps
            assert str(SECRET) not in repr(head)

    run(work())
