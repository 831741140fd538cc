"""The items that a client describes, read and checked."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from assistant.foreign import parsed_json
from server.realtime.checking import refusal
from server.realtime.ids import new_id
from server.realtime.incoming import decoded
from server.realtime.items import Item
from server.realtime.refusals import Refused


class _Content(BaseModel):
    model_config = ConfigDict(extra="ignore")

    type: Literal["input_text", "input_audio", "output_text", "output_audio", "text", "input_image"]
    text: str | None = None
    transcript: str | None = None
    audio: str | None = None


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


def read_item(given: dict[str, Any], where: str = "item") -> Item:
    """Return the item that a client describes in the field `where`.

    Raises:
        Refused: a type, a role or a content that is not allowed.
    """
    try:
        found = _READER.validate_python(given)
    except ValidationError as error:
        raise refusal(error, where, skip=1) from error
    name = found.id or new_id("item")
    match found:
        case _Call():
            arguments = found.arguments.strip() or "{}"  # some clients replay a call without arguments so
            try:
                parsed_json(arguments)
            except ValueError as error:
                param = f"{where}.arguments"
                raise Refused(f"'{param}' is no JSON; send the arguments as a JSON object in a string.", param=param) from error
            return Item(name, "function_call", name=found.name, call_id=found.call_id, arguments=arguments)
        case _Output():
            return Item(name, "function_call_output", call_id=found.call_id, output=found.output)
        case _Message():
            return _read_message(name, found)


def enclosed(given: dict[str, Any], where: str = "item") -> bytes:
    """Return the sound of a user's message that `read_item` takes, as far as it is not written down there.

    Raises:
        Refused: it is no base64.
    """
    parts = given["content"] if (given["type"], given.get("role")) == ("message", "user") else []
    unwritten = [(i, part) for i, part in enumerate(parts) if part["type"] == "input_audio" and not part.get("transcript")]
    return b"".join(decoded(part.get("audio") or "", f"{where}.content.{i}.audio") for i, part in unwritten)


def _read_message(name: str, found: _Message) -> Item:
    spoken = any(part.type in ("input_audio", "output_audio") for part in found.content)
    if found.role == "assistant":
        kind: Any = "output_audio" if spoken else "output_text"
    else:
        kind = "input_audio" if spoken and found.role == "user" else "input_text"
    text = " ".join(part.text or part.transcript or "" for part in found.content).strip()
    unwritten = kind == "input_audio" and not text and any(part.audio for part in found.content)
    return Item(name, "message", found.role, kind, None if unwritten else text)
