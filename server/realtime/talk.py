"""What a client has to do with, once it is connected: a conversation, or an interpretation."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Protocol, Self

SESSION_S = 3600
"""So far ahead is `expires_at`, which clients of OpenAI's service expect. Nothing ends then: a machine of one's own has no reason to cut off
who talks for longer, or is written down for longer."""


class Resumes(Exception):
    """The client wants to go on with an earlier conversation, from behind the event `after`."""

    def __init__(self, token: str, after: str | None) -> None:
        super().__init__("resumes")
        self.token, self.after = token, after


class Talk(Protocol):
    """Runs inside `async with`; tells the outbox that it was made with."""

    token: str | None
    """With which the client may come back."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...

    def audio_s(self, event: Any) -> float:
        """Return how much audio an event of the client brings, in seconds."""
        ...

    async def push(self, event: Any) -> None:
        """Do what the client asks for.

        Raises:
            Refused: it cannot be done; the session goes on.
            Resumes: it is about an earlier session.
        """
        ...

    def resumed(self) -> None:
        """Tell the client that has come back how things are."""
        ...

    async def replied(self) -> None:
        """Return when nothing is being said."""
        ...

    async def ended(self) -> None:
        """Return when the client wants no more."""
        ...
