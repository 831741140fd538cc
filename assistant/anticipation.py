"""Getting ready for an answer while its question is still being said: one task beside the scribe's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from assistant.errors import EngineError
from assistant.respond import Responder


class Anticipation:
    """Shows the responder each transcript so far, always the newest, and tells how complete that one sounds."""

    def __init__(self, responder: Responder, tell: Callable[[Anticipation, str, float], None]) -> None:
        """Show transcripts to `responder`; `tell` takes this object, each transcript, and the probability that it is complete."""
        self._responder, self._tell = responder, tell
        self._text = ""  # the newest; the first one is what comes before anything is said
        self._done: str | None = None  # the last one that was read
        self._news = asyncio.Event()
        self._news.set()
        self._waiting: asyncio.Future[None] | None = None

    def push(self, text: str) -> None:
        """Take the transcript so far."""
        self._text = text
        self._news.set()

    async def read(self, text: str) -> None:
        """Return once the responder has read `text`, the whole transcript: read any later, it would get in the way of its answer."""
        if self._done != text:
            self.push(text)
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting

    async def run(self) -> None:
        """Show transcripts as they come, until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            text = self._text
            if text == self._done:
                continue
            with suppress(EngineError):  # the reply meets the same error and says so
                complete = await self._responder.anticipate(text)
                if text:
                    self._tell(self, text, complete)
            self._done = text
            if self._waiting and not self._waiting.done() and text == self._text:
                self._waiting.set_result(None)
