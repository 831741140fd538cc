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
        self._text = ""  # the first one: what comes before anything is said
        self._news = asyncio.Event()
        self._news.set()

    def push(self, text: str) -> None:
        """Take the transcript so far."""
        self._text = text
        self._news.set()

    async def run(self) -> None:
        """Show transcripts as they come, until cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            text = self._text
            with suppress(EngineError):  # the reply meets the same error and says so
                complete = await self._responder.anticipate(text)
                if text:
                    self._tell(self, text, complete)
