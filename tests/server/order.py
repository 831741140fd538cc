"""The canonical order of what a server tells, held as a fold over its events."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

AUDIO = (
    "response.content_part.added", "response.output_audio.done", "response.output_audio_transcript.done", "response.content_part.done",
)  # fmt: skip
TEXT = ("response.content_part.added", "response.output_text.done", "response.content_part.done")
CALL = ("response.function_call_arguments.done",)
SHAPES = {"audio": AUDIO, "text": TEXT, "function_call": CALL}


def check(events: Iterable[Mapping[str, Any]]) -> None:
    """Fail where a rule of the protocol is broken."""
    order = Order()
    for event in events:
        order.push(event)


class Order:
    """All rules of one connection."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.open: dict[str, list[str]] = {}
        """By response: the items that are not done."""
        self.sample_bytes: dict[str, int] = {}
        """By response."""
        self.done: set[str] = set()
        self.in_conversation: str | None = None
        self.items: dict[str, list[str]] = {}
        """By item of a response: its events so far, without deltas."""
        self.said: dict[str, str] = {}
        self.added: dict[str, str | None] = {}
        self.committed: dict[str, str | None] = {}
        self.speaking: str | None = None
        self.transcribed: set[str] = set()

    def push(self, event: Mapping[str, Any]) -> None:
        kind: str = event["type"]
        assert event["event_id"] not in self.ids
        self.ids.add(event["event_id"])
        match kind:
            case "response.created":
                self._created(event["response"])
            case "response.done":
                self._done(event["response"])
            case "input_audio_buffer.speech_started":
                assert self.speaking is None, "speech started twice"
                self.speaking = event["item_id"]
            case "input_audio_buffer.speech_stopped":
                assert self.speaking == event["item_id"]
                self.speaking = None
            case "input_audio_buffer.cleared":
                self.speaking = None
            case "input_audio_buffer.committed":
                self.committed[event["item_id"]] = event["previous_item_id"]
            case "conversation.item.added":
                self._item_added(event)
            case "conversation.item.done":
                assert self.added[event["item"]["id"]] is not ..., "done without added"
            case "conversation.item.input_audio_transcription.completed":
                assert event["item_id"] in self.added, "a transcript before its item"
                assert event["item_id"] not in self.transcribed, "two transcripts"
                self.transcribed.add(event["item_id"])
            case _ if kind.startswith("response."):
                self._of_response(kind, event)

    def _created(self, response: Mapping[str, Any]) -> None:
        assert response["status"] == "in_progress"
        assert response["output"] == []
        self.open[response["id"]] = []
        self.sample_bytes[response["id"]] = 2 if response["audio"]["output"]["format"]["type"] == "audio/pcm" else 1
        if response["conversation_id"] is not None:
            assert self.in_conversation is None, "two responses at once"
            self.in_conversation = response["id"]

    def _done(self, response: Mapping[str, Any]) -> None:
        name = response["id"]
        assert self.open.pop(name) == [], "items are open"
        self.done.add(name)
        if self.in_conversation == name:
            self.in_conversation = None
        assert isinstance(response["usage"]["total_tokens"], int)
        for item in response["output"]:
            for part in item.get("content", ()):
                assert part.get("transcript", part.get("text")) == self.said.get(item["id"], "")
            if item["type"] == "function_call":
                assert item["arguments"] == self.said[item["id"]]

    def _item_added(self, event: Mapping[str, Any]) -> None:
        name, before = event["item"]["id"], event["previous_item_id"]
        assert name not in self.added, "added twice"
        assert before is None or before in self.added
        assert self.committed.get(name, before) == before
        self.added[name] = before
        if name in self.items:
            assert self.items[name] == ["response.output_item.added"]

    def _of_response(self, kind: str, event: Mapping[str, Any]) -> None:
        name = event["response_id"]
        assert name in self.open, f"{kind} outside of its response"
        item = event["item"]["id"] if "item" in event else event["item_id"]
        if kind == "response.output_item.added":
            self.items[item] = [kind]
            self.open[name].append(item)
            return
        assert item in self.open[name], f"{kind} of an item that is not open"
        seen = self.items[item]
        if kind == "response.output_audio.delta":
            assert "response.output_audio.done" not in seen
            assert len(base64.b64decode(event["delta"])) % self.sample_bytes[name] == 0
        elif kind.endswith(".delta"):
            assert not any(each.endswith(kind.removesuffix("delta").removeprefix("response.") + "done") for each in seen)
            self.said[item] = self.said.get(item, "") + event["delta"]
        else:
            seen.append(kind)
            said = event.get("transcript", event.get("text", event.get("arguments")))
            assert said is None or said == self.said.get(item, "")
        if kind == "response.output_item.done":
            self.open[name].remove(item)
            shape = next(part for key, part in SHAPES.items() if part[0] in seen and part[-2 if len(part) > 1 else -1] in seen)
            assert tuple(seen[1:-1]) == shape
