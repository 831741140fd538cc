"""What a client is told of what its user says: where speech begins and ends, its item, its transcript."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from assistant.events import Event
from server.realtime.answer import ItemResponder
from server.realtime.config import ServerVad, SessionConfig
from server.realtime.ids import new_id
from server.realtime.items import Conversation, Item
from server.realtime.outbox import Outbox

Which: TypeAlias = Callable[[Event], bool]
"""Tells by what ended an utterance whether that is the one meant."""


def of_turn(turn: int) -> Which:
    """Mean the utterance of this turn."""
    return lambda ended: ended.turn == turn


@dataclass
class _Utterance:
    item: Item = field(default_factory=lambda: Item(new_id("item"), "message", "user", "input_audio"))
    told: str = ""
    """Of its transcript, what the client was told already."""
    announced: bool = False
    """The client was told that it began."""
    seconds: float = 0.0
    """How long it is."""


@dataclass
class Utterances:
    """The one that is being said, and those whose transcript is still to come."""

    outbox: Outbox
    conversation: Conversation
    responder: ItemResponder
    config: Callable[[], SessionConfig]
    onset_s: float = 0.0
    """Where in the audio something that may be speech began last."""

    def __post_init__(self) -> None:
        self._speaking: _Utterance | None = None
        self._over_s = 0.0  # where the one before ended
        self._unwritten: list[tuple[Event, _Utterance]] = []

    @property
    def speaking(self) -> bool:
        """Whether somebody is saying something."""
        return self._speaking is not None

    def begin(self, at_s: float) -> None:
        """It is speech, from `at_s` in the audio on."""
        if self._speaking is not None:
            return
        self._speaking = _Utterance()
        turns = self.config().turns
        if turns is not None:
            self._speaking.announced = True
            padding_ms = turns.prefix_padding_ms if isinstance(turns, ServerVad) else 0
            start_ms = max(0, round(1000 * at_s) - padding_ms)
            self.outbox.put({"type": "input_audio_buffer.speech_started", "item_id": self._speaking.item.id, "audio_start_ms": start_ms})

    def end(self, ended: Event, at_s: float) -> None:
        """What is being said is over, as is known at `at_s`."""
        if self._speaking is not None:
            self.commit(ended, at_s)

    def commit(self, ended: Event, at_s: float) -> None:
        """What is being said, even if that is nothing, is an item now; its transcript comes later."""
        utterance, self._speaking = self._speaking or _Utterance(), None
        item = utterance.item
        # What a client commits itself may have begun long ago, as far as the sound tells.
        utterance.seconds, self._over_s = round(max(0.0, getattr(ended, "at_s", at_s) - max(self.onset_s, self._over_s)), 3), at_s
        if utterance.announced:
            self.outbox.put({"type": "input_audio_buffer.speech_stopped", "item_id": item.id, "audio_end_ms": round(1000 * at_s)})
        self.conversation.add(item)
        before = self.conversation.before(item)
        self.outbox.put({"type": "input_audio_buffer.committed", "item_id": item.id, "previous_item_id": before})
        for kind in ("added", "done"):
            self.outbox.put({"type": f"conversation.item.{kind}", "previous_item_id": before, "item": item.as_wire()})
        self._unwritten.append((ended, utterance))
        self.responder.unwritten += 1

    def enclose(self, ended: Event, item: Item, seconds: float) -> None:
        """An item has speech of so many seconds in it, whose transcript comes later, as that of what `ended` stands for."""
        self._unwritten.append((ended, _Utterance(item, seconds=seconds)))
        self.responder.unwritten += 1

    def drop(self) -> None:
        """What is being said is thrown away."""
        self._speaking = None

    def tell(self, committed: str, tentative: str) -> None:
        """Tell the words so far; the protocol's own deltas take only those that will not change."""
        utterance = self._speaking
        if utterance is None:
            return
        config = self.config()
        if config.written_down:
            self._tell_delta(utterance, committed)
        if "x.transcript.partial" in config.x.events:
            text = " ".join(filter(None, (committed, tentative)))
            self.outbox.put({"type": "x.transcript.partial", "item_id": utterance.item.id, "text": text, "stable_chars": len(committed)})

    def write(self, which: Which, text: str) -> None:
        """The transcript of an utterance is there."""
        for utterance in self._taken(which):
            utterance.item.text = text
            self.conversation.changed(utterance.item)
            if self.config().written_down:
                self._tell_delta(utterance, text)
                usage = {"type": "duration", "seconds": utterance.seconds}
                self._transcription(utterance.item, "completed", transcript=text, usage=usage)

    def fail(self, which: Which, message: str, code: str) -> None:
        """An utterance has no transcript."""
        for utterance in self._taken(which):
            if self.config().written_down:
                self._transcription(utterance.item, "failed", error={"type": "server_error", "code": code, "message": message})

    def take_up(self) -> None:
        """The speaker has only taken a breath: the words of the last utterance will come again, with those that follow."""
        last = next((item for item in reversed(list(self.conversation)) if item.type == "message"), None)
        if last is not None and last.role == "user" and last.part == "input_audio":
            last.taken_up = True
            self.conversation.changed(last)

    def _taken(self, which: Which) -> list[_Utterance]:
        """Return the first one that is meant, which is no longer waited for; nothing if it is not there."""
        found = [pair for pair in self._unwritten if which(pair[0])][:1]
        for pair in found:
            self._unwritten = [each for each in self._unwritten if each is not pair]
            self.responder.unwritten -= 1
            self.responder.written.set()
        return [utterance for _, utterance in found]

    def _tell_delta(self, utterance: _Utterance, text: str) -> None:
        if text.startswith(utterance.told) and text != utterance.told:
            delta, utterance.told = text[len(utterance.told) :], text
            self._transcription(utterance.item, "delta", delta=delta)

    def _transcription(self, item: Item, kind: str, **more: Any) -> None:
        self.outbox.put({"type": f"conversation.item.input_audio_transcription.{kind}", "item_id": item.id, "content_index": 0} | more)
