"""Whether what is said is meant for the assistant: only behind the wake phrase, or soon after an answer. The rest is as if never said."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from enum import Enum
from math import inf

from assistant.events import (
    DraftDropped,
    Drafted,
    EndExpected,
    Failed,
    Final,
    Judged,
    Partial,
    PassBegun,
    PlaybackDone,
    PlaybackStarted,
    ReplyAudio,
    ReplyStopped,
    Speech,
    SpeechStarted,
    Stamped,
)
from assistant.respond import Answer, Responder
from assistant.wake import WakePhrase

_OF_SPEECH = (Speech, PassBegun, Partial, EndExpected, Drafted, DraftDropped, Final, Judged)


class _Heed(Enum):
    """What is known of the utterance that is being said."""

    WHOLE = "whole"
    """It is meant for the assistant, all of it."""
    OPEN = "open"
    """The phrase has not come yet."""
    FOUND = "found"
    DROPPED = "dropped"


class Attention:
    """An observer in front of others, which it tells only what they may know; and what a responder is asked."""

    def __init__(self, tell: Callable[[Stamped], None], awake_s: float) -> None:
        """Heed everything, until `phrase` is set.

        Args:
            tell: takes the facts of what is meant for the assistant, and all that have nothing to do with speech.
            awake_s: for so long after an answer no phrase is needed.
        """
        self._tell, self._awake_s = tell, awake_s
        self.phrase: WakePhrase | None = None
        """What to wait for."""
        self._heed = _Heed.WHOLE
        self._held: list[Stamped] = []
        self._awake_until_s = -inf

    def awake(self, now_s: float) -> bool:
        """Return whether no phrase is needed now."""
        return self.phrase is None or now_s < self._awake_until_s or self._heed is _Heed.FOUND

    def wake(self, now_s: float) -> None:
        """Need no phrase for some seconds."""
        self._awake_until_s = max(self._awake_until_s, now_s + self._awake_s)

    def __call__(self, stamped: Stamped) -> None:
        """Take one fact."""
        match stamped.event:
            case SpeechStarted():
                self._held.clear()
                self._heed = _Heed.WHOLE if self._needs_none(stamped.at_s) else _Heed.OPEN
            case ReplyAudio() | PlaybackStarted():
                self._awake_until_s = inf
            case PlaybackDone() | ReplyStopped() | Failed() if self._awake_until_s == inf:
                self._awake_until_s = stamped.at_s + self._awake_s
        if self.phrase is None or not isinstance(stamped.event, _OF_SPEECH):
            self._tell(stamped)
        elif told := self._follow(stamped):
            self._tell(told)

    def request(self, text: str) -> str:
        """Return what of `text` is asked of the assistant; empty for nothing."""
        if self.phrase is None:
            return text
        rest = self.phrase.after(text)
        return text if rest is None and self._heed is _Heed.WHOLE else rest or ""

    def _needs_none(self, at_s: float) -> bool:
        return self.phrase is None or at_s < self._awake_until_s

    def _follow(self, stamped: Stamped) -> Stamped | None:
        """Return what may be told of a fact about speech; hold it while that is open."""
        event = stamped.event
        match event:
            case Final(text=text):
                return self._end(stamped, event, self.request(text))
            case Partial() if self._heed is not _Heed.WHOLE:
                said = f"{event.committed} {event.tentative}"
                if not (request := self.request(said)):
                    return None  # not even the phrase itself: words that sound like it may turn out to be others
                self._find()
                return replace(stamped, event=replace(event, committed="", tentative=request))
            case _ if self._heed in (_Heed.WHOLE, _Heed.FOUND):
                return stamped
            case Speech() if self._heed is _Heed.OPEN:
                self._held.append(stamped)  # never many: one for each pause
        return None

    def _end(self, stamped: Stamped, event: Final, request: str) -> Stamped | None:
        if request:
            self._find()
            return replace(stamped, event=replace(event, text=request))
        woken = self.phrase is not None and self.phrase.after(event.text) is not None
        if woken:
            self.wake(stamped.at_s)  # it was called, and nothing else
        told = self._heed in (_Heed.WHOLE, _Heed.FOUND)
        self._heed = _Heed.DROPPED
        self._held.clear()
        return replace(stamped, event=replace(event, text="")) if told else None

    def _find(self) -> None:
        if self._heed is not _Heed.WHOLE:
            self._heed = _Heed.FOUND
        held, self._held = self._held, []
        for stamped in held:
            self._tell(stamped)


class Addressed:
    """A responder that is asked only what is meant for it."""

    def __init__(self, responder: Responder, attention: Attention) -> None:
        self._responder, self._attention = responder, attention

    async def respond(self, text: str | None, released: Callable[[], Awaitable[None]]) -> AsyncGenerator[Answer, None]:
        """Yield the answer; nothing to what was said to somebody else."""
        request = None if text is None else self._attention.request(text)
        if request == "":
            return
        async with aclosing(self._responder.respond(request, released)) as pieces:
            async for piece in pieces:
                yield piece

    async def anticipate(self, text: str) -> float:
        """Get ready for a request; the phrase alone is complete: what follows a pause behind it is a request of its own."""
        request = self._attention.request(text)
        return await self._responder.anticipate(request) if request else 1.0

    def remember(self, turns: int | None) -> None:
        self._responder.remember(turns)

    def said(self, text: str) -> None:
        if request := self._attention.request(text):
            self._responder.said(request)

    def answered(self, text: str) -> None:
        self._responder.answered(text)

    def heard(self, text: str) -> None:
        self._responder.heard(text)

    def due(self) -> Sequence[str]:
        return self._responder.due()
