"""Tells a client what happens in its session: the facts of the session as events of the protocol."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from assistant.events import (
    Committed,
    Degraded,
    DraftDropped,
    Event,
    Failed,
    Final,
    Interrupted,
    Judged,
    Partial,
    ReplyAudio,
    ReplyDone,
    ReplyPhrase,
    ReplyRequested,
    ReplyStarted,
    ReplyStopped,
    Restored,
    Routed,
    SpeechConfirmed,
    SpeechEnded,
    SpeechStarted,
    Stamped,
    ToolCalled,
    WritingFailed,
    Written,
)
from assistant.latency import Latency
from assistant.turns import Mode
from server.realtime.answer import ItemResponder
from server.realtime.asked import Asked
from server.realtime.config import SessionConfig
from server.realtime.items import Conversation, Item
from server.realtime.outbox import Outbox
from server.realtime.playout import Playout
from server.realtime.response import Response
from server.realtime.utterances import Utterances, of_turn


@dataclass
class Teller:
    """An observer of one session."""

    outbox: Outbox
    conversation: Conversation
    responder: ItemResponder
    config: Callable[[], SessionConfig]
    mode: Callable[[], Mode]
    turn: Callable[[], int]
    """The turn that is on."""
    playout: Playout
    latency: Latency
    report: Callable[[dict[str, Any]], None]
    """Takes how long each turn took."""
    requests: deque[Asked] = field(default_factory=deque)
    """What was asked for, and has not begun."""
    response: Response | None = None
    """What is being sent."""

    def __post_init__(self) -> None:
        self.rested = asyncio.Event()
        """Set when a response is over."""
        self.utterances = Utterances(self.outbox, self.conversation, self.responder, self.config)
        self._speech_end = 0, 0.0  # of the turn
        self._answered = 0  # the newest turn whose utterance is answered
        self._turn = 0  # of the response
        self._missing: dict[str, str] = {}  # what is given up now, and why
        self._message: Item | None = None  # what is played, or was last

    def __call__(self, stamped: Stamped) -> None:
        """Take one fact."""
        event = stamped.event
        utterances = self.utterances
        match event:
            case SpeechStarted(at_s=at_s):
                utterances.onset_s = at_s
            case SpeechConfirmed(at_s=at_s) if self._listens:
                utterances.begin(at_s)
            case Judged(verdict="barge-in"):
                utterances.begin(utterances.onset_s)
            case SpeechEnded(turn, at_s, heard_s) if self.config().turns is not None:
                self._speech_end = turn, at_s
                utterances.end(event, heard_s)
            case Committed(at_s=at_s):
                utterances.commit(event, at_s)
            case Interrupted():
                utterances.drop()
            case Partial(committed=committed, tentative=tentative):
                utterances.tell(committed, tentative)
            case Final(turn, text):
                self._answered = turn
                utterances.write(of_turn(turn), text)
            case Written(ended=ended, text=text):
                utterances.write(lambda each: each is ended, text)
            case WritingFailed(ended=ended, message=message, code=code):
                utterances.fail(lambda each: each is ended, message, code)
            case DraftDropped(turn) if self.mode() is Mode.LISTENING or self.turn() > turn:  # else it is made once more, or goes on
                utterances.write(lambda ended: ended.turn == turn and not isinstance(ended, Committed), "")
            case Degraded(what=what, why=why):
                self._missing[what] = why
                self._extra("x.degraded", what=what, why=why)
            case Restored(what=what):
                self._missing.pop(what, None)
                self._extra("x.restored", what=what)
            case ReplyRequested(turn):
                if self.mode() is Mode.LISTENING or (self.mode() is Mode.SPEAKING and self.response is None):
                    self._begin_response(turn)  # else it waits until the floor is free
            case _:
                self._tell_reply(event)

    @property
    def _listens(self) -> bool:
        """Whether speech is an utterance now; else it must first be judged to be one, or is not meant for us."""
        turns = self.config().turns
        return self.mode() is Mode.LISTENING or (turns is not None and (self.mode() is Mode.THINKING or not turns.interrupt_response))

    @property
    def active(self) -> bool:
        """Whether a response is being sent, or will be."""
        return self.response is not None or bool(self.requests)

    @property
    def called(self) -> bool:
        """Whether the response that is being sent may be over with what it told last, a call, for which there is no other request yet."""
        return self.response is not None and self.response.called and not self.requests

    # --- replies -----------------------------------------------------------------------------------------------------

    def _tell_reply(self, event: Event) -> None:
        match event:
            case ReplyStarted(turn):
                if self.response is None:
                    self._begin_response(turn)
                return
            case ReplyAudio(samples=samples, sample_rate_hz=rate_hz):
                self.playout.push(samples.size / rate_hz)
            case ReplyStopped(turn, heard):
                self._stop(turn, heard)
                return
            case Failed(turn, message, code):
                self.utterances.fail(of_turn(turn), message, code)
        if self.response is None or event.turn != self._turn:
            return
        if isinstance(event, ReplyDone | Failed):
            self._tell_latency()
        if isinstance(event, Routed):
            self._extra("x.routed", response_id=self.response.id, to=event.to, why=event.why)
            self.report({"response": self.response.id, "to": event.to, "why": event.why})
        if isinstance(event, ToolCalled):
            called = {"name": event.name, "arguments": event.arguments, "result": event.said}
            self._extra("x.tool", response_id=self.response.id, **called)
        if isinstance(event, ReplyPhrase) and self.response.asked.spoken:
            self._extra("x.phrase", response_id=self.response.id, text=event.text)
        self.response.follow(event)
        self._message = self.response.message or self._message
        if isinstance(event, ReplyDone | Failed):
            self.response = None
            self.rested.set()
            turns = self.config().turns
            self.playout.complete(at_once=turns is None or not turns.interrupt_response)

    def _begin_response(self, turn: int) -> None:
        config = self.config()
        if turn != self._answered and self.requests:
            asked = self.responder.asked = self.requests.popleft()
        else:
            asked = Asked(config)
        self._turn, self._message = turn, None
        self.response = Response(asked, self.outbox, self.conversation, lambda: self.responder.spent)
        self.response.created()

    def _stop(self, turn: int, heard: str) -> None:
        self.playout.stop()
        self.responder.asked = None
        detected = self.utterances.speaking
        if detected and not (self._message and self._message.playback.seconds):
            self.utterances.take_up()
        self.utterances.write(of_turn(turn), "")
        if self.response is not None and turn == self._turn:
            self.response.done("cancelled", "turn_detected" if detected else "client_cancelled")
            self.response = None
            self.rested.set()
        if self._message is not None and turn == self._turn and self._message.heard is None:  # else the client has said what was heard
            self._message.heard = heard
            self.conversation.changed(self._message)

    # --- our own events ------------------------------------------------------------------------------------------------

    def _tell_latency(self) -> None:
        timing = self.latency.turns.get(self._turn)
        if timing is not None and self.response is not None:
            marks = {name: round(1000 * seconds) for name, seconds in timing.as_json().items()}
            if self._speech_end[0] == self._turn:
                marks["speech_end"] = round(1000 * self._speech_end[1])  # in the audio that was sent; the others come after it
            self._extra("x.latency", response_id=self.response.id, marks_ms=marks)
            self.report({"response": self.response.id, "marks_ms": marks})

    def tell_missing(self) -> None:
        """Tell what was given up before the client wanted to be told."""
        for what, why in self._missing.items():
            self._extra("x.degraded", what=what, why=why)

    def _extra(self, kind: str, **fields: Any) -> None:
        if kind in self.config().x.events:
            self.outbox.put({"type": kind} | fields)
