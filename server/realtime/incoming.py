"""The events that a client sends, read and checked."""

from __future__ import annotations

import base64
import binascii
import math
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from assistant.foreign import parsed_json
from server.realtime.checking import refusal
from server.realtime.refusals import Refused

T = TypeVar("T")

MOST_AUDIO_BYTES = 15 * 1024 * 1024

MOST_ID_CHARACTERS = 512
"""Of an event_id."""

MOST_PARTS = 100_000
"""Brackets and commas of a message: audio has none, and nobody waits while millions of lists are read."""


def _finite(value: Any) -> Any:
    """Return a value that can be said back in JSON.

    Raises:
        ValueError: it holds a number that cannot.
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number in it is infinite, or none.")
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _finite(inner)
    return value


Settings: TypeAlias = Annotated[dict[str, Any], AfterValidator(_finite)]


class ClientEvent(BaseModel):
    """What all events of a client share."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    event_id: str | None = Field(None, max_length=MOST_ID_CHARACTERS)

    @property
    def audio_bytes(self) -> int:
        """How much audio it brings, to within two bytes a piece."""
        return 0


class SessionUpdate(ClientEvent):
    type: Literal["session.update"]
    session: Settings


class Append(ClientEvent):
    type: Literal["input_audio_buffer.append"]
    audio: str

    def data(self) -> bytes:
        """Return the bytes.

        Raises:
            Refused: no base64, or too much of it.
        """
        return decoded(self.audio, "audio")

    @property
    def audio_bytes(self) -> int:
        return decoded_bytes(self.audio)


class Commit(ClientEvent):
    type: Literal["input_audio_buffer.commit"]


class Clear(ClientEvent):
    type: Literal["input_audio_buffer.clear"]


class ClearOutput(ClientEvent):
    type: Literal["output_audio_buffer.clear"]


class ItemCreate(ClientEvent):
    type: Literal["conversation.item.create"]
    item: dict[str, Any]
    previous_item_id: str | None = None

    @property
    def audio_bytes(self) -> int:
        content = self.item.get("content")
        parts = [part.get("audio") for part in content if isinstance(part, dict)] if isinstance(content, list) else []
        return sum(decoded_bytes(part) for part in parts if isinstance(part, str))


class ItemRetrieve(ClientEvent):
    type: Literal["conversation.item.retrieve"]
    item_id: str


class ItemDelete(ClientEvent):
    type: Literal["conversation.item.delete"]
    item_id: str


class ItemTruncate(ClientEvent):
    type: Literal["conversation.item.truncate"]
    item_id: str
    content_index: int = 0
    audio_end_ms: int = Field(ge=0)


class ResponseCreate(ClientEvent):
    type: Literal["response.create"]
    response: Settings | None = None


class ResponseCancel(ClientEvent):
    type: Literal["response.cancel"]
    response_id: str | None = None


Incoming: TypeAlias = (
    SessionUpdate | Append | Commit | Clear | ClearOutput | ItemCreate | ItemRetrieve | ItemDelete | ItemTruncate | ResponseCreate
    | ResponseCancel
)  # fmt: skip

_KNOWN = ", ".join(sorted(kind.model_fields["type"].annotation.__args__[0] for kind in Incoming.__args__))

_READER: TypeAdapter[Incoming] = TypeAdapter(Annotated[Incoming, Field(discriminator="type")])


def read(message: str) -> Incoming:
    """Return the event in a text message.

    Raises:
        Refused: it is none; says what is wrong.
    """
    return parsed(_READER, message, _KNOWN)


def parsed(reader: TypeAdapter[T], message: str, known: str) -> T:
    """Return what `reader` finds in a message; `known` are the event types that it reads.

    Raises:
        Refused: it is none of these; says what is wrong.
    """
    if _too_many(message):
        raise Refused(f"The message has more than {MOST_PARTS:,} brackets and commas; send less in one.", "invalid_value")
    try:
        return reader.validate_json(message)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        match wrong["type"]:
            case "json_invalid":
                raise Refused("The message is no JSON; send one JSON object in each text message.", "invalid_json") from error
            case "union_tag_invalid":
                raise Refused(f"There is no such event type; the types are {known}.", "invalid_value", "type") from error
            case "union_tag_not_found":
                raise Refused("Missing required parameter: 'type'.", "missing_required_parameter", "type") from error
            case _ if not wrong["loc"]:
                raise Refused("The message is no JSON object; send an object with a type.", "invalid_type") from error
            case _:
                raise refusal(error, skip=1) from error


def _too_many(message: str) -> bool:
    return sum(map(message.count, "{[,")) > MOST_PARTS


def echo(message: str) -> str | None:
    """Return the event_id of a message that could not be read, if it has one."""
    if _too_many(message):
        return None
    try:
        found = parsed_json(message)
    except ValueError:
        return None
    found = found.get("event_id") if isinstance(found, dict) else None
    return found if isinstance(found, str) and len(found) <= MOST_ID_CHARACTERS else None


def decoded_bytes(audio: str) -> int:
    """Return how many bytes base64 text stands for, to within two."""
    return len(audio) * 3 // 4


def decoded(audio: str, param: str) -> bytes:
    """Return the bytes of base64 text.

    Raises:
        Refused: it is none, or more than `MOST_AUDIO_BYTES`.
    """
    try:
        data = base64.b64decode(audio, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused(f"'{param}' is no base64; encode the bytes of the audio.", "invalid_value", param) from error
    if len(data) > MOST_AUDIO_BYTES:
        raise Refused(f"'{param}' holds {len(data)} bytes and {MOST_AUDIO_BYTES} are the most; send it in parts.", "invalid_value", param)
    return data
