"""Settings from flags, the environment and one TOML file, in that order of precedence; every mistake is named exactly.

The only module here that needs more than numpy: pydantic-settings reads and checks the values.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from assistant.errors import SettingsError
from assistant.foreign import parsed_toml
from assistant.mistakes import ENVIRONMENT, NESTED, complaint, place
from assistant.sections import BudgetSettings, EndpointSettings, LargeSettings, ModelSettings, ServerSettings

DEEPEST = 8
"""Parts of a dotted key: more than any has."""


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
    pack: str | None = None
    """The domain pack of the assistant: its name, or its folder."""
    endpoint: EndpointSettings = EndpointSettings()
    budget: BudgetSettings = BudgetSettings()
    models: ModelSettings = ModelSettings()
    server: ServerSettings = ServerSettings()
    large: LargeSettings = LargeSettings()


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
    try:
        read = parsed_toml(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file} is no TOML: {error}; correct that line.") from error

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
            return init_settings, env_settings, InitSettingsSource(settings_cls, init_kwargs=read)

    try:
        return Sourced(**given)
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
        if not equals or not all(keys) or len(keys) > DEEPEST:
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
