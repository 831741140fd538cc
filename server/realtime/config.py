"""What a session is set to: the effective `session` object of the protocol, merged and checked."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, Strict, StringConstraints, field_validator, model_validator

from server.realtime.checking import Part, checked, deep
from server.realtime.wave import RATES_HZ, Format

EVENTS = ("x.latency", "x.transcript.partial", "x.phrase", "x.tool", "x.degraded", "x.restored", "x.routed")
"""Events of our own; a client gets those that it asks for."""


Flag: TypeAlias = Annotated[bool, Strict()]


class AudioFormat(Part):
    type: Format = "audio/pcm"
    rate: int | None = None

    @model_validator(mode="after")
    def _known_rate(self) -> AudioFormat:
        if self.rate not in (None, RATES_HZ[self.type]):
            raise ValueError(f"{self.type} has {RATES_HZ[self.type]} samples a second here, not {self.rate}; resample before sending.")
        return self


class Transcription(Part):
    model: str | None = None
    language: str | None = None
    prompt: str | None = None


class NoiseReduction(Part):
    type: Literal["near_field", "far_field"] | None = None


class ServerVad(Part):
    type: Literal["server_vad"] = "server_vad"
    threshold: float = Field(0.5, ge=0, le=1, strict=True)
    prefix_padding_ms: int = Field(300, ge=0, le=10_000, strict=True)
    silence_duration_ms: int = Field(500, ge=50, le=10_000, strict=True)
    idle_timeout_ms: int | None = Field(None, ge=1000, le=60_000, strict=True)
    create_response: Flag = True
    interrupt_response: Flag = True


class SemanticVad(Part):
    type: Literal["semantic_vad"] = "semantic_vad"
    eagerness: Literal["auto", "low", "medium", "high"] = "auto"
    create_response: Flag = True
    interrupt_response: Flag = True


TurnDetection: TypeAlias = Annotated[ServerVad | SemanticVad, Field(discriminator="type")]


class AudioInput(Part):
    format: AudioFormat = AudioFormat()
    transcription: Transcription | None = None
    noise_reduction: NoiseReduction | None = None
    turn_detection: TurnDetection | None = ServerVad()


def _named(voice: Any) -> Any:
    """Return the name of a voice, which may be given as an object with an `id`."""
    return voice["id"] if isinstance(voice, dict) and "id" in voice else voice


VoiceName: TypeAlias = Annotated[str, BeforeValidator(_named)]


class AudioOutput(Part):
    format: AudioFormat = AudioFormat()
    voice: VoiceName = "marin"
    speed: float = Field(1.0, ge=0.25, le=1.5, strict=True)


class Audio(Part):
    input: AudioInput = AudioInput()
    output: AudioOutput = AudioOutput()


class Tool(Part):
    type: Literal["function"] = "function"
    name: str = Field(min_length=1, max_length=64)
    description: str = Field("", max_length=4096)
    parameters: dict[str, Any] = Field(default_factory=dict)


class Extensions(Part):
    """What is ours; a client has it that asks for it."""

    events: tuple[str, ...] = ()
    resume: bool | str = False
    """True asks for a token, with which a later connection asks for this session."""
    after: str | None = None
    """With a token: the event_id of the last event that arrived."""
    hears_itself: Flag = False
    """The client's microphone hears its speaker: a reply's own words, heard while it sounds, interrupt nothing."""

    @field_validator("events")
    @classmethod
    def _granted(cls, asked: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in EVENTS if name in asked)


Modalities: TypeAlias = tuple[Literal["audio", "text"]]
MostTokens: TypeAlias = Annotated[int, Field(ge=1, le=4096, strict=True)] | Literal["inf"]


def _choice(choice: Any) -> Any:
    """Return how tools are chosen: by a word, or by the name of the one that may be called.

    Raises:
        ValueError: neither of these.
    """
    named = isinstance(choice, dict) and isinstance(choice.get("name"), str)
    if choice is not None and choice not in ("none", "auto", "required") and not named:
        raise ValueError(f"'none', 'auto', 'required' or an object with the name of a function is meant, not {choice!r}.")
    return choice


ToolChoice: TypeAlias = Annotated[Any, BeforeValidator(_choice)]


class SessionConfig(Part):
    """All of a conversation or of a transcription session."""

    type: Literal["realtime", "transcription"] = "realtime"
    instructions: str | None = None
    """None for the assistant's own."""
    output_modalities: Modalities = ("audio",)
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice = "auto"
    max_output_tokens: MostTokens = "inf"
    audio: Audio = Audio()
    tracing: Any = None
    truncation: Any = "auto"
    prompt: dict[str, Any] | None = None
    include: tuple[str, ...] | None = None
    x: Extensions = Extensions()

    def merged(self, update: dict[str, Any]) -> SessionConfig:
        """Return what is set after a `session.update`: what it leaves out stays, null clears.

        Raises:
            Refused: a value that is not allowed.
        """
        return checked(SessionConfig, deep(self.model_dump(mode="json"), update), "session")

    @property
    def turns(self) -> ServerVad | SemanticVad | None:
        """How turns are detected; None for manual ones."""
        return self.audio.input.turn_detection

    @property
    def written_down(self) -> bool:
        """Whether the client is told what its user said."""
        return self.audio.input.transcription is not None or self.type == "transcription"

    def as_wire(self, session_id: str, model: str, instructions: str, expires_at: int, granted: dict[str, Any]) -> dict[str, Any]:
        """Return the full `session` object; what the protocol has no key for is in `granted`, and left out if that is empty."""
        shown = self.model_dump(mode="json")
        shown.pop("x")
        for side in ("input", "output"):
            form = shown["audio"][side]["format"]
            if form["type"] == "audio/pcm":
                form["rate"] = RATES_HZ["audio/pcm"]
            else:
                del form["rate"]
        if self.type == "transcription":
            shown = {"type": self.type, "object": "realtime.transcription_session", "audio": {"input": shown["audio"]["input"]}}
            shown["include"] = None if self.include is None else list(self.include)
        else:
            shown |= {
                "object": "realtime.session",
                "model": model,
                "instructions": instructions if self.instructions is None else self.instructions,
            }
        return shown | {"id": session_id, "expires_at": expires_at} | ({"x": granted} if granted else {})


MetadataKey: TypeAlias = Annotated[str, StringConstraints(max_length=64)]
MetadataValue: TypeAlias = Annotated[str, StringConstraints(max_length=512)]


class ResponseOutput(Part):
    format: AudioFormat | None = None
    voice: VoiceName | None = None


class ResponseAudio(Part):
    output: ResponseOutput = ResponseOutput()


class ResponseConfig(Part):
    """What one response is set to; what it leaves out is as in the session."""

    instructions: str | None = None
    output_modalities: Modalities | None = None
    tools: tuple[Tool, ...] | None = None
    tool_choice: ToolChoice = None
    max_output_tokens: MostTokens | None = None
    conversation: Literal["auto", "none"] = "auto"
    metadata: dict[MetadataKey, MetadataValue] | None = Field(None, max_length=16)
    input: tuple[dict[str, Any], ...] | None = None
    audio: ResponseAudio = ResponseAudio()


AS_THE_SESSION = ResponseConfig()
"""Changes nothing."""


def response_config(given: dict[str, Any] | None) -> ResponseConfig:
    """Return what a `response.create` sets.

    Raises:
        Refused: a value that is not allowed.
    """
    return checked(ResponseConfig, given or {}, "response")
