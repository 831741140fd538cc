"""One conversation's way to disk: changes in order, and a promise that is kept before a client is told of them."""

from __future__ import annotations

import asyncio
import json
import secrets
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from assistant.errors import EngineError, EngineUnavailable
from models.worker import Working
from server.realtime.config import SessionConfig
from server.realtime.items import Item
from server.store.database import digest

_SESSION = """INSERT INTO sessions (id, token, model, config, items, created_s, changed_s) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET token = excluded.token, config = excluded.config, items = excluded.items, changed_s = excluded.changed_s"""
_ITEM = "INSERT INTO items (session, id, item) VALUES (?, ?, ?) ON CONFLICT (session, id) DO UPDATE SET item = excluded.item"
_NO_ITEM = "DELETE FROM items WHERE session = ? AND id = ?"
_TURN = "INSERT INTO turns (session, key, report) VALUES (?, ?, ?) ON CONFLICT (session, key) DO NOTHING"
"""As the others, it may be done twice: where the line to another machine breaks, nobody knows whether it was done."""


RETRY_S = 1.0
"""After so long what could not be written is tried again."""

MOST_WAITING = 20_000
"""Changes that wait at most where nothing can be written: an hour or so of many conversations. Beyond that the oldest are lost."""


class Store:
    """The database on its worker; what comes while it writes is written together next.

    Where the disk is full, or cannot be written, conversations go on: their changes wait here, and are written once that is over.
    """

    def __init__(self, worker: Working, failed: Callable[[str], None]) -> None:
        """Write through `worker`, whose engine is a `Database`; `failed` is told what could not be written."""
        self._worker, self._failed = worker, failed
        self._waiting: deque[tuple[str, Sequence[Any]]] = deque()
        self._asked = self._written = 0
        self.failing = False
        """Whether what was changed last could not be written yet."""
        self._tries = self._lost = 0
        self._news, self._again, self._done = asyncio.Event(), asyncio.Event(), asyncio.Condition()

    def put(self, statement: str, values: Sequence[Any]) -> int:
        """Add a change and return its number."""
        self._waiting.append((statement, values))
        self._asked += 1
        self._news.set()
        return self._asked

    async def written(self, number: int) -> None:
        """Return when the change of this number is on disk, or could not be written for now."""
        async with self._done:
            await self._done.wait_for(lambda: self._written >= number or self.failing)

    async def all_written(self) -> None:
        """Return when all changes so far are on disk, or could not be written, tried once more."""
        self._news.set()
        self._again.set()
        async with self._done:
            tries = self._tries
            await self._done.wait_for(lambda: self._written >= self._asked or self._tries > tries + 1)

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            changes, self._waiting = self._waiting, deque()
            try:
                await self._worker.call("write", changes)
            except EngineError as error:
                if isinstance(error, EngineUnavailable) or isinstance(error.__cause__, sqlite3.OperationalError):
                    # The disk is full, or read-only, or gone; or it is another machine's, which is.
                    await self._later(changes, str(error))
                    continue
                self._failed(str(error))  # these would fail for ever
            self.failing = False
            if self._lost:
                self._failed(f"Conversations are kept again; {self._lost} changes of them are lost.")
                self._lost = 0
            self._written += len(changes)
            await self._tell()

    async def _later(self, changes: deque[tuple[str, Sequence[Any]]], why: str) -> None:
        """Put back what could not be written; it is tried again after a while."""
        if not self.failing:
            self._failed(
                f"{why} Conversations go on, and what is new in them is kept as soon as that is possible, "
                "unless this process, or the one that has the file, ends before."
            )
        self.failing = True
        changes += self._waiting
        if (lost := len(changes) - MOST_WAITING) > 0:
            if not self._lost:
                self._failed("Nothing could be written for too long: from now on the oldest changes of conversations are lost.")
            self._lost += lost
            self._written += lost
            for _ in range(lost):
                changes.popleft()
        self._waiting = changes
        await self._tell()
        self._again.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(RETRY_S):
                await self._again.wait()
        self._news.set()

    async def _tell(self) -> None:
        self._tries += 1
        async with self._done:
            self._done.notify_all()


class Journal:
    """The keeper of one conversation. `promised` is the number of its last change, for `Store.written`."""

    def __init__(self, store: Store, session: str, model: str, now_s: Callable[[], float], created_s: float | None = None) -> None:
        """Keep a new conversation, or go on with one that was `created_s` seconds after 1970."""
        self._store, self._session, self._model, self._now_s = store, session, model, now_s
        self._created_s = now_s() if created_s is None else created_s
        self._config, self._token, self._order = SessionConfig(), "", "[]"
        self.promised = 0

    def set(self, config: SessionConfig, token: str | None) -> None:
        """Keep what it is set to, and with which token it may be resumed."""
        self._config, self._token = config, digest(token) if token else ""
        self._keep_session()

    def order(self, items: Sequence[Item]) -> None:
        """Keep which items there are, in order."""
        self._order = json.dumps([item.id for item in items])
        self._keep_session()

    def item(self, item: Item) -> None:
        """Keep an item as it is now."""
        self._put(_ITEM, (self._session, item.id, json.dumps(item.as_kept(), ensure_ascii=False)))

    def gone(self, item: Item) -> None:
        """Keep an item no longer."""
        self._put(_NO_ITEM, (self._session, item.id))

    def turn(self, report: dict[str, Any]) -> None:
        """Keep how long a turn took."""
        self._put(_TURN, (self._session, secrets.token_hex(10), json.dumps(report)))

    def _keep_session(self) -> None:
        values = (self._session, self._token, self._model, self._config.model_dump_json(), self._order, self._created_s, self._now_s())
        self._put(_SESSION, values)

    def _put(self, statement: str, values: Sequence[Any]) -> None:
        self.promised = self._store.put(statement, values)
