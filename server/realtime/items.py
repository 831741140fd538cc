"""The items of a conversation: what was said, called and given back, in order; the wire's form of them and the model's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Protocol, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from assistant.engines import Message
from assistant.heard import Playback
from assistant.history import CUT
from server.realtime.config import refusal
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
    def _remembered(self) -> str:
        """What was said as far as it was heard."""
        text = self.text or ""
        if self.heard is None or self.heard.split() == text.split():
            return text
        return self.heard.rstrip(".,;:…–— ") + CUT if self.heard else ""


KEPT = ("id", "type", "role", "part", "text", "status", "name", "call_id", "arguments", "output", "heard", "taken_up")


class _Content(BaseModel):
    model_config = ConfigDict(extra="ignore")

    type: Literal["input_text", "input_audio", "output_text", "output_audio", "text", "input_image"]
    text: str | None = None
    transcript: str | None = None


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore")

    type: Literal["message"]
    id: str | None = Field(None, min_length=1, max_length=64)
    role: Literal["system", "user", "assistant"]
    content: list[_Content]


class _Call(BaseModel):
    model_config = ConfigDict(extra="ignore")

    type: Literal["function_call"]
    id: str | None = Field(None, min_length=1, max_length=64)
    call_id: str = Field(default_factory=lambda: new_id("call"), min_length=1, max_length=64)
    name: str
    arguments: str = "{}"


class _Output(BaseModel):
    model_config = ConfigDict(extra="ignore")

    type: Literal["function_call_output"]
    id: str | None = Field(None, min_length=1, max_length=64)
    call_id: str
    output: str


_READER: TypeAdapter[_Message | _Call | _Output] = TypeAdapter(Annotated[_Message | _Call | _Output, Field(discriminator="type")])


def read_item(given: dict[str, Any]) -> Item:
    """Return the item that a client describes.

    Raises:
        Refused: a type, a role or a content that is not allowed.
    """
    try:
        found = _READER.validate_python(given)
    except ValidationError as error:
        raise refusal(error, "item", skip=1) from error
    name = found.id or new_id("item")
    match found:
        case _Call():
            try:
                json.loads(found.arguments)
            except ValueError as error:
                raise Refused(
                    "'item.arguments' is no JSON; send the arguments as a JSON object in a string.", param="item.arguments"
                ) from error
            return Item(name, "function_call", name=found.name, call_id=found.call_id, arguments=found.arguments)
        case _Output():
            return Item(name, "function_call_output", call_id=found.call_id, output=found.output)
        case _Message():
            return _read_message(name, found)


def _read_message(name: str, found: _Message) -> Item:
    spoken = any(part.type in ("input_audio", "output_audio") for part in found.content)
    if found.role == "assistant":
        kind: Any = "output_audio" if spoken else "output_text"
    else:
        kind = "input_audio" if spoken and found.role == "user" else "input_text"
    text = " ".join(part.text or part.transcript or "" for part in found.content).strip()
    return Item(name, "message", found.role, kind, text)


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

    def get(self, name: str, code: str = "item_not_found") -> Item:
        """Return an item.

        Raises:
            Refused: with `code`, there is none of that name.
        """
        for item in self._items:
            if item.id == name:
                return item
        raise Refused(f"There is no item {name!r} in the conversation.", code, "item_id")

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
                f"There is no item {name!r} to put it behind.", "item_create_invalid_previous_item_id", "previous_item_id"
            ) from error


def messages(items: Iterable[Item], system: str, asked: str | None, most_turns: int, *, tools: bool) -> list[Message]:
    """Return what the language model is shown: the system line with the conversation's own, then turns in which the roles alternate.

    Args:
        items: of the conversation; what has no transcript yet is left out.
        system: the instructions.
        asked: what is said right now and is no item yet, or one without a transcript.
        most_turns: earlier turns that are shown.
        tools: whether the model is shown calls and what they gave; else what was said of that is all.
    """
    lines, turns = [system], list[Message]()
    shown = (item for item in items if tools or item.type == "message")
    for message in (found for item in shown if (found := item.as_message())):
        if message.role == "system":
            lines.append(message.content)
        else:
            _join(turns, message)
    if asked is not None:
        _join(turns, Message("user", asked))
    asking = [i for i, message in enumerate(turns) if message.role == "user"]
    first = asking[-min(len(asking), most_turns + 1)] if asking else 0
    return [Message("system", "\n".join(line for line in lines if line)), *turns[first:]]


def _join(turns: list[Message], message: Message) -> None:
    """Add a message; models want the roles in turn, so one of the same role goes on in the one before."""
    if turns and turns[-1].role == message.role:
        turns[-1] = Message(message.role, f"{turns[-1].content} {message.content}")
    else:
        turns.append(message)
