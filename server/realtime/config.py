"""What a session is set to: the effective `session` object of the protocol, merged and checked."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from server.realtime.refusals import Refused
from server.realtime.wave import RATES_HZ, Format

T = TypeVar("T", bound=BaseModel)

EVENTS = ("x.latency", "x.transcript.partial", "x.degraded")
"""Events of our own; a client gets those that it asks for."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class AudioFormat(_Part):
    type: Format = "audio/pcm"
    rate: int | None = None

    @model_validator(mode="after")
    def _known_rate(self) -> AudioFormat:
        if self.rate not in (None, RATES_HZ[self.type]):
            raise ValueError(f"{self.type} has {RATES_HZ[self.type]} samples a second here, not {self.rate}; resample before sending.")
        return self


class Transcription(_Part):
    model: str | None = None
    language: str | None = None
    prompt: str | None = None


class NoiseReduction(_Part):
    type: Literal["near_field", "far_field"] | None = None


class ServerVad(_Part):
    type: Literal["server_vad"] = "server_vad"
    threshold: float = Field(0.5, ge=0, le=1)
    prefix_padding_ms: int = Field(300, ge=0, le=10_000)
    silence_duration_ms: int = Field(500, ge=50, le=10_000)
    idle_timeout_ms: int | None = Field(None, ge=1000, le=60_000)
    create_response: bool = True
    interrupt_response: bool = True


class SemanticVad(_Part):
    type: Literal["semantic_vad"] = "semantic_vad"
    eagerness: Literal["auto", "low", "medium", "high"] = "auto"
    create_response: bool = True
    interrupt_response: bool = True


TurnDetection: TypeAlias = Annotated[ServerVad | SemanticVad, Field(discriminator="type")]


class AudioInput(_Part):
    format: AudioFormat = AudioFormat()
    transcription: Transcription | None = None
    noise_reduction: NoiseReduction | None = None
    turn_detection: TurnDetection | None = ServerVad()


class AudioOutput(_Part):
    format: AudioFormat = AudioFormat()
    voice: Any = "marin"
    speed: float = Field(1.0, ge=0.25, le=1.5)


class Audio(_Part):
    input: AudioInput = AudioInput()
    output: AudioOutput = AudioOutput()


class Tool(_Part):
    type: Literal["function"] = "function"
    name: str = Field(min_length=1, max_length=64)
    description: str = Field("", max_length=4096)
    parameters: dict[str, Any] = {}


class Extensions(_Part):
    """What is ours; a client has it that asks for it."""

    events: tuple[str, ...] = ()
    resume: bool | str = False
    """True asks for a token, with which a later connection asks for this session."""
    after: str | None = None
    """With a token: the event_id of the last event that arrived."""

    @field_validator("events")
    @classmethod
    def _granted(cls, asked: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in EVENTS if name in asked)


Modalities: TypeAlias = tuple[Literal["audio", "text"]]
MostTokens: TypeAlias = Annotated[int, Field(ge=1, le=4096)] | Literal["inf"]


class SessionConfig(_Part):
    """All of a conversation or of a transcription session."""

    type: Literal["realtime", "transcription"] = "realtime"
    instructions: str | None = None
    """None for the assistant's own."""
    output_modalities: Modalities = ("audio",)
    tools: tuple[Tool, ...] = ()
    tool_choice: Any = "auto"
    max_output_tokens: MostTokens = "inf"
    audio: Audio = Audio()
    tracing: Any = None
    truncation: Any = "auto"
    prompt: Any = None
    include: Any = None
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
            shown["include"] = self.include
        else:
            shown |= {
                "object": "realtime.session",
                "model": model,
                "instructions": instructions if self.instructions is None else self.instructions,
            }
        return shown | {"id": session_id, "expires_at": expires_at} | ({"x": granted} if granted else {})


class ResponseConfig(_Part):
    """What one response is set to; what it leaves out is as in the session."""

    instructions: str | None = None
    output_modalities: Modalities | None = None
    tools: tuple[Tool, ...] | None = None
    tool_choice: Any = None
    max_output_tokens: MostTokens | None = None
    conversation: Literal["auto", "none"] = "auto"
    metadata: dict[str, str] | None = Field(None, max_length=16)
    input: tuple[dict[str, Any], ...] | None = None
    audio: dict[str, Any] | None = None


AS_THE_SESSION = ResponseConfig()
"""Changes nothing."""


def response_config(given: dict[str, Any] | None) -> ResponseConfig:
    """Return what a `response.create` sets.

    Raises:
        Refused: a value that is not allowed.
    """
    return checked(ResponseConfig, given or {}, "response")


def checked(kind: type[T], given: dict[str, Any], where: str) -> T:
    """Return the object, or say exactly what is wrong with it.

    Raises:
        Refused: names the wrong field.
    """
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise refusal(error, where) from error


def refusal(error: ValidationError, *where: str, skip: int = 0) -> Refused:
    """Return what a client is told of the first thing that is wrong.

    Args:
        error: of the check.
        where: the field that was checked.
        skip: parts of the place that are pydantic's: the names of alternatives.
    """
    wrong = error.errors(include_url=False)[0]
    param = ".".join([*where, *(str(part) for part in wrong["loc"][skip:] if part not in ("server_vad", "semantic_vad", "function"))])
    match wrong["type"]:
        case "missing":
            return Refused(f"Missing required parameter: '{param}'.", "missing_required_parameter", param)
        case kind if kind.endswith("_type") or kind.endswith("_parsing"):
            return Refused(f"Invalid type for '{param}': {wrong['msg'][0].lower()}{wrong['msg'][1:]}.", "invalid_type", param)
        case _:
            return Refused(f"Invalid value for '{param}': {wrong['msg'][0].lower()}{wrong['msg'][1:].rstrip('.')}.", "invalid_value", param)


def deep(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return `old` with what `new` changes, at any depth: a null takes the place of what was there."""
    merged = dict(old)
    for key, value in new.items():
        before = merged.get(key)
        if isinstance(value, dict) and isinstance(before, dict):
            merged[key] = deep(before, value)
        elif isinstance(value, dict) and key == "turn_detection" and "type" not in value:
            merged[key] = {"type": "server_vad"} | value
        else:
            merged[key] = value
    return merged
