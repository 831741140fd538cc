"""What waits to be sent to one client: in order, bounded, and freed of sound that a cancel made stale."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import dataclass
from typing import Any

from server.realtime.ids import new_id

MOST_BYTES = 16 * 1024 * 1024
"""Of a client that does not read: five minutes of speech in the protocol's base64."""


@dataclass(slots=True)
class _Waiting:
    text: str
    sound_of: str | None


class Outbox:
    """One sender takes from it what everybody else puts there."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        """Hold at most so many bytes; beyond that the client is too slow."""
        self._waiting: deque[_Waiting] = deque()
        self._most, self._size = most_bytes, 0
        self._news, self._emptied = asyncio.Event(), asyncio.Event()
        self.overflowed = asyncio.Event()
        """Set when the client was too slow; nothing is taken any more."""

    def put(self, event: dict[str, Any], *, sound_of: str | None = None) -> None:
        """Add an event, which gets its event_id; `sound_of` names the response whose audio it is."""
        if self.overflowed.is_set():
            return
        text = json.dumps({"event_id": new_id("event")} | event, ensure_ascii=False, separators=(",", ":"))
        self._size += len(text)
        if self._size > self._most:
            self.overflowed.set()
            self._waiting.clear()
            return
        self._waiting.append(_Waiting(text, sound_of))
        self._news.set()

    def drop_sound(self, response: str) -> None:
        """Forget the audio of a response that was not sent yet."""
        self._size -= sum(len(each.text) for each in self._waiting if each.sound_of == response)
        self._waiting = deque(each for each in self._waiting if each.sound_of != response)

    async def sent(self) -> None:
        """Return when nothing waits."""
        while self._waiting:
            self._emptied.clear()
            await self._emptied.wait()

    async def take(self) -> str:
        """Return the next message, when there is one."""
        while not self._waiting:
            self._emptied.set()
            self._news.clear()
            await self._news.wait()
        first = self._waiting.popleft()
        self._size -= len(first.text)
        return first.text
