"""Getting ready for an answer while its question is still being said: one task beside the scribe's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from assistant.completeness import Completeness, bare
from assistant.errors import EngineError
from assistant.respond import Responder


class Anticipation:
    """Shows the responder each transcript so far, always the newest, and tells how complete that one sounds."""

    def __init__(
        self,
        responder: Responder,
        completeness: Completeness,
        turn: Callable[[], Awaitable[float | None]],
        tell: Callable[[Anticipation, str, float], None],
    ) -> None:
        """Read along.

        Args:
            responder: is shown the transcripts, without the marks at their end.
            completeness: makes one probability of what the words and the sound speak for.
            turn: gives a turn detector's P(end) of the sound so far; None without one.
            tell: takes this object, each transcript, and the probability that it is complete.
        """
        self._responder, self._completeness, self._turn, self._tell = responder, completeness, turn, tell
        self._text = ""  # the newest; the first one is what comes before anything is said
        self._done: str | None = None  # the last one that was read
        self._anticipated = 0.0  # how complete the model found that one
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
            with suppress(EngineError):  # the reply meets the same error and says so
                if text != self._done:
                    self._anticipated, self._done = await self._responder.anticipate(bare(text)), text
                if text:  # told again if it was read before: only now it may be all that was said
                    turn = await self._turn()
                    self._tell(self, text, self._completeness.probability(text, anticipated=self._anticipated, turn=turn))
            self._done = text
            if self._waiting and not self._waiting.done() and text == self._text:
                self._waiting.set_result(None)
