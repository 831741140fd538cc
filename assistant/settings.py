"""Settings from flags, the environment and one TOML file, in that order of precedence; every mistake is named exactly.

The only module here that needs more than numpy: pydantic-settings reads and checks the values.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from assistant.errors import SettingsError
from assistant.mistakes import ENVIRONMENT, NESTED, complaint, place


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EndpointSettings(_Section):
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


class BudgetSettings(_Section):
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


class ServerSettings(_Section):
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


class ModelSettings(_Section):
    """Models that take the place of the starter models, and what they may use."""

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


class Settings(BaseSettings):
    """All that can be set."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix=ENVIRONMENT, env_nested_delimiter=NESTED,
        enable_decoding=False,  # a variable sets one key, as a flag does; it holds no JSON
        coerce_numbers_to_str=True,  # microphone = 3
    )  # fmt: skip

    microphone: str | None = None
    """Number of a device, or a part of its name."""
    speaker: str | None = None
    """Number of a device, or a part of its name."""
    key: SecretStr | None = None
    """What `parley talk --url` shows to the server."""
    echo_cancellation: Literal["auto", "off"] = "auto"
    """Take the speaker's sound out of the microphone's, so that you can interrupt across the room; off: with headphones, or to save 4 % of a core while it speaks."""
    interrupts: bool | None = None
    """Speech into a reply may stop it; if not set, wherever the echo is cancelled. With headphones it needs no cancellation."""
    noise_suppression: bool = False
    """Echo cancellation also takes steady noise out of the microphone's sound."""
    gain_control: bool = False
    """Echo cancellation also brings speech to one level: for a microphone that is far away."""
    push_to_talk: bool = False
    """The microphone is heard only while a key is held."""
    wake: str | None = None
    """A phrase that must come first, such as "hey parley"; what is said without it is dropped."""
    awake_s: float = Field(8.0, ge=0, le=600)
    """So many seconds after an answer no wake phrase is needed."""
    glossary: Path | None = None
    """A TOML file with the terms that are translated, written and spoken in a certain way."""
    endpoint: EndpointSettings = EndpointSettings()
    budget: BudgetSettings = BudgetSettings()
    models: ModelSettings = ModelSettings()
    server: ServerSettings = ServerSettings()


def default_path() -> Path:
    """Return where the settings file lies if nobody says otherwise."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "parley" / "settings.toml"


def read_settings(path: Path | None = None, flags: Sequence[str] = ()) -> Settings:
    """Return the settings.

    Args:
        path: the TOML file; without it `default_path`, which need not exist.
        flags: `key=value`, such as `endpoint.end_s=0.6`; they win over the environment, which wins over the file.

    Raises:
        SettingsError: a file that cannot be read, an unknown key or a value that is not allowed; says where it stands.
    """
    file = path or default_path()
    text = _text(file, required=path is not None)
    given = _from_flags(flags)

    class Sourced(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)

    try:
        return Sourced(**given)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file} is no TOML: {error}; correct that line.") from error
    except ValidationError as error:
        wrong = error.errors()[0]
        raise SettingsError(f"{place(wrong, file, text, given)}: {complaint(wrong, Settings)}") from error


def _text(file: Path, *, required: bool) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        if required:
            raise SettingsError(f"There is no settings file {str(file)!r}; check the name.") from error
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The settings file {str(file)!r} cannot be read ({error}); make it a readable text file.") from error


def _from_flags(flags: Sequence[str]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for flag in flags:
        key, equals, value = flag.partition("=")
        *sections, name = keys = [part.strip() for part in key.split(".")]
        if not equals or not all(keys):
            raise SettingsError(f"{flag!r} sets nothing; write it as key=value, such as endpoint.end_s=0.6.")
        place: Any = given
        for section in sections:
            place = place.setdefault(section, {})
            if not isinstance(place, dict):
                break
        if not isinstance(place, dict) or isinstance(place.get(name), dict):
            raise SettingsError(f"--set {flag} contradicts another --set: a key has a value or keys of its own, not both; leave one out.")
        place[name] = value.strip()
    return given
