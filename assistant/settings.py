"""Settings from flags, the environment and one TOML file, in that order of precedence; every mistake is named exactly.

The only module here that needs more than numpy: pydantic-settings reads and checks the values.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from assistant.errors import SettingsError

ENVIRONMENT = "PARLEY_"
"""Prefix of environment variables; `PARLEY_ENDPOINT__END_S` is the key `endpoint.end_s`."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EndpointSettings(_Section):
    """When an utterance is over; seconds of silence."""

    pause_s: float = Field(0.18, ge=0.05, le=2)
    """After so much an answer is drafted."""
    end_s: float = Field(0.4, ge=0.1, le=5)
    """After so much the utterance is over."""


class ModelSettings(_Section):
    """Models that take the place of the starter models, and what they may use."""

    recognizers: dict[str, Path] = {}
    """By language: a folder with a Whisper model in CTranslate2's format."""
    language_model: Path | None = None
    """A GGUF file with a chat template."""
    voices: dict[str, Path] = {}
    """By language: a Piper voice, `NAME.onnx` with `NAME.onnx.json` beside it."""
    threads: int | None = Field(None, ge=1, le=256)
    """Of the language model; all cores but one if not set."""
    context_tokens: int = Field(1024, ge=256, le=131_072)
    """The longest conversation that the language model holds."""


class Settings(BaseSettings):
    """All that can be set."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix=ENVIRONMENT, env_nested_delimiter="__")

    microphone: str | None = None
    """Number of a device, or a part of its name."""
    speaker: str | None = None
    """Number of a device, or a part of its name."""
    interrupts: bool = False
    """Speech into a reply may stop it: for headphones, as there is no echo cancellation."""
    endpoint: EndpointSettings = EndpointSettings()
    models: ModelSettings = ModelSettings()


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
        raise SettingsError(f"{_place(wrong, file, text, given)}: {_complaint(wrong)}") from error


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
        *sections, name = key.strip().split(".")
        if not equals or not name:
            raise SettingsError(f"{flag!r} sets nothing; write it as key=value, such as endpoint.end_s=0.6.")
        place = given
        for section in sections:
            place = place.setdefault(section, {})
        place[name] = value.strip()
    return given


def _place(wrong: ErrorDetails, file: Path, text: str, given: dict[str, Any]) -> str:
    """Return where a wrong value came from: the flag, the variable, or the line of the file."""
    keys = [str(part) for part in wrong["loc"]]
    dotted = ".".join(keys)
    place: Any = given
    for key in keys:
        place = place.get(key) if isinstance(place, dict) else None
    if place is not None:
        return f"--set {dotted}"
    variable = ENVIRONMENT + "__".join(keys).upper()
    if variable in os.environ:
        return f"The environment variable {variable}"
    return f"{file}, line {_line(text, keys)}, {dotted}"


def _line(text: str, keys: list[str]) -> int:
    """Return the line, from 1, of the key that the text sets; of its section where it stands in no line of its own."""
    section, found = "", 1
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[([^\]]+)\]", line):
            section = header.group(1).strip()
        name = re.match(r"\s*([\w.\"'-]+)\s*=", line)
        path = ".".join(part for part in (section, name.group(1) if name else "") if part).replace('"', "")
        if path and ".".join(keys).startswith(path):
            found = number
            if path == ".".join(keys):
                return number
    return found


def _complaint(wrong: ErrorDetails) -> str:
    """Return what is wrong with a value, and what is allowed."""
    if wrong["type"] == "extra_forbidden":
        known = _known(wrong["loc"][:-1])
        return f"there is no key {wrong['loc'][-1]!r}; the keys here are {', '.join(known)}."
    message = wrong["msg"]
    return f"{wrong['input']!r} is not allowed; {message[:1].lower()}{message[1:]}."


def _known(section: Sequence[int | str]) -> list[str]:
    model: Any = Settings
    for part in section:
        model = model.model_fields[part].annotation
    return list(model.model_fields)
