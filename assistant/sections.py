"""The sections of the settings: what can be set, what it may be, and what it is if nobody says otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from assistant.route import Privacy


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _whole(url: str) -> str:
    """Return an address whose parts can be told apart.

    Raises:
        ValueError: they cannot.
    """
    try:
        urlsplit(url).port  # noqa: B018 - looks at it
    except ValueError as error:
        raise ValueError(f"{url!r} is no address; write one such as https://api.openai.com/v1.") from error
    return url


HttpAddress: TypeAlias = Annotated[str, AfterValidator(_whole)]


class EndpointSettings(Section):
    """When an utterance is over; seconds of silence."""

    pause_s: float = Field(0.15, ge=0.05, le=2)
    """After so much an answer is drafted."""
    least_s: float = Field(0.2, ge=0.1, le=5)
    """Before so much the utterance is never over, however complete it sounds."""
    end_s: float = Field(0.4, ge=0.1, le=5)
    """After so much it is over, if nothing is known of how complete it sounds."""
    most_s: float = Field(1.2, ge=0.1, le=10)
    """After so much it is over, however incomplete it sounds."""
    eagerness: float = Field(2.8, ge=-5, le=10)
    """Higher waits longer where it is not clear."""

    @model_validator(mode="after")
    def _growing(self) -> Self:
        if not self.least_s <= self.end_s <= self.most_s:
            raise ValueError(
                f"least_s, end_s and most_s must grow, not {self.least_s:g}, {self.end_s:g} and {self.most_s:g}; change one of them."
            )
        return self


class BudgetSettings(Section):
    """What an answer may take, in seconds; before that is exceeded, something is given up."""

    voice_to_voice_s: float = Field(1.2, gt=0, le=60)
    """From the end of speech to the first audio of the answer."""
    recognize_s: float = Field(0.25, gt=0, le=60)
    """The transcript's share."""
    think_s: float = Field(0.25, gt=0, le=60)
    """The first token's share."""
    phrase_s: float = Field(0.25, gt=0, le=60)
    """The share of the rest of the first phrase."""
    voice_s: float = Field(0.25, gt=0, le=60)
    """The share of its first sound."""
    lag_s: float = Field(2.0, gt=0, le=60)
    """Interpreting: how long a word may wait for the language model; if that is slower, whole phrases are interpreted."""


class ServerSettings(Section):
    """What `parley serve` offers, and to whom."""

    host: str = "127.0.0.1"
    """The address it listens at; any but a loopback one needs a key."""
    port: int = Field(8765, ge=0, le=65_535)
    """0 takes a free one."""
    listens: list[str] = ["en", "es"]
    """Languages that are recognised; the assistant's is the first."""
    speaks: list[str] = ["en", "es"]
    """Languages that are spoken."""
    names: list[str] = []
    """Host names under which it may be reached, beside localhost."""
    origins: list[str] = []
    """Origins of web pages that may connect, beside its own."""
    sessions: int = Field(8, ge=1, le=10_000)
    """Conversations at once."""
    admission: Literal["budget", "places"] = "budget"
    """budget: a conversation is let in as long as 95 of 100 answers are expected within budget.voice_to_voice_s; places: as long as there is a place."""
    sessions_each: int = Field(4, ge=1, le=10_000)
    """Conversations at once with one key, or from one address."""
    audio_minutes_each: float = Field(300, gt=0, le=1_000_000)
    """Of audio that one key, or one address, may send within an hour."""
    keep_days: float = Field(30, ge=0, le=36_500)
    """For so long conversations are kept in a file of their own; 0 keeps none."""
    rooms: int = Field(20, ge=1, le=1000)
    """Rooms at once, for people who speak different languages; who speaks in one counts as a conversation."""
    room_people: int = Field(32, ge=2, le=1000)
    """People in one room, who listen or speak."""
    room_lines: int = Field(2000, ge=50, le=100_000)
    """Lines that one room keeps; beyond that the oldest are forgotten."""
    room_texts_a_minute: float = Field(20, gt=0, le=600)
    """Lines that one person in a room may write."""
    idle_s: float = Field(900, ge=1, le=86_400)
    """A conversation without a message for so long is closed."""
    log: Literal["text", "json"] = "text"
    """json: one object a line on standard output, with each answer and its stages; no words of anybody."""
    traces: HttpAddress | None = Field(None, pattern=r"^https?://")
    """A collector of OpenTelemetry, such as http://localhost:4318, that is sent a span for each answer and each of its stages."""


class ModelSettings(Section):
    """Models that take the place of the starter models, and what they may use. A name of `parley models list` may stand for a path."""

    recognizers: dict[str, Path] = {}
    """By language: a folder with a Whisper model in CTranslate2's format."""
    language_model: Path | None = None
    """A GGUF file with a chat template."""
    voices: dict[str, Path] = {}
    """By language: a Piper voice, `NAME.onnx` with `NAME.onnx.json` beside it."""
    turn_detector: Path | None = None
    """An ONNX file of smart-turn v3, which hears when somebody has finished."""
    threads: int | None = Field(None, ge=1, le=256)
    """Of the language model, at most one a core; as many as help if not set, and at least one core left."""
    context_tokens: int = Field(1024, ge=256, le=131_072)
    """The longest conversation that the language model holds."""
    parallel: int | None = Field(None, ge=1, le=64)
    """Answers that the language model writes at once; up to 8, as memory allows, if not set. With 1 they take turns."""
    processes: bool | None = None
    """Whether recognizers, language model and turn detector have processes of their own, as voices always do; if not set, only in `parley serve`."""
    step_s: float = Field(15, ge=1, le=3600)
    """An engine's process in which no step is done for so long, in seconds, hangs: it is ended and started again."""
    memory_mb: int | None = Field(None, ge=64, le=16_777_216)
    """The most memory of its own, in MiB, that an engine's process may have (Linux); as much as there is if not set."""
    catalogue: Path | None = None
    """A catalogue as models/catalogue.toml, whose entries are added to that one's, and win."""


class ProviderSettings(Section):
    """A hosted model behind OpenAI's Chat Completions."""

    name: str = Field(min_length=1, max_length=40)
    """As it is shown."""
    url: HttpAddress = Field(pattern=r"^https?://")
    """Of the API, such as https://api.openai.com/v1."""
    model: str = Field(min_length=1)
    key_from: str | None = None
    """The environment variable that holds the key."""
    key_file: Path | None = None
    """A file with the key that only you can read."""
    limits_with: Literal["max_completion_tokens", "max_tokens"] = "max_completion_tokens"
    """How it calls the longest answer; older servers know max_tokens."""
    extra: dict[str, Any] = {}
    """What else is sent with each question, such as reasoning_effort = "low"."""


class LargeSettings(Section):
    """Hosted models for what the small one cannot answer; nothing leaves the machine unless you say so."""

    privacy: Privacy = Privacy.NEVER
    """never; ask: what is hard, once you have said yes; hard: what is hard; always."""
    providers: list[ProviderSettings] = []
    """Asked in this order: the next one if one does not answer."""
    daily_usd: float = Field(0.25, ge=0, le=100_000)
    """The most that a day may cost."""
    session_usd: float = Field(0.10, ge=0, le=100_000)
    """The most that one conversation may cost."""
    prices: Path | None = None
    """A table of prices as models/prices.toml, which wins over that one."""
    opener_s: float = Field(0.5, ge=0, le=30)
    """After so long without a word of the large model, Parley says that it asks."""
    wait_s: float = Field(4.0, ge=0.1, le=120)
    """After so long the small model answers in its place."""
    hide: list[str] = ["email", "phone", "card"]
    """What is taken out of questions that leave the machine: email, phone, card."""
    names: list[str] = []
    """Names that are taken out, too."""
    words: list[str] = []
    """What asks for the large model where it stands in a question, such as "think hard"."""
