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
    ReplyRequested,
    ReplyStarted,
    ReplyStopped,
    SpeechConfirmed,
    SpeechEnded,
    SpeechStarted,
    Stamped,
    WritingFailed,
    Written,
)
from assistant.latency import Latency
from assistant.turns import Mode
from server.realtime.answer import Asked, ItemResponder
from server.realtime.config import ServerVad, SessionConfig
from server.realtime.ids import new_id
from server.realtime.items import Conversation, Item
from server.realtime.outbox import Outbox
from server.realtime.playout import Playout
from server.realtime.response import Response


@dataclass
class _Utterance:
    item: Item
    told: str = ""
    """Of its transcript, what the client was told already."""
    ended: Event | None = None
    announced: bool = False
    """The client was told that it began."""


@dataclass
class Teller:
    """An observer of one session."""

    outbox: Outbox
    conversation: Conversation
    responder: ItemResponder
    config: Callable[[], SessionConfig]
    mode: Callable[[], Mode]
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
        self._onset_s = 0.0
        self._speech_end = 0, 0.0  # of the turn
        self._speaking: _Utterance | None = None
        self._unwritten: list[_Utterance] = []
        self._answered: set[int] = set()
        self._turn = 0  # of the response
        self._message: Item | None = None  # what is played, or was last

    def __call__(self, stamped: Stamped) -> None:
        """Take one fact."""
        event = stamped.event
        match event:
            case SpeechStarted(at_s=at_s):
                self._onset_s = at_s
            case SpeechConfirmed(at_s=at_s) if self.mode() in (Mode.LISTENING, Mode.THINKING):
                self._begin(at_s)
            case Judged(verdict="barge-in"):
                self._begin(self._onset_s)
            case SpeechEnded(turn, at_s, heard_s) if self._speaking and self.config().turns is not None:
                self._speech_end = turn, at_s
                self._end(self._speaking, event, heard_s)
            case Committed(at_s=at_s):
                self._end(self._speaking or self._new(), event, at_s)
            case Interrupted():
                self._speaking = None
            case Partial(committed=committed, tentative=tentative) if self._speaking:
                self._tell_words(self._speaking, committed, tentative)
            case Final(turn, text):
                self._answered.add(turn)
                self._write(lambda each: each.ended is not None and each.ended.turn == turn, text)
            case Written(ended=ended, text=text):
                self._write(lambda each: each.ended is ended, text)
            case WritingFailed(ended=ended, message=message, code=code):
                self._fail_to_write(lambda each: each.ended is ended, message, code)
            case DraftDropped(turn) if self.mode() is Mode.LISTENING:
                self._write(lambda each: each.ended is not None and each.ended.turn == turn, "")
            case Degraded(what=what, why=why):
                self._extra("x.degraded", what=what, why=why)
            case ReplyRequested():
                pass
            case _:
                self._tell_reply(event)

    @property
    def active(self) -> bool:
        """Whether a response is being sent, or will be."""
        return self.response is not None or bool(self.requests)

    # --- utterances --------------------------------------------------------------------------------------------------

    def _new(self) -> _Utterance:
        return _Utterance(Item(new_id("item"), "message", "user", "input_audio"))

    def _begin(self, at_s: float) -> None:
        if self._speaking is not None:
            return
        self._speaking = self._new()
        turns = self.config().turns
        if turns is not None:
            self._speaking.announced = True
            padding_ms = turns.prefix_padding_ms if isinstance(turns, ServerVad) else 0
            start_ms = max(0, round(1000 * at_s) - padding_ms)
            self.outbox.put({"type": "input_audio_buffer.speech_started", "item_id": self._speaking.item.id, "audio_start_ms": start_ms})

    def _end(self, utterance: _Utterance, ended: Event, at_s: float) -> None:
        """The utterance is an item now; its transcript comes later."""
        item = utterance.item
        if utterance.announced:
            self.outbox.put({"type": "input_audio_buffer.speech_stopped", "item_id": item.id, "audio_end_ms": round(1000 * at_s)})
        self._speaking, utterance.ended = None, ended
        self.conversation.add(item)
        before = self.conversation.before(item)
        self.outbox.put({"type": "input_audio_buffer.committed", "item_id": item.id, "previous_item_id": before})
        for kind in ("added", "done"):
            self.outbox.put({"type": f"conversation.item.{kind}", "previous_item_id": before, "item": item.as_wire()})
        self._unwritten.append(utterance)
        self.responder.unwritten += 1

    def _tell_words(self, utterance: _Utterance, committed: str, tentative: str) -> None:
        item = utterance.item
        if self.config().audio.input.transcription is not None and committed.startswith(utterance.told) and committed != utterance.told:
            self._tell_delta(utterance, committed)
        text = " ".join(filter(None, (committed, tentative)))
        self._extra("x.transcript.partial", item_id=item.id, text=text, stable_chars=len(committed))

    def _tell_delta(self, utterance: _Utterance, text: str) -> None:
        delta, utterance.told = text[len(utterance.told) :], text
        self._transcription(utterance.item, "delta", delta=delta)

    def _take(self, which: Callable[[_Utterance], bool]) -> _Utterance | None:
        found = next((each for each in self._unwritten if which(each)), None)
        if found is not None:
            self._unwritten.remove(found)
            self.responder.unwritten -= 1
            self.responder.written.set()
        return found

    def _write(self, which: Callable[[_Utterance], bool], text: str) -> None:
        utterance = self._take(which)
        if utterance is None:
            return
        utterance.item.text = text
        self.conversation.changed(utterance.item)
        if self.config().audio.input.transcription is None:
            return
        if text.startswith(utterance.told) and text != utterance.told:
            self._tell_delta(utterance, text)
        start_s = self._onset_s
        seconds = round(max(0.0, getattr(utterance.ended, "at_s", start_s) - start_s), 3)
        self._transcription(utterance.item, "completed", transcript=text, usage={"type": "duration", "seconds": seconds})

    def _fail_to_write(self, which: Callable[[_Utterance], bool], message: str, code: str) -> bool:
        utterance = self._take(which)
        if utterance is None:
            return False
        self._transcription(utterance.item, "failed", error={"type": "server_error", "code": code, "message": message})
        return True

    def _transcription(self, item: Item, kind: str, **more: Any) -> None:
        self.outbox.put({"type": f"conversation.item.input_audio_transcription.{kind}", "item_id": item.id, "content_index": 0} | more)

    # --- replies -----------------------------------------------------------------------------------------------------

    def _tell_reply(self, event: Event) -> None:
        match event:
            case ReplyStarted(turn):
                self._begin_response(turn)
            case ReplyAudio(samples=samples, sample_rate_hz=rate_hz):
                self.playout.push(samples.size / rate_hz)
            case ReplyStopped(turn, heard):
                self._stop(turn, heard)
                return
            case Failed(turn, message, code):
                self._fail_to_write(lambda each: each.ended is not None and each.ended.turn == turn, message, code)
        if self.response is None or event.turn != self._turn:
            return
        if isinstance(event, ReplyDone | Failed):
            self._tell_latency()
        self.response.follow(event)
        self._message = self.response.message or self._message
        if isinstance(event, ReplyDone | Failed):
            self.response = None
            self.rested.set()
            turns = self.config().turns
            self.playout.complete(at_once=turns is None or not turns.interrupt_response)

    def _begin_response(self, turn: int) -> None:
        config = self.config()
        if turn not in self._answered and self.requests:
            asked = self.responder.asked = self.requests.popleft()
        else:
            asked = Asked(config)
        self._turn, self._message = turn, None
        self.response = response(asked, self.outbox, self.conversation)

    def _stop(self, turn: int, heard: str) -> None:
        self.playout.stop()
        detected = self._speaking is not None
        if detected and not (self._message and self._message.playback.seconds):
            for each in self._unwritten:
                each.item.taken_up = True  # the words go on, and come as one transcript
            self._take_up_last()
        self._write(lambda each: each.ended is not None and each.ended.turn == turn, "")
        if self._message is not None and turn == self._turn:
            self._message.heard = heard
            self.conversation.changed(self._message)
        if self.response is not None and turn == self._turn:
            self.response.done("cancelled", "turn_detected" if detected else "client_cancelled")
            self.response = None
            self.rested.set()

    def _take_up_last(self) -> None:
        last = next((item for item in reversed(list(self.conversation)) if item.type == "message"), None)
        if last is not None and last.role == "user" and last.part == "input_audio":
            last.taken_up = True
            self.conversation.changed(last)

    # --- our own events ------------------------------------------------------------------------------------------------

    def _tell_latency(self) -> None:
        timing = self.latency.turns.get(self._turn)
        if timing is not None and self.response is not None:
            marks = {name: round(1000 * seconds) for name, seconds in timing.as_json().items()}
            if self._speech_end[0] == self._turn:
                marks["speech_end"] = round(1000 * self._speech_end[1])  # in the audio that was sent; the others come after it
            self._extra("x.latency", response_id=self.response.id, marks_ms=marks)
            self.report({"response": self.response.id, "marks_ms": marks})

    def _extra(self, kind: str, **fields: Any) -> None:
        if kind in self.config().x.events:
            self.outbox.put({"type": kind} | fields)


def response(asked: Asked, outbox: Outbox, conversation: Conversation | None) -> Response:
    """Return a response that is not begun, in the formats of the session."""
    output = asked.session.audio.output
    return Response(asked, outbox, conversation, str(output.voice), output.format.type)
