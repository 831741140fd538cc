"""The other servers that the same clients may come to: what they are told, and what they ask. A server alone has none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from server.auth import Doorkeeper
from server.realtime.desk import Desk


async def _nobody(*_: Any) -> None:
    """There is no other."""


@dataclass(frozen=True)
class Others:
    """The others of one server."""

    claim: Callable[[str], Awaitable[None]] = _nobody
    """Returns when none of them goes on with the conversation of a token, and all of it is kept."""
    lent: Callable[[str, float, dict[str, Any]], Awaitable[None]] = _nobody
    """Tells them of a short-lived key: for how many seconds it works, and for what session."""
    may_ask: Callable[[Desk, Doorkeeper], None] = lambda *_: None
    """Takes what of this server they ask: its conversations, and its keys."""


ALONE = Others()
