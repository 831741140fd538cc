"""The starter models as a conversation uses them, loaded once."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest

from assistant.engines import Engines
from models.load import load


class Running:
    """Engines on an event loop of their own, which stays while a module's tests use it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self.engines: Engines = self.run(load(["en"], speaks=["en", "es"]))

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(work)

    def close(self) -> None:
        self.run(self.engines.close())
        self.run(self._loop.shutdown_asyncgens())
        self._loop.close()


@pytest.fixture(scope="module")
def starter() -> Iterator[Running]:
    running = Running()
    yield running
    running.close()
