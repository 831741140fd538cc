"""What waits to be sent to one client: in order, bounded, and freed of sound that a cancel made stale."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from server.realtime.ids import new_id
from server.realtime.refusals import Refused

MOST_BYTES = 16 * 1024 * 1024
"""Of a client that does not read: five minutes of speech in the protocol's base64."""

MOST_SENT_BYTES = 4 * 1024 * 1024
"""Of what was sent, for a client that comes back."""


@dataclass(frozen=True, slots=True)
class _Message:
    name: str
    text: str
    sound_of: str | None
    promised: int
    """The change that must be on disk before this is sent."""
    replaces: str | None = None
    """What this tells of, when a newer message about the same may take its place."""


async def _kept(_: int) -> None:
    return None


class Outbox:
    """One sender takes from it what everybody else puts there."""

    def __init__(
        self, most_bytes: int = MOST_BYTES, promised: Callable[[], int] = lambda: 0, kept: Callable[[int], Awaitable[None]] = _kept
    ) -> None:
        """Hold at most so many bytes; beyond that the client is too slow.

        Args:
            most_bytes: that wait.
            promised: gives the number of the last change that a client is told of by what is put now.
            kept: returns when the change of that number is on disk.
        """
        self._waiting: deque[_Message] = deque()
        self._sent: deque[_Message] = deque()
        self._most, self._size, self._sent_size = most_bytes, 0, 0
        self._promised, self._kept = promised, kept
        self._news, self._emptied = asyncio.Event(), asyncio.Event()
        self.overflowed = asyncio.Event()
        """Set when the client was too slow; nothing is taken any more."""
        self.remembers = False
        """Whether what was sent is kept for a while."""

    def put(self, event: dict[str, Any], *, sound_of: str | None = None, replaces: str | None = None) -> None:
        """Add an event, which gets its event_id.

        Args:
            event: what to send.
            sound_of: names the response, or the line, whose audio it is.
            replaces: names what it tells of; what waits and tells of the same is left out, and this takes its place.
        """
        if self.overflowed.is_set():
            return
        name = new_id("event")
        text = json.dumps({"event_id": name} | event, ensure_ascii=False, separators=(",", ":"))
        message = _Message(name, text, sound_of, self._promised(), replaces)
        old = next((i for i, each in enumerate(self._waiting) if each.replaces == replaces), None) if replaces is not None else None
        self._size += len(text) - (0 if old is None else len(self._waiting[old].text))
        if self._size > self._most:
            self.overflowed.set()
            self._waiting.clear()
            return
        if old is None:
            self._waiting.append(message)
        else:
            self._waiting[old] = message
        self._news.set()

    def drop_sound(self, response: str) -> None:
        """Forget the audio of a response that was not sent yet."""
        self._size -= sum(len(each.text) for each in self._waiting if each.sound_of == response)
        self._waiting = deque(each for each in self._waiting if each.sound_of != response)

    def shed_sound(self, most_bytes: int) -> None:
        """Forget the oldest audio that was not sent yet, until what is left of it has at most so many bytes."""
        size = sum(len(each.text) for each in self._waiting if each.sound_of is not None)
        for each in list(self._waiting):
            if size <= most_bytes:
                return
            if each.sound_of is not None:
                self._waiting.remove(each)
                self._size, size = self._size - len(each.text), size - len(each.text)

    async def sent(self) -> None:
        """Return when nothing waits."""
        while self._waiting:
            self._emptied.clear()
            await self._emptied.wait()

    async def take(self) -> str:
        """Return the next message, when there is one and what it tells of is kept."""
        while True:
            while not self._waiting:
                self._emptied.set()
                self._news.clear()
                await self._news.wait()
            first = self._waiting[0]
            await self._kept(first.promised)
            if self._waiting and self._waiting[0] is first:  # it may have been dropped meanwhile
                break
        self._waiting.popleft()
        self._size -= len(first.text)
        if self.remembers:
            self._remember(first)
        return first.text

    def rewind(self, after: str) -> None:
        """Send again what came after the event of this name.

        Raises:
            Refused: that is too long ago.
        """
        names = [each.name for each in self._sent]
        if after not in names:
            raise Refused(f"What came after {after!r} is not at hand any more; retrieve the items.", "resume_too_late", "session.x.after")
        again = [self._sent.pop() for _ in range(len(names) - 1 - names.index(after))]
        size = sum(len(each.text) for each in again)
        self._sent_size, self._size = self._sent_size - size, self._size + size
        self._waiting.extendleft(again)
        self._news.set()

    def _remember(self, message: _Message) -> None:
        self._sent.append(message)
        self._sent_size += len(message.text)
        while self._sent_size > MOST_SENT_BYTES:
            self._sent_size -= len(self._sent.popleft().text)
