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
from server.realtime.items import Conversation, Item

_SESSION = """INSERT INTO sessions (id, token, model, config, items, created_s, changed_s) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET token = excluded.token, config = excluded.config, items = excluded.items, changed_s = excluded.changed_s"""
_ITEM = "INSERT INTO items (session, id, item) VALUES (?, ?, ?) ON CONFLICT (session, id) DO UPDATE SET item = excluded.item"
_NO_ITEM = "DELETE FROM items WHERE session = ? AND id = ?"
_TURN = "INSERT OR REPLACE INTO turns (session, number, report) VALUES (?, ?, ?)"


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
    """What one conversation keeps. Each method returns the number that `Store.written` takes."""

    def __init__(self, store: Store, session: str, model: str, now_s: Callable[[], float]) -> None:
        self._store, self._session, self._model, self._now_s = store, session, model, now_s
        self._created_s = now_s()

    def session(self, config: SessionConfig, conversation: Conversation, token: str | None) -> int:
        """Keep what it is set to, and the order of its items."""
        order = json.dumps([item.id for item in conversation])
        values = (self._session, token, self._model, config.model_dump_json(), order, self._created_s, self._now_s())
        return self._store.put(_SESSION, values)

    def item(self, item: Item) -> int:
        """Keep an item as it is now."""
        return self._store.put(_ITEM, (self._session, item.id, json.dumps(item.as_kept(), ensure_ascii=False)))

    def no_item(self, name: str) -> int:
        """Keep an item no longer."""
        return self._store.put(_NO_ITEM, (self._session, name))

    def turn(self, number: int, report: dict[str, Any]) -> int:
        """Keep how long a turn took."""
        return self._store.put(_TURN, (self._session, number, json.dumps(report)))
