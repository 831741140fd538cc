"""The items of a conversation: what was said, called and given back, in order; the wire's form of them and the model's."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

from assistant.engines import Message
from assistant.foreign import shown
from assistant.heard import Playback
from assistant.history import CUT
from server.realtime.ids import new_id
from server.realtime.refusals import Refused

Status: TypeAlias = Literal["in_progress", "completed", "incomplete"]


@dataclass
class Item:
    """One item. Of a message, `text` is all that it says or, if it was spoken, its transcript."""

    id: str
    type: Literal["message", "function_call", "function_call_output"]
    role: Literal["system", "user", "assistant"] | None = None
    part: Literal["input_text", "input_audio", "output_text", "output_audio"] | None = None
    """The kind of a message's content; None while it has none."""
    text: str | None = None
    """None for speech that is not written down yet."""
    status: Status = "completed"
    name: str = ""
    call_id: str = ""
    arguments: str = ""
    output: str = ""
    playback: Playback = field(default_factory=Playback)
    """The sound of a reply, for what was heard of it."""
    heard: str | None = None
    """Of a reply that was cut: the words that were heard."""
    taken_up: bool = False
    """The speaker went on, and a later item says this too."""
    language: str = ""
    """ISO 639-1, where several are spoken."""

    def as_wire(self) -> dict[str, Any]:
        """Return the protocol's object; no key is null, but for the transcript of speech that has none."""
        shown: dict[str, Any] = {"id": self.id, "object": "realtime.item", "type": self.type}
        match self.type:
            case "message":
                return shown | {"status": self.status, "role": self.role, "content": self._content()}
            case "function_call":
                return shown | {"status": self.status, "name": self.name, "call_id": self.call_id, "arguments": self.arguments}
            case _:
                return shown | {"call_id": self.call_id, "output": self.output}

    def _content(self) -> list[dict[str, Any]]:
        match self.part:
            case None:
                return []
            case "input_audio":
                return [{"type": self.part, "transcript": self.text}]
            case "output_audio":
                return [{"type": self.part, "transcript": self.text or ""}]
            case _:
                return [{"type": self.part, "text": self.text or ""}]

    def cut(self) -> None:
        """Say no more than was heard, once all is told of the reply: until then, its text is what was sent."""
        if self.heard is not None and self.status != "in_progress" and self.part == "output_audio":
            self.text = self.heard

    def as_kept(self) -> dict[str, Any]:
        """Return all that outlives the process; `from_kept` makes the item again, without its sound."""
        return {name: getattr(self, name) for name in KEPT}

    @classmethod
    def from_kept(cls, kept: dict[str, Any]) -> Item:
        """Return the item that `as_kept` told; one that was being said when the process ended is incomplete."""
        item = cls(**kept)
        if item.status == "in_progress":
            item.status = "incomplete"
        return item

    def truncate(self, end_ms: int) -> int:
        """Keep the words that were heard up to `end_ms`, if this was said; return where its sound ends now, in milliseconds.

        Of what was said before this process, or by whoever tells a history, the sound is not known: it stays, unless none of it was heard.
        """
        if self.type != "message" or self.part != "output_audio":
            return 0
        if self.playback.seconds or not end_ms:
            self.heard = self.playback.heard(end_ms / 1000)
            self.cut()
        return min(end_ms, round(1000 * self.playback.seconds))

    def as_message(self) -> Message | None:
        """Return what the language model is told of it; None if that is nothing."""
        match self.type:
            case "function_call":
                call = {"name": self.name, "arguments": json.loads(self.arguments or "{}")}
                return Message("assistant", f"<tool_call>\n{json.dumps(call, ensure_ascii=False)}\n</tool_call>")
            case "function_call_output":
                return Message("tool", self.output)
            case _ if not self._remembered or self.taken_up or self.role is None:
                return None
            case _:
                return Message(self.role, self._remembered)

    @property
    def unheard(self) -> bool:
        """Whether this is a reply that was stopped before a word of it was heard."""
        return self.role == "assistant" and self.heard == ""

    @property
    def _remembered(self) -> str:
        """What was said as far as it was heard."""
        text = self.text or ""
        if self.heard is None or self.heard.split() == text.split():
            return text
        return self.heard.rstrip(".,;:…–— ") + CUT if self.heard else ""


KEPT = ("id", "type", "role", "part", "text", "status", "name", "call_id", "arguments", "output", "heard", "taken_up", "language")


ROOT = "root"
"""As `previous_item_id`: the front."""


class Keeper(Protocol):
    """Keeps a conversation somewhere."""

    def item(self, item: Item) -> None:
        """Keep an item as it is now."""
        ...

    def gone(self, item: Item) -> None:
        """Keep an item no longer."""
        ...

    def order(self, items: Sequence[Item]) -> None:
        """Keep which items there are, in order."""
        ...


class Conversation:
    """The items in order; what changes is told to the keeper, if there is one."""

    def __init__(self, keeper: Keeper | None = None, items: Sequence[Item] = ()) -> None:
        self.id = new_id("conv")
        self._items, self._keeper = list(items), keeper

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def get(self, name: str, code: str = "item_not_found", param: str = "item_id") -> Item:
        """Return an item.

        Raises:
            Refused: with `code`, there is none of that name.
        """
        for item in self._items:
            if item.id == name:
                return item
        raise Refused(f"There is no item {shown(name)} in the conversation.", code, param)

    def add(self, item: Item, after: str | None = None) -> None:
        """Add an item at the end, at the front, or behind the one named `after`.

        Raises:
            Refused: its name is taken, or there is no item `after`.
        """
        if any(each.id == item.id for each in self._items):
            raise Refused(f"There is an item {item.id!r} already; give each its own id.", "item_create_duplicate_item_id", "item.id")
        place = len(self._items)
        if after == ROOT:
            place = 0
        elif after is not None:
            place = self._items.index(self._found(after)) + 1
        self._items.insert(place, item)
        if self._keeper:
            self._keeper.item(item)
            self._keeper.order(self._items)

    def changed(self, item: Item) -> None:
        """Take note that an item says something else now; one that is in no conversation does not matter."""
        if self._keeper and any(each is item for each in self._items):
            self._keeper.item(item)

    def before(self, item: Item) -> str | None:
        """Return the name of the item in front of this one; None for the first one."""
        place = next(i for i, each in enumerate(self._items) if each is item)
        return self._items[place - 1].id if place else None

    def delete(self, name: str) -> None:
        """Take an item out.

        Raises:
            Refused: there is none of that name.
        """
        item = self.get(name, "item_delete_invalid_item_id")
        self._items.remove(item)
        if self._keeper:
            self._keeper.gone(item)
            self._keeper.order(self._items)

    def _found(self, name: str) -> Item:
        try:
            return self.get(name)
        except Refused as error:
            raise Refused(
                f"There is no item {shown(name)} to put it behind.", "item_create_invalid_previous_item_id", "previous_item_id"
            ) from error
