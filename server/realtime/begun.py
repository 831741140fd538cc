"""How a conversation begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from server.realtime.config import SessionConfig
from server.realtime.ids import new_id
from server.realtime.items import Item
from server.store.journal import Journal


@dataclass(frozen=True)
class Begun:
    """How a conversation begins: anew, or as it was kept."""

    id: str = field(default_factory=lambda: new_id("sess"))
    config: SessionConfig = field(default_factory=SessionConfig)
    items: Sequence[Item] = ()
    token: str | None = None
    journal: Journal | None = None
    """Keeps what changes; without one, nothing outlives the process."""
