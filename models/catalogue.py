"""The catalogue: which models take the place of the starter models, where they lie, and how to know that what arrives is right."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from assistant.errors import InputError, SettingsError
from assistant.foreign import MOST_SHOWN, parsed_toml, shown
from models.names import NAME, is_name, no_device

CONTEXT_TOKENS = 2048
"""The longest conversation that is advised for a language model of the catalogue: more costs memory, and time where it is begun anew."""

OVERHEAD = 1.15
"""Least memory of a model over the size of its file: buffers, the vocabulary."""

RECEIPT = "parley.json"
"""What lies beside the files of an installed model, so no file of a model may have that name."""


class Kind(StrEnum):
    """What a model does."""

    RECOGNITION = "recognition"
    ASSISTANT = "assistant"
    TRANSLATION = "translation"
    VOICE = "voice"
    TURN = "turn"

    @property
    def setting(self) -> str:
        """Return the key of the settings that takes it; LANG stands for a language."""
        return {
            Kind.RECOGNITION: "models.recognizers.LANG", Kind.VOICE: "models.voices.LANG", Kind.TURN: "models.turn_detector",
        }.get(self, "models.language_model")  # fmt: skip

    @property
    def told(self) -> str:
        """Return it in words."""
        return {Kind.RECOGNITION: "a recognizer", Kind.VOICE: "a voice", Kind.TURN: "a turn detector"}.get(self, "a language model")


class Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class File(Row):
    path: str = Field(min_length=1, max_length=400)
    """Below the repository."""
    bytes: int | None = Field(None, gt=0)
    sha256: str | None = Field(None, pattern=r"^[0-9a-f]{64}$")

    @field_validator("path")
    @classmethod
    def _below(cls, path: str) -> str:
        if path.startswith("/") or "\\" in path or not {"", ".", ".."}.isdisjoint(path.split("/")):
            raise ValueError("a path is relative, with / between its parts and without ..")
        if not re.fullmatch(NAME, PurePosixPath(path).name):
            raise ValueError("the name of a file has letters, digits and . _ + - only")
        no_device(PurePosixPath(path).name)
        if PurePosixPath(path).name == RECEIPT:
            raise ValueError(f"{RECEIPT} is what Parley itself writes beside a model")
        return path

    @property
    def name(self) -> str:
        """Return what it is called where it is installed."""
        return PurePosixPath(self.path).name


class Licence(Row):
    name: str = Field(min_length=1)
    url: str = Field(pattern=r"^https?://")
    duties: str = Field(min_length=1)
    """What it asks of whoever has or passes on a copy."""
    accept: bool = False
    """It has to be accepted before the model is fetched."""
    accompanies: bool = False
    """Its text has to go with every copy."""


class Published(Row):
    """What somebody measured of a model, not us: of the whole model, before it was made smaller."""

    measure: str = Field(min_length=1)
    """WER, IFEval, MMLU-Pro, COMET-22, with what must be known to compare it; in percent but for COMET."""
    value: float
    source: str = Field(pattern=r"^https?://")
    language: str | None = None
    """ISO 639-1; None where it is not of one language."""


class Build(Row):
    """What must be known of an architecture to tell how long it takes."""

    width: int = Field(gt=0)
    layers: tuple[int, int] | None = None
    """Recognition: of the encoder and of the decoder."""
    vocabulary: int | None = Field(None, gt=0)
    """Of a language model, whose output matrix is so tall."""
    computes_m: int | None = Field(None, gt=0)
    """Millions of parameters that take part in each token, where that is not all; the others are looked up."""


class Entry(Row):
    """One model."""

    name: str = Field(min_length=1)
    """As it is shown."""
    kind: Kind
    repo: str = Field(pattern=r"^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$")
    revision: str = Field(pattern=r"^[A-Za-z0-9._-]+$")
    files: Annotated[tuple[File, ...], Field(min_length=1)]
    """The weights first."""
    licence: str
    licence_file: str | None = None
    """Its text, in the repository."""
    languages: tuple[str, ...] = ()
    """ISO 639-1; none where there are many, or nobody says which."""
    speaks: str | None = None
    """The same in words."""
    memory_mb: int | None = Field(None, gt=0)
    kv_bytes: int | None = Field(None, gt=0)
    window_tokens: int | None = Field(None, gt=0)
    """The longest conversation that it takes at all."""
    window_s: int | None = Field(None, gt=0)
    """Seconds of sound that it takes, and pads shorter ones to."""
    thinking: Literal["none", "off", "forced off"] | None = None
    tools: Literal["json", "qwen", "lfm", "gemma"] | None = None
    hybrid: bool = False
    notes: tuple[str, ...] = ()
    build: Build | None = None
    published: tuple[Published, ...] = ()

    @field_validator("files")
    @classmethod
    def _apart(cls, files: tuple[File, ...]) -> tuple[File, ...]:
        if len({file.name for file in files}) < len(files):
            raise ValueError("two of its files have the same name")
        return files

    @property
    def verified(self) -> bool:
        """Tell whether of every file the hash is known."""
        return all(file.sha256 for file in self.files)

    @property
    def bytes(self) -> int:
        """Return what its files take, as far as that is known."""
        return sum(file.bytes or 0 for file in self.files)

    @property
    def memory_bytes(self) -> tuple[int, bool]:
        """Return what it takes while it runs, and whether that was measured; otherwise it is the least that it can be."""
        if self.memory_mb is not None:
            return self.memory_mb * 1_000_000, True
        kept = CONTEXT_TOKENS * (self.kv_bytes or 0)
        weights = self.bytes // 2 if self.kind is Kind.RECOGNITION else self.bytes  # half precision on disk, int8 in memory
        return round(weights * OVERHEAD) + kept, False


class Catalogue(Row):
    """All entries, and the licences that they name."""

    as_of: str = ""
    licences: Mapping[str, Licence] = {}
    models: Mapping[str, Entry] = {}

    def entry(self, name: str) -> Entry:
        """Return one.

        Raises:
            InputError: there is none of that name.
        """
        if name not in self.models:
            near = [other for other in self.models if name.lower() in other.lower()][:5]
            shown = f"did you mean {', '.join(near)}?" if near else "parley models list shows them."
            raise InputError(f"The catalogue has no model {name!r}; {shown}")
        return self.models[name]

    def licence(self, name: str) -> Licence:
        """Return the licence of a model."""
        return self.licences[self.entry(name).licence]


def catalogue(own: Path | None = None) -> Catalogue:
    """Return what ships, and over it a person's own.

    Raises:
        SettingsError: it cannot be read, or holds something else.
    """
    shipped = _shipped()
    if own is None:
        return shipped
    try:
        text = own.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise SettingsError(f"There is no catalogue {str(own)!r}; check the name.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The catalogue {str(own)!r} cannot be read ({error}); make it a readable text file.") from error
    added = _read(text, str(own), shipped.licences)
    return Catalogue(
        as_of=added.as_of or shipped.as_of, licences={**shipped.licences, **added.licences}, models={**shipped.models, **added.models}
    )


@cache
def _shipped() -> Catalogue:
    return _read((files("models") / "catalogue.toml").read_text(encoding="utf-8"), "models/catalogue.toml", {})


def _read(text: str, where: str, licences: Mapping[str, Licence]) -> Catalogue:
    try:
        read = Catalogue.model_validate(parsed_toml(text))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{where} is no TOML: {error}; correct that line.") from error
    except ValidationError as error:
        raise SettingsError(f"{where}, {_complaint(error.errors()[0])}") from error
    for name, entry in read.models.items():
        if not is_name(name):
            raise SettingsError(f"{where}: {name!r} is no name for a model; take letters, digits and . _ + -.")
        if entry.licence not in read.licences and entry.licence not in licences:
            raise SettingsError(f"{where}, models.{name}: there is no licence {entry.licence!r}; describe it under [licences].")
    return read


def _complaint(wrong: Any) -> str:
    key = ".".join(str(part) for part in wrong["loc"])[:MOST_SHOWN]
    message = str(wrong["ctx"]["error"]) if wrong["type"] == "value_error" else wrong["msg"][:1].lower() + wrong["msg"][1:]
    return f"{key}: {shown(wrong['input'])} is not allowed; {message}."
