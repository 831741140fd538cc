"""One response on the wire: its events in the canonical order, whatever happens to it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from assistant.audio import silence
from assistant.events import Event, Failed, ReplyAudio, ReplyDone, ReplyPhrase, ReplyToken, ToolRequested
from server.realtime.answer import Spent
from server.realtime.asked import Asked
from server.realtime.ids import new_id
from server.realtime.items import Conversation, Item
from server.realtime.outbox import Outbox
from server.realtime.wave import RATES_HZ, SAMPLE_BYTES, Encoder

Ended: TypeAlias = Literal["completed", "cancelled", "incomplete", "failed"]

FRAME_S = 0.1
"""The longest audio in one event: what a cancel finds unsent is dropped frame by frame."""


@dataclass
class Response:
    """A reply as the client is told of it. Without a `conversation`, it stands beside that, and no item is added."""

    asked: Asked
    outbox: Outbox
    conversation: Conversation | None
    spent: Callable[[], Spent]
    """Tells what the reply took, once it is complete."""
    id: str = field(default_factory=lambda: new_id("resp"))
    _output: list[Item] = field(default_factory=list)
    _message: Item | None = None
    _encoder: Encoder | None = None
    _tokens: int = 0
    _sent_bytes: int = 0
    _calls: list[tuple[str, str]] = field(default_factory=list)
    """Made while what was said before them is still being spoken: they follow it."""
    _behind: Item | None = None
    """Where its next item goes: what comes into the conversation meanwhile is not answered by it, and stays at the end."""

    def follow(self, event: Event) -> None:
        """Tell what a fact of the reply means."""
        match event:
            case ReplyToken(text=text):
                self.said(text)
            case ReplyPhrase(text=text) if self.asked.spoken:
                self.phrase(text)
            case ReplyAudio() if self.asked.spoken:
                self.heard(event)
            case ToolRequested(name=name, arguments=arguments):
                self.calls(name, json.dumps(arguments, ensure_ascii=False))
            case ReplyDone() if self.spent().cut:
                self.done("incomplete", "max_output_tokens")
            case ReplyDone():
                self.done("completed")
            case Failed(message=message, code=code):
                self.done("failed", error={"type": "server_error", "code": code, "message": message})

    def created(self) -> None:
        """Say that it is begun."""
        self._behind = next(reversed(list(self.conversation or ())), None)
        self.outbox.put({"type": "response.created", "response": self._wire("in_progress")})

    @property
    def message(self) -> Item | None:
        """The item that is being said."""
        return self._message

    def said(self, text: str) -> None:
        """Add words, before they are heard."""
        item = self._begin_message()
        self._tokens += 1
        item.text = (item.text or "") + text
        kind = "output_audio_transcript" if self.asked.spoken else "output_text"
        self.outbox.put(self._of(item, f"response.{kind}.delta", delta=text))

    def phrase(self, text: str) -> None:
        """Tell what the next audio says."""
        self._begin_message().playback.begin(text)

    def heard(self, audio: ReplyAudio) -> None:
        """Add audio of the phrase."""
        item = self._begin_message()
        item.playback.push(audio.samples.size / audio.sample_rate_hz, audio.words)
        if self._encoder is None:
            self._encoder = Encoder(self.asked.form, audio.sample_rate_hz)
        self._send_sound(item, self._encoder.push(audio.samples))

    def calls(self, name: str, arguments: str) -> None:
        """Add a call of the client's tool."""
        if self._message is not None and self.asked.spoken:
            self._calls.append((name, arguments))
            return
        self._end_message("completed")
        item = Item(new_id("item"), "function_call", status="in_progress", name=name, call_id=new_id("call"))
        self._add(item)
        item.arguments = arguments
        self.outbox.put(self._of(item, "response.function_call_arguments.delta", content=False, call_id=item.call_id, delta=arguments))
        done = self._of(item, "response.function_call_arguments.done", content=False, call_id=item.call_id, name=name, arguments=arguments)
        self.outbox.put(done)
        item.status = "completed"
        self._item_done(item)

    def done(self, ended: Ended, reason: str | None = None, error: dict[str, Any] | None = None) -> None:
        """Close what is open, and say how it ended."""
        whole = ended in ("completed", "incomplete")  # what there is of it
        if not whole:
            self.outbox.drop_sound(self.id)
        self._end_message("completed" if ended == "completed" else "incomplete", whole=whole)
        for name, arguments in self._calls if whole else ():
            self.calls(name, arguments)
        details: dict[str, Any] | None = None
        if ended != "completed":
            details = {"type": ended} | ({"reason": reason} if reason else {}) | ({"error": error} if error else {})
        self.outbox.put({"type": "response.done", "response": self._wire(ended, details)})
        for item in self._output:
            if item.heard is not None and self.conversation is not None:  # the client truncated it before it was over
                item.cut()
                self.conversation.changed(item)

    def _begin_message(self) -> Item:
        if self._message is None:
            item = Item(new_id("item"), "message", "assistant", status="in_progress")
            self._add(item)
            self._message = item
            item.part = "output_audio" if self.asked.spoken else "output_text"
            self.outbox.put(self._of(item, "response.content_part.added", part=self._part("")))
        return self._message

    @property
    def called(self) -> bool:
        """Whether the last that it did, and has done, is a call of the client's tool."""
        return bool(self._output) and self._output[-1].type == "function_call"

    def _end_message(self, status: Literal["completed", "incomplete"], *, whole: bool = True) -> None:
        item, self._message = self._message, None
        if item is None:
            return
        item.text, item.status = item.text or "", status
        if self.asked.spoken:
            if self._encoder is not None and whole:
                self._send_sound(item, self._encoder.push(silence(0), last=True))
            self._encoder = None
            self.outbox.put(self._of(item, "response.output_audio.done"))
            self.outbox.put(self._of(item, "response.output_audio_transcript.done", transcript=item.text))
        else:
            self.outbox.put(self._of(item, "response.output_text.done", text=item.text))
        self.outbox.put(self._of(item, "response.content_part.done", part=self._part(item.text)))
        self._item_done(item)

    def _send_sound(self, item: Item, data: bytes) -> None:
        frame = round(FRAME_S * RATES_HZ[self.asked.form]) * SAMPLE_BYTES[self.asked.form]
        for start in range(0, len(data), frame):
            delta = base64.b64encode(data[start : start + frame]).decode()
            self.outbox.put(self._of(item, "response.output_audio.delta", delta=delta), sound_of=self.id)
        self._sent_bytes += len(data)

    def _add(self, item: Item) -> None:
        self._output.append(item)
        self.outbox.put(self._about(item, "response.output_item.added"))
        if self.conversation is not None:
            self.conversation.add(item, next((each.id for each in self.conversation if each is self._behind), None))
            self._behind = item
            self.outbox.put({"type": "conversation.item.added", "previous_item_id": self.conversation.before(item), "item": item.as_wire()})

    def _item_done(self, item: Item) -> None:
        if self.conversation is not None and item in list(self.conversation):
            self.conversation.changed(item)
            self.outbox.put({"type": "conversation.item.done", "previous_item_id": self.conversation.before(item), "item": item.as_wire()})
        self.outbox.put(self._about(item, "response.output_item.done"))

    def _about(self, item: Item, kind: str) -> dict[str, Any]:
        return {"type": kind, "response_id": self.id, "output_index": self._output.index(item), "item": item.as_wire()}

    def _of(self, item: Item, kind: str, *, content: bool = True, **more: Any) -> dict[str, Any]:
        where: dict[str, Any] = {"type": kind, "response_id": self.id, "item_id": item.id, "output_index": self._output.index(item)}
        return where | ({"content_index": 0} if content else {}) | more

    def _part(self, text: str) -> dict[str, Any]:
        return {"type": "audio", "transcript": text} if self.asked.spoken else {"type": "text", "text": text}

    def _wire(self, status: str, details: dict[str, Any] | None = None) -> dict[str, Any]:
        form: dict[str, Any] = {"type": self.asked.form} | ({"rate": RATES_HZ[self.asked.form]} if self.asked.form == "audio/pcm" else {})
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": status,
            "status_details": details,
            "output": [item.as_wire() for item in self._output] if status != "in_progress" else [],
            "conversation_id": self.conversation.id if self.conversation is not None else None,
            "output_modalities": ["audio" if self.asked.spoken else "text"],
            "max_output_tokens": self.asked.bound,
            "audio": {"output": {"format": form, "voice": self.asked.voice}},
            "usage": None if status == "in_progress" else self._usage(),
            "metadata": self.asked.response.metadata,
        }

    def _usage(self) -> dict[str, Any]:
        """Return what it took: text in the model's tokens, audio at the protocol's 20 tokens a second."""
        audio, spent = round(20 * self._sent_bytes / (SAMPLE_BYTES[self.asked.form] * RATES_HZ[self.asked.form])), self.spent()
        text = max(self._tokens, spent.written)
        nothing = {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0}
        return {
            "total_tokens": spent.read + text + audio,
            "input_tokens": spent.read,
            "output_tokens": text + audio,
            "input_token_details": nothing | {"text_tokens": spent.read, "cached_tokens": 0, "cached_tokens_details": nothing},
            "output_token_details": {"text_tokens": text, "audio_tokens": audio},
        }
