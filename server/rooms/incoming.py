"""What somebody in a room sends, read and checked."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from server.realtime.incoming import ClientEvent, decoded, decoded_bytes, parsed
from server.realtime.refusals import Refused

MOST_AUDIO_BYTES = 480_000
"""Of one message: ten seconds. A microphone sends a fraction of one."""

MOST_CHARACTERS = 1024 * 1024
"""Of one message: more than the longest audio in base64. Who is here needs no key."""

NAME_CHARACTERS, TEXT_CHARACTERS, TOKEN_CHARACTERS = 40, 1000, 64


class Join(ClientEvent):
    type: Literal["room.join"]
    name: str = Field(min_length=1, max_length=NAME_CHARACTERS)
    language: str = Field(min_length=2, max_length=16)
    hears: bool | None = None
    seat: str | None = Field(None, max_length=TOKEN_CHARACTERS)
    host: str | None = Field(None, max_length=TOKEN_CHARACTERS)


class Append(ClientEvent):
    type: Literal["input_audio_buffer.append"]
    audio: str

    def data(self) -> bytes:
        """Return the bytes of 24 kHz PCM16.

        Raises:
            Refused: no base64, or too much of it.
        """
        if self.audio_bytes > MOST_AUDIO_BYTES:
            raise Refused(f"'audio' is longer than {MOST_AUDIO_BYTES // 48_000} s; send it as it is heard.", "invalid_value", "audio")
        return decoded(self.audio, "audio")

    @property
    def audio_bytes(self) -> int:
        return decoded_bytes(self.audio)


class Say(ClientEvent):
    type: Literal["room.say"]
    text: str = Field(min_length=1, max_length=TEXT_CHARACTERS)


class Set(ClientEvent):
    type: Literal["room.set"]
    muted: bool | None = None
    hears: bool | None = None
    name: str | None = Field(None, min_length=1, max_length=NAME_CHARACTERS)
    language: str | None = Field(None, min_length=2, max_length=16)

    @property
    def changes(self) -> dict[str, Any]:
        """What is to be set."""
        return self.model_dump(include={"muted", "hears", "name", "language"}, exclude_none=True)


class Leave(ClientEvent):
    type: Literal["room.leave"]


class Close(ClientEvent):
    type: Literal["room.close"]


class Lock(ClientEvent):
    type: Literal["room.lock"]
    locked: bool


class Remove(ClientEvent):
    type: Literal["room.remove"]
    person: str = Field(max_length=TOKEN_CHARACTERS)


Incoming: TypeAlias = Join | Append | Say | Set | Leave | Close | Lock | Remove

_KNOWN = ", ".join(sorted(kind.model_fields["type"].annotation.__args__[0] for kind in Incoming.__args__))

_READER: TypeAdapter[Incoming] = TypeAdapter(Annotated[Incoming, Field(discriminator="type")])


def read(message: str) -> Incoming:
    """Return the event in a text message.

    Raises:
        Refused: it is none; says what is wrong.
    """
    if len(message) > MOST_CHARACTERS:
        raise Refused(f"A message here has at most {MOST_CHARACTERS:,} characters; send audio as it is heard.", "invalid_value")
    return parsed(_READER, message, _KNOWN)
