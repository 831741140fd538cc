"""Listening: audio in, changes of speech out; and its words, written down and anticipated while they are being said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from assistant.anticipation import Anticipation
from assistant.audio import CHUNK_S, Samples
from assistant.endpoint import Change, Endpointer
from assistant.engines import Engines
from assistant.governor import Plan
from assistant.manners import Manners
from assistant.respond import Responder
from assistant.scribe import Scribe

Spawn = Callable[[Coroutine[Any, Any, None], str], "asyncio.Task[None]"]


class Listener:
    """One stream. It always has a scribe, at work from the moment that speech is confirmed; a reply may keep an old one."""

    def __init__(
        self,
        engines: Engines,
        responder: Responder,
        manners: Manners,
        *,
        spawn: Spawn,
        plan: Callable[[], Plan],
        begin: Callable[[], None],
        tell: Callable[[str, str], None],
        expect: Callable[[float, list[Change]], None],
    ) -> None:
        """Listen in the language of `manners`.

        Args:
            engines: the detector and the recognizers are used.
            responder: anticipates what is being said.
            manners: timing, and what is allowed.
            spawn: starts a task that ends with the session at the latest.
            plan: what the latency budget allows at the moment.
            begin: is called before each pass of the recognizer.
            tell: takes the committed and the tentative words of each pass.
            expect: takes how likely it is that all was said, and what changes by that.
        """
        self._engines, self._responder, self._manners = engines, responder, manners
        self._spawn, self._plan, self._begin, self._tell, self._expect = spawn, plan, begin, tell, expect
        self._detector, self._endpointer = engines.detector(), Endpointer(manners.endpoint, manners.waits)
        self._heard = 0  # chunks
        self._working: tuple[asyncio.Task[None], ...] = ()
        self._renew()

    @property
    def scribe(self) -> Scribe:
        """Who writes down what is heard now."""
        return self._scribe

    @property
    def heard_s(self) -> float:
        """The audio so far."""
        return self._heard * CHUNK_S

    @property
    def active(self) -> bool:
        """Whether something that may be speech is under way."""
        return self._endpointer.active

    @property
    def speech_s(self) -> float:
        """How long the speech under way has lasted."""
        return self._endpointer.speech_s

    def push(self, chunk: Samples) -> list[Change]:
        """Take the next 32 ms and return what they change."""
        self._heard += 1
        probability = self._detector.probability(chunk)
        self._scribe.push(chunk, probability)
        return self._endpointer.push(probability)

    def ready(self) -> list[Change]:
        """An answer is ready, or none is being drafted: return what that changes."""
        return self._endpointer.ready()

    def finish(self) -> list[Change]:
        """The audio is over: return what that ends."""
        return self._endpointer.finish()

    def write(self) -> None:
        """It is speech: write it down from its beginning."""
        if self._working:
            return
        self._working = (self._spawn(self._scribe.run(), "scribe"),)
        if self._manners.policy.anticipates:
            self._working += (self._spawn(self._anticipation.run(), "anticipation"),)

    async def whole(self) -> str:
        """Return all that was said, once the model has read it."""
        scribe, anticipation = self._scribe, self._anticipation if len(self._working) > 1 else None
        text = await scribe.transcript()
        if anticipation is not None and text:
            await anticipation.read(text)
        return text

    def went_on(self, before: Scribe) -> None:
        """The speaker had only taken a breath: the words of the scribe `before` stand in front."""
        self._endpointer.went_on()
        self._scribe.go_on_from(before)

    def forget(self) -> None:
        """What was heard is over and made no turn: a blip, a backchannel, speech while nobody listens."""
        if self._working:
            self.turn_over(None)
        else:
            self._scribe.forget()

    def turn_over(self, reply: asyncio.Task[None] | None) -> None:
        """Give the next utterance a scribe of its own; the old one works until the `reply` that needs it is done."""
        working, self._working = self._working, ()
        self._renew()

        def end(_: object = None) -> None:
            for task in working:
                task.cancel()

        if reply is None:
            end()
        else:
            reply.add_done_callback(end)  # a pass in flight may be the final

    def _renew(self) -> None:
        # Both call methods of this listener and are told apart there: closures over them would make rings of references, and keep
        # the audio of past turns until the collector comes.
        language = self._manners.listens
        recognizer = self._engines.recognizers[language]
        self._scribe = Scribe(recognizer, language, begin=self._begin, tell=self._told, every_s=lambda: self._plan().partial_every_s)
        self._anticipation = Anticipation(self._responder, self._anticipated)

    def _told(self, scribe: Scribe, committed: str, tentative: str) -> None:
        if scribe is self._scribe:  # a retired one may still be at its last pass
            self._tell(committed, tentative)
            self._anticipation.push(scribe.text)

    def _anticipated(self, anticipation: Anticipation, text: str, complete: float) -> None:
        if anticipation is self._anticipation and self._scribe.complete and self._scribe.text == text:
            self._expect(complete, self._endpointer.expect(complete))
