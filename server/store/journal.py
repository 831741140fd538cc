"""One conversation's way to disk: changes in order, and a promise that is kept before a client is told of them."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from assistant.errors import EngineError
from models.worker import Worker
from server.realtime.config import SessionConfig
from server.realtime.items import Item
from server.store.database import digest

_SESSION = """INSERT INTO sessions (id, token, model, config, items, created_s, changed_s) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET token = excluded.token, config = excluded.config, items = excluded.items, changed_s = excluded.changed_s"""
_ITEM = "INSERT INTO items (session, id, item) VALUES (?, ?, ?) ON CONFLICT (session, id) DO UPDATE SET item = excluded.item"
_NO_ITEM = "DELETE FROM items WHERE session = ? AND id = ?"
_TURN = "INSERT INTO turns (session, report) VALUES (?, ?)"


class Store:
    """The database on its worker; what comes while it writes is written together next."""

    def __init__(self, worker: Worker, failed: Callable[[str], None]) -> None:
        """Write through `worker`, whose engine is a `Database`; `failed` is told what could not be written."""
        self._worker, self._failed = worker, failed
        self._waiting: deque[tuple[str, Sequence[Any]]] = deque()
        self._asked = self._written = 0
        self._news, self._done = asyncio.Event(), asyncio.Condition()

    def put(self, statement: str, values: Sequence[Any]) -> int:
        """Add a change and return its number."""
        self._waiting.append((statement, values))
        self._asked += 1
        self._news.set()
        return self._asked

    async def written(self, number: int) -> None:
        """Return when the change of this number is on disk, or could not be written."""
        async with self._done:
            await self._done.wait_for(lambda: self._written >= number)

    async def all_written(self) -> None:
        """Return when all changes so far are on disk, or could not be written."""
        await self.written(self._asked)

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            changes, self._waiting = self._waiting, deque()
            try:
                await self._worker.call("write", changes)
            except EngineError as error:
                self._failed(str(error))
            async with self._done:
                self._written += len(changes)
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
        self._put(_TURN, (self._session, json.dumps(report)))

    def _keep_session(self) -> None:
        values = (self._session, self._token, self._model, self._config.model_dump_json(), self._order, self._created_s, self._now_s())
        self._put(_SESSION, values)

    def _put(self, statement: str, values: Sequence[Any]) -> None:
        self.promised = self._store.put(statement, values)
