"""One conversation: what is heard goes in, facts come out. The only place where facts get their time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from types import TracebackType
from typing import Any

from assistant.audio import Rechunker, Samples
from assistant.endpoint import Change, Kind
from assistant.engines import Engines
from assistant.errors import EngineError
from assistant.events import (
    AnnouncementDue,
    Committed,
    DraftDropped,
    Drafted,
    EndExpected,
    Event,
    Failed,
    Final,
    Interrupted,
    Judged,
    Partial,
    PassBegun,
    PlaybackDone,
    PlaybackStarted,
    ReplyAudio,
    ReplyDone,
    ReplyRequested,
    ReplyStopped,
    SpeechConfirmed,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    Stamped,
    TextSent,
    Verdict,
    Written,
)
from assistant.governor import Governor, Plan
from assistant.listen import Listener
from assistant.manners import Manners, Timers
from assistant.outages import OutageFold, voice_of
from assistant.reply import Gate, announce, answer, ready, reply, written_down
from assistant.respond import Responder
from assistant.turns import Command, Draft, Drop, Duck, Mode, Release, Start, Stop, Turns, Write
from assistant.underway import Underway

Observer = Callable[[Stamped], None]

MOST_WRITING = 32
"""Transcripts that are waited for; there are never so many under way."""

_FACTS: dict[Kind, type[SpeechStarted | SpeechConfirmed | SpeechPaused | SpeechResumed | SpeechEnded]] = {
    Kind.STARTED: SpeechStarted,
    Kind.CONFIRMED: SpeechConfirmed,
    Kind.PAUSED: SpeechPaused,
    Kind.RESUMED: SpeechResumed,
    Kind.ENDED: SpeechEnded,
}


class Session:
    """Runs inside `async with`; leaving it cancels everything that it started.

    `hear` takes audio, `send`, `interrupt` and the playback reports take the rest; every fact goes to all observers, in order.
    """

    def __init__(
        self,
        engines: Engines,
        responder: Responder,
        observers: Sequence[Observer],
        manners: Manners | None = None,
        governor: Governor | None = None,
    ) -> None:
        """Make a session that does not listen yet; without a `governor` nothing is ever given up."""
        self._engines, self._responder = engines, responder
        self._manners, self._governor, self._outages = manners or Manners(), governor, OutageFold(engines)
        self._turns, self._rechunker = Turns(self._manners.policy), Rechunker()
        self._listener = Listener(
            engines, responder, self._manners, spawn=self._spawn,
            plan=lambda: self._plan, begin=self._begin_pass, tell=self._tell, expect=self._expect,
        )  # fmt: skip
        self._observers: tuple[Observer, ...] = (self._listener.guard, *observers)
        self._reply: Underway | None = None
        self._ending: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writing: deque[asyncio.Task[None]] = deque(maxlen=MOST_WRITING)
        self._timers = Timers(self._manners, self._run_out)

    @property
    def mode(self) -> Mode:
        """Who has the floor."""
        return self._turns.state.mode

    @property
    def turn(self) -> int:
        """The turn that is on, or was last."""
        return self._turns.state.turn

    @property
    def at_rest(self) -> bool:
        """Whether nobody speaks, and nobody is answered."""
        return self.mode is Mode.LISTENING and not (self._listener.active or self._listener.judging)

    async def __aenter__(self) -> Session:
        self._loop = asyncio.get_running_loop()
        for decision in self._governor.begun() if self._governor else ():
            self._show(decision)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._timers.cancel()
        if self._reply is not None:
            self._reply.gate.shut()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    # --- what comes in ---------------------------------------------------------------------------------------------

    def hear(self, samples: Samples) -> None:
        """Take the next 16 kHz audio of the microphone, any length."""
        for chunk in self._rechunker.push(samples):
            self._listen(chunk)
        for text in self._responder.due():
            self.emit(AnnouncementDue(self.turn, text))
        self._look_for_outages()
        self._timers.heard(self.mode)

    def hear_no_more(self) -> None:
        """The audio is at its end: an utterance that is open ends here."""
        self._listen_to_rest()
        self._report(self._listener.finish())

    async def written(self) -> None:
        """Return when what was said in utterances that are only written down is there."""
        if self._writing:
            await asyncio.wait(self._writing)

    def commit(self) -> None:
        """End the utterance now: what a client does in manual turns."""
        self._listen_to_rest()
        self.emit(Committed(self._turns.speech_turn, self._listener.heard_s))

    def send(self, text: str) -> None:
        """Take a text that a person wrote."""
        self.emit(TextSent(self._turns.speech_turn, text))

    def request(self, *, spoken: bool = True) -> None:
        """Ask for a reply to what is in the history; `spoken`: to be heard, if a language is spoken at all."""
        self.emit(ReplyRequested(self._turns.speech_turn, spoken))

    def discard(self) -> None:
        """Drop the utterance that is being said: the client wants nothing of it."""
        if self.mode in (Mode.HEARING, Mode.DRAFTING):
            self.emit(Interrupted(self.turn))
        self._listener.discard()

    def behave(self, manners: Manners) -> None:
        """Have other manners from now on; an utterance under way ends by the new ones, and keeps its language."""
        self._manners = manners
        self._turns.policy = manners.policy
        self._timers.manners = manners
        self._listener.behave(manners)

    def interrupt(self, fell_silent_s: float | None = None) -> None:
        """Stop whatever is going on: the button. `fell_silent_s`: when the speaker stopped, on the loop's clock, if before now."""
        if self._reply and fell_silent_s is not None:
            self._reply.fell_silent(fell_silent_s)
        self.emit(Interrupted(self.turn))

    def playback_started(self) -> None:
        """The speaker plays the first sample of the reply."""
        self.emit(PlaybackStarted(self.turn))

    def playback_done(self) -> None:
        """The speaker has played all it was given."""
        self.emit(PlaybackDone(self.turn))

    def _listen(self, chunk: Samples) -> None:
        self._report(self._listener.push(chunk, replying=self.mode in (Mode.SPEAKING, Mode.OVERLAP)))
        self._follow_verdict(self._listener.judge(alone=self.mode is Mode.LISTENING))
        waits = self._listener.active or self._listener.judging or self._manners.policy.manual
        if self.mode not in (Mode.HEARING, Mode.DRAFTING) and not waits:
            self._listener.forget()

    def _listen_to_rest(self) -> None:
        for chunk in self._rechunker.fill():
            self._listen(chunk)

    # --- facts -------------------------------------------------------------------------------------------------------

    def emit(self, event: Event) -> None:
        """Stamp a fact, show it to the observers, let the turn table answer it, and do what that says."""
        self._note(event)
        self._show(event)
        for command in self._turns.push(event):
            self._do(command)
        self._timers.arm(self.mode, self._reply.left_s(self._loop.time()) if self._reply else 0.0)

    def _show(self, event: Event) -> None:
        stamped = Stamped(self._loop.time(), event)
        for observe in self._observers:
            observe(stamped)
        if decisions := self._governor.push(stamped) if self._governor else []:
            self._follow(self._plan)
            for decision in decisions:
                self._show(decision)

    def _look_for_outages(self) -> None:
        for fact in self._outages.look(self.turn):
            self._show(fact)

    @property
    def _plan(self) -> Plan:
        return self._governor.plan if self._governor else Plan()

    def _follow(self, plan: Plan) -> None:
        """Do what the budget asks of the engines; the rest of the plan is read where it is needed."""
        self._responder.remember(plan.turns)
        self._spawn(self._engines.language_model.limit_threads(1 if plan.one_thread else None), "threads")

    def _report(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self.emit(_FACTS[change.kind](self._turns.speech_turn, change.at_s, self._listener.heard_s))
            if change.kind is Kind.PAUSED and self.mode is not Mode.DRAFTING:
                self._report(self._listener.ready())  # there is nothing to wait for

    def _begin_pass(self) -> None:
        self._show(PassBegun(self._turns.speech_turn))

    def _tell(self, committed: str, tentative: str) -> None:
        self._show(Partial(self._turns.speech_turn, committed, tentative))
        self._follow_verdict(self._listener.judge_words())

    def _expect(self, complete: float, changes: Sequence[Change]) -> None:
        self._show(EndExpected(self._turns.speech_turn, complete))
        self._report(changes)

    def _overhear(self, event: Event) -> None:
        """A draft's facts are held, but the table must know whether there is anything to answer, and all how far it is."""
        if isinstance(event, Final | Failed):
            self._turns.push(event)
        if self._reply and (stage := self._reply.reach(event)):
            self._show(Drafted(event.turn, stage))
        if isinstance(event, ReplyAudio | ReplyDone | Failed):
            self._draft_ready()

    def _draft_blocked(self) -> None:
        if self._reply:
            self._show(Drafted(self.turn, "effect"))
        self._draft_ready()

    def _draft_ready(self) -> None:
        self._report(self._listener.ready())

    def _note(self, event: Event) -> None:
        """Keep what the session itself must know of a fact, before the table answers it."""
        reply = self._reply
        if reply:
            reply.note(event, self._loop.time())
        match event:
            case SpeechConfirmed():
                self._listener.write()
            case Final(text=text) if text and reply:
                self._responder.said(text)
            case Written(text=text) if text:
                self._responder.said(text)
            case ReplyDone(text=text) if reply and not reply.announcement:
                reply.answer = text
                self._responder.answered(text)
            case Failed() if reply and not reply.announcement and (heard := reply.playback.heard(reply.playback.seconds)):
                self._responder.answered(heard)  # what was sent is played to its end

    def _follow_verdict(self, verdict: Verdict | None) -> None:
        if verdict:
            self.emit(Judged(self.turn, verdict))
        if verdict == "barge-in":
            self._report(self._listener.barged_in())

    # --- commands ----------------------------------------------------------------------------------------------------

    def _do(self, command: Command) -> None:
        match command:
            case Start(turn, AnnouncementDue(text=text) as announcement):
                self._begin(turn, partial(announce, text=text), Gate(self.emit)).announcement = announcement
            case Start(turn, TextSent(text=text)):
                self._answer(turn, ready(text), Gate(self.emit))
            case Start(turn, (ReplyRequested() | Written()) as why):
                work = partial(answer, responder=self._responder, **self._phrasing)
                self._begin(turn, work, Gate(self.emit), spoken=why.spoken if isinstance(why, ReplyRequested) else None)
            case Start(turn):
                reply = self._answer(turn, self._listener.said(), Gate(self.emit))
                reply.scribe = self._listener.scribe
                self._listener.turn_over(reply.task)
            case Write(turn, why):
                transcript, manners = self._listener.scribe.transcript, self._manners
                written = written_down(transcript, turn=turn, ended=why, language=manners.listens, deadline_s=manners.reply_s)
                self._writing.append(task := self._spawn(self._pass_on(written), f"transcript {turn}"))
                self._listener.turn_over(task)
            case Draft(turn):
                reply = self._answer(turn, self._listener.whole(), Gate(self.emit, overheard=self._overhear, waits=self._draft_blocked))
                reply.scribe = self._listener.scribe
            case Release() if self._reply:
                self._listener.turn_over(self._reply.task)
                self._reply.gate.release()
            case Drop(turn):
                self._cancel_reply()
                self._show(DraftDropped(turn))
            case Stop(turn):
                self._stop(turn)
            case Duck():
                self._listener.overlap()  # whoever plays sees the facts behind it, and behind Resume

    def _answer(self, turn: int, transcript: Callable[[], Awaitable[str]], gate: Gate) -> Underway:
        work = partial(reply, transcript=transcript, language=self._manners.listens, responder=self._responder, **self._phrasing)
        return self._begin(turn, work, gate)

    @property
    def _phrasing(self) -> dict[str, Any]:
        return {"first_phrase_characters": self._plan.first_phrase_characters}

    def _begin(self, turn: int, work: Callable[..., Coroutine[Any, Any, None]], gate: Gate, *, spoken: bool | None = None) -> Underway:
        self._cancel_reply()
        before, manners = self._ending, self._manners
        aloud = self._plan.spoken and (manners.aloud if spoken is None else spoken)
        voice = voice_of(self._engines, manners.speaks) if aloud else None
        self._look_for_outages()

        async def run() -> None:
            if before is not None:
                await asyncio.wait([before])  # its streams are closed before an engine hears of this one
            await work(turn=turn, voice=voice, gate=gate, deadline_s=manners.reply_s)

        self._reply = Underway(self._spawn(run(), f"reply {turn}"), gate)
        return self._reply

    def _cancel_reply(self) -> None:
        reply, self._reply = self._reply, None
        if reply is None:
            return
        reply.gate.shut()
        reply.task.cancel()
        self._ending = reply.task

    def _stop(self, turn: int) -> None:
        reply = self._reply
        self._cancel_reply()
        heard = reply.heard(self._loop.time()) if reply else ""
        if self.mode is not Mode.HEARING:
            self._listener.turn_over(None)
        elif reply and reply.scribe and not reply.playback.seconds:
            self._listener.went_on(reply.scribe)  # no answer was under way: the user has just not finished
        self._show(ReplyStopped(turn, heard))
        if reply and reply.announcement:
            if 2 * len(heard) < len(reply.announcement.text) and self.mode is not Mode.LISTENING:
                self._turns.push(reply.announcement)  # it waits for its turn again
        elif reply and (reply.answer or heard):
            self._responder.heard(heard)

    # --- tasks -------------------------------------------------------------------------------------------------------

    async def _pass_on(self, fact: Coroutine[Any, Any, Event]) -> None:
        self.emit(await fact)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = self._loop.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _run_out(self, mode: Mode) -> None:
        """A wait took too long: end it, whatever it was for."""
        match mode:
            case Mode.HEARING | Mode.DRAFTING:
                self.hear_no_more()
                if self.mode is mode:
                    self.emit(Interrupted(self.turn))
            case Mode.OVERLAP:
                self.emit(Judged(self.turn, "noise"))
            case Mode.SPEAKING:
                self.emit(PlaybackDone(self.turn))
            case Mode.THINKING:
                self._cancel_reply()  # it has deadlines of its own: that they did not help means it hangs
                self.emit(Failed(self.turn, f"No answer came within {self._manners.reply_s:g} s.", EngineError.code))
            case Mode.LISTENING:
                pass
