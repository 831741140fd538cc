"""Listening: audio in, changes of speech out; and its words, written down and anticipated while they are being said."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from math import inf
from typing import Any

import numpy as np

from assistant.anticipation import Anticipation
from assistant.audio import CHUNK_S, CHUNK_SAMPLES, Samples, silence
from assistant.completeness import Completeness
from assistant.endpoint import Change, Endpointer
from assistant.engines import Engines
from assistant.events import Verdict
from assistant.governor import Plan
from assistant.guard import Guard
from assistant.manners import Manners
from assistant.overlap import OverlapJudge
from assistant.respond import Responder
from assistant.scribe import Scribe

JUDGED_FIRST_S, JUDGED_EVERY_S = 0.09, 0.03
"""Speech into a reply before its first pass is made; and new audio between two passes, which is a chunk: the sooner its words are known, the
sooner it can stop the reply. A pass that takes longer delays the next."""

FAINT = 0.15
"""Added to the probability of speech into a reply whose echo was cancelled: a detector is less sure of what that leaves of a voice. Chosen in
16 rooms: of 48 interruptions with the echo at -10 dB and below all are caught with it, 45 without, and 20 ms sooner; and a reply alone is no more
often taken for speech."""

TURN_S = 8.0
"""The newest sound that a turn detector is given."""

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
        self.guard = Guard()
        """Who must see the session's facts."""
        self._heard = 0  # chunks
        self._newest, self._probability = silence(CHUNK_SAMPLES), 0.0
        self._sound: deque[Samples] = deque(maxlen=round(TURN_S / CHUNK_S))  # kept only for a turn detector
        self._working: dict[str, asyncio.Task[None]] = {}
        self._tune()
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
    def judging(self) -> bool:
        """Whether speech into a reply may still turn out to be a barge-in."""
        return self._judge.open

    def push(self, chunk: Samples, *, replying: bool = False) -> list[Change]:
        """Take the next 32 ms and return what they change; `replying`: a reply is spoken meanwhile."""
        self._heard += 1
        probability = self._detector.probability(chunk)
        self._scribe.push(chunk, probability)
        if replying and self._manners.hears_itself:
            probability = min(1.0, probability + FAINT)
        self._newest, self._probability = chunk, probability
        if self._engines.turn_detector is not None:
            self._sound.append(chunk)
        return self._endpointer.push(self._probability)

    def overlap(self) -> None:
        """Somebody speaks into a reply: judge that, by its words too, which are waited for."""
        self._judge.begin()
        self.write()

    def judge(self, *, alone: bool) -> Verdict | None:
        """Judge by the sound of the newest chunk; `alone`: the reply has been played to its end. Return a new verdict, if there is one."""
        words_due = bool(self._working) and not self._scribe.complete
        return self._judge.push(self._newest, self._probability, active=self.active, words_due=words_due, alone=alone, own=self._own)

    def judge_words(self) -> Verdict | None:
        """Judge by the words so far; return a new verdict, if there is one."""
        if self._own:
            return None
        return self._judge.read(self._scribe.text, self._scribe.probability, whole=self._scribe.complete and self._scribe.hushed)

    def barged_in(self) -> list[Change]:
        """What was judged is an utterance, from its onset on: return what of it is over."""
        self.write()
        return self._endpointer.over()

    def ready(self) -> list[Change]:
        """An answer is ready, or none is being drafted: return what that changes."""
        return self._endpointer.ready()

    def finish(self) -> list[Change]:
        """The audio is over: return what that ends."""
        return self._endpointer.finish()

    def write(self) -> None:
        """It is speech: write it down from its beginning; and anticipate it, unless the model may be at work on a reply that goes on."""
        if "scribe" not in self._working:
            self._working["scribe"] = self._spawn(self._scribe.run(), "scribe")
        if "anticipation" not in self._working and self._manners.policy.anticipates and not self._judge.open:
            self._working["anticipation"] = self._spawn(self._anticipation.run(), "anticipation")

    def said(self) -> Callable[[], Awaitable[str]]:
        """Return what gives all that was said up to now."""
        return self.guard.foreign(self._scribe.transcript) if self._manners.hears_itself else self._scribe.transcript

    def whole(self) -> Callable[[], Coroutine[Any, Any, str]]:
        """Return what gives all that was said up to now, once the model has read it."""
        said, anticipation = self.said(), self._anticipation if "anticipation" in self._working else None

        async def transcript() -> str:
            text = await said()
            if anticipation is not None and text:
                await anticipation.read(text)
            return text

        return transcript

    def went_on(self, before: Scribe) -> None:
        """The speaker had only taken a breath: the words of the scribe `before` stand in front."""
        self._endpointer.went_on()
        self._scribe.go_on_from(before)

    def discard(self) -> None:
        """Nothing that was heard counts."""
        self.turn_over(None)
        self._scribe.forget()

    def behave(self, manners: Manners) -> None:
        """Listen with other manners from now on, and in another language from the next utterance on."""
        before, self._manners = self._manners, manners
        self._endpointer.behave(manners.endpoint, manners.waits)
        if manners.listens != before.listens:
            self._tune()
            if not self._working:
                self._renew()

    def forget(self) -> None:
        """What was heard is over and made no turn: a blip, a backchannel, speech while nobody listens."""
        if self._working:
            self.turn_over(None)
        else:
            self._scribe.forget()

    def turn_over(self, reply: asyncio.Task[None] | None) -> None:
        """Give the next utterance a scribe of its own; the old one works until the `reply` that needs it is done."""
        working, self._working = self._working, {}
        self._renew()
        self._judge.close()

        def end(_: object = None) -> None:
            for task in working.values():
                task.cancel()

        if reply is None:
            end()
        else:
            reply.add_done_callback(end)  # a pass in flight may be the final

    @property
    def _own(self) -> bool:
        """Whether what is judged is, as far as it was understood, the reply itself, heard from the speaker."""
        if not (self._manners.hears_itself and self._judge.open and self._scribe.text):
            return False
        return self.guard.own(self._scribe.text, whole=self._scribe.complete and self._scribe.hushed)

    def _tune(self) -> None:
        language = self._manners.listens
        self._judge = OverlapJudge(language, cancelled=self._manners.hears_itself)
        self._completeness = Completeness(language, marks=self._engines.recognizers[language].hearing.marks_ends)

    def _renew(self) -> None:
        # Both call methods of this listener and are told apart there: closures over them would make rings of references, and keep
        # the audio of past turns until the collector comes.
        language = self._manners.listens
        recognizer = self._engines.recognizers[language]
        self._scribe = Scribe(
            recognizer, language, begin=self._begin, tell=self._told, every_s=self._pass_every_s, judged=lambda: self._judge.open
        )
        self._anticipation = Anticipation(self._responder, self._completeness, self._turn, self._anticipated)

    def _pass_every_s(self) -> float:
        if not self._judge.open:
            return self._plan().partial_every_s
        return JUDGED_EVERY_S if self._judge.heard_s >= JUDGED_FIRST_S else inf

    async def _turn(self) -> float | None:
        detector = self._engines.turn_detector
        return None if detector is None else await detector.probability(np.concatenate(self._sound))

    def _told(self, scribe: Scribe, committed: str, tentative: str) -> None:
        if scribe is self._scribe:  # a retired one may still be at its last pass
            anticipation = self._anticipation  # what is told may end the turn
            self._tell(committed, tentative)
            anticipation.push(scribe.text)

    def _anticipated(self, anticipation: Anticipation, text: str, complete: float) -> None:
        if anticipation is self._anticipation and self._scribe.complete and self._scribe.text == text:
            self._expect(complete, self._endpointer.expect(complete))
