"""The three events that a client of a translation session sends, and what it may set."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from server.realtime.checking import Part, checked, deep
from server.realtime.config import NoiseReduction
from server.realtime.incoming import ClientEvent, Settings, decoded, decoded_bytes, parsed


class Transcription(Part):
    model: str = ""


class Input(Part):
    transcription: Transcription | None = None
    noise_reduction: NoiseReduction | None = None


class Output(Part):
    language: str = Field("es", min_length=2, max_length=16)


class Audio(Part):
    input: Input = Input()
    output: Output = Output()


class TranslationConfig(Part):
    """What a translation session is set to."""

    audio: Audio = Audio()

    def merged(self, update: dict[str, Any]) -> TranslationConfig:
        """Return what is set after a `session.update`.

        Raises:
            Refused: a value that is not allowed.
        """
        return checked(TranslationConfig, deep(self.model_dump(mode="json"), update), "session")

    @property
    def language(self) -> str:
        """The language to translate into, ISO 639-1."""
        return self.audio.output.language.split("-")[0].lower()


class Update(ClientEvent):
    type: Literal["session.update"]
    session: Settings


class Append(ClientEvent):
    type: Literal["session.input_audio_buffer.append"]
    audio: str

    def data(self) -> bytes:
        """Return the bytes of 24 kHz PCM16.

        Raises:
            Refused: no base64, or too much of it.
        """
        return decoded(self.audio, "audio")

    @property
    def audio_bytes(self) -> int:
        return decoded_bytes(self.audio)


class Close(ClientEvent):
    type: Literal["session.close"]


Incoming: TypeAlias = Update | Append | Close

_READER: TypeAdapter[Incoming] = TypeAdapter(Annotated[Incoming, Field(discriminator="type")])


def read(message: str) -> Incoming:
    """Return the event in a text message.

    Raises:
        Refused: it is none; says what is wrong.
    """
    return parsed(_READER, message, "session.update, session.input_audio_buffer.append, session.close")
