"""How a conversation comes to be: anew, or from what an earlier process has kept of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from assistant.engines import Engines, Outage
from assistant.governor import Governor
from assistant.manners import Manners
from assistant.routed import Router
from assistant.session import Observer
from assistant.tools import Toolbox
from server.others import ALONE
from server.realtime.begun import Begun
from server.realtime.config import SessionConfig
from server.realtime.desk import Line
from server.realtime.dialogue import Dialogue
from server.realtime.ids import new_id
from server.realtime.items import Item
from server.realtime.outbox import Outbox
from server.store.archive import Archive
from server.store.database import Kept
from server.store.journal import Journal

MODEL = "parley"
"""What a client is told that does not ask for a model by name."""


@dataclass(frozen=True)
class Opener:
    """Makes dialogues, each with a toolbox, an outbox and a governor of its own."""

    engines: Engines
    manners: Manners
    governor: Callable[[], Governor | None] = lambda: None
    archive: Archive | None = None
    """None: nothing is kept."""
    router: Callable[[str], Router | None] = lambda _: None
    """The way to a large model, of a conversation of this name."""
    claim: Callable[[str], Awaitable[None]] = ALONE.claim
    """Returns when no other server goes on with the conversation of a token, and all of it is kept."""
    observers: tuple[Observer, ...] = ()
    closed: Callable[[], None] = lambda: None
    """Called when the conversation is over."""

    async def anew(self, model: str | None, config: SessionConfig) -> Line:
        """Return a new conversation."""
        name = new_id("sess")
        journal = Journal(self.archive.store, name, model or MODEL, _now_s) if self.archive else None
        return await self._open(Begun(name, config, journal=journal), model or MODEL)

    async def restored(self, token: str) -> Line | None:
        """Return a conversation of an earlier process, if one was kept that may be resumed with `token`."""
        if self.archive is None:
            return None
        await self.claim(token)
        kept: Kept | None = await self.archive.worker.call("by_token", token)
        if kept is None:
            return None
        journal = Journal(self.archive.store, kept.id, kept.model, _now_s, kept.created_s)
        items = [Item.from_kept(item) for item in kept.items]
        journal.order(items)
        return await self._open(Begun(kept.id, SessionConfig.model_validate(kept.config), items, token, journal), kept.model)

    def outages(self) -> tuple[Outage, ...]:
        """Return what does not work at the moment."""
        return (*self.engines.outages(), *(self.archive.outages() if self.archive else ()))

    async def _open(self, begun: Begun, model: str) -> Line:
        stack, journal = AsyncExitStack(), begun.journal
        outbox = Outbox(promised=lambda: journal.promised, kept=self.archive.store.written) if journal and self.archive else Outbox()
        dialogue = Dialogue(
            replace(self.engines, outages=self.outages),
            Toolbox(),
            self.manners,
            outbox,
            model=model,
            now_s=_now_s(),
            begun=begun,
            router=self.router(begun.id),
            governor=self.governor(),
            observers=self.observers,
        )
        stack.callback(self.closed)
        await stack.enter_async_context(dialogue)
        return Line(dialogue, outbox, stack)


def _now_s() -> float:
    return datetime.now(UTC).timestamp()
