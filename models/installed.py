"""The models that were fetched: one folder each, with a receipt that says what it is and what its files were."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.errors import InputError, ModelCorrupt, ModelMissing
from models.catalogue import RECEIPT, Entry, Kind, Licence, catalogue
from models.disk import sha256_of
from models.names import NAME, FileName

LLMS = (Kind.ASSISTANT, Kind.TRANSLATION)


class Kept(BaseModel):
    """One file as it was when it came."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: FileName
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    verified: bool
    """The catalogue knew its hash, and it was that."""


class Receipt(BaseModel):
    """What lies beside the files of a model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: FileName
    """In the catalogue, and of the folder."""
    entry: Entry
    commit: str = Field(pattern=r"^[A-Za-z0-9._-]+$")
    """Of the repository, as the hub told it; the catalogue's revision if it did not."""
    source: str
    """Where it came from."""
    files: tuple[Kept, ...]
    """The weights first, as in the catalogue; the text of the licence last, if there is one."""
    licence: Licence
    accepted: bool
    """The licence had to be accepted, and was."""
    time: str
    """When it came: ISO 8601, UTC."""

    def is_of(self, entry: Entry) -> bool:
        """Tell whether this is still what the catalogue asks for."""
        have = {file.name: file.sha256 for file in self.files}
        if self.entry.repo != entry.repo or not have.keys() >= {file.name for file in entry.files}:
            return False
        same = all(have[file.name] == file.sha256 for file in entry.files if file.sha256)
        return same and (entry.verified or self.entry.revision == entry.revision)


def folder() -> Path:
    """Return where they lie."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "parley" / "models"


def installed() -> Mapping[str, Receipt]:
    """Return all of them, by name.

    Raises:
        ModelCorrupt: a receipt cannot be read.
    """
    names = sorted(path.parent.name for path in folder().glob(f"*/{RECEIPT}") if not path.parent.name.startswith("."))
    return {name: receipt for name in names if (receipt := receipt_of(name)) is not None}


def receipt_of(name: str) -> Receipt | None:
    """Return the receipt of one, if it is there.

    Raises:
        ModelCorrupt: it cannot be read.
    """
    if not re.fullmatch(NAME, name):
        return None
    path = folder() / name / RECEIPT
    try:
        return Receipt.model_validate_json(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, ValidationError) as error:
        raise ModelCorrupt(
            f"{str(path)!r} cannot be read; fetch the model again: parley models remove {name} && parley models pull {name}."
        ) from error


def required(name: str) -> Receipt:
    """Return the receipt of one.

    Raises:
        InputError: it is not installed.
    """
    if (receipt := receipt_of(name)) is None:
        raise InputError(f"The model {name!r} is not installed; parley models list shows which are, parley models pull {name} fetches it.")
    return receipt


def main_path(receipt: Receipt) -> Path:
    """Return what the settings name: the folder of a recognizer, the weights of any other model."""
    place = folder() / receipt.name
    return place if receipt.entry.kind is Kind.RECOGNITION else place / receipt.files[0].name


def located(given: Path, kinds: Collection[Kind], key: str, own: Path | None = None) -> Path:
    """Return the path that a setting means: one word is the name of an installed model, if there is such a one; anything else is a path.

    Args:
        given: as it stands in the settings.
        kinds: what may stand there.
        key: of the setting.
        own: the person's own catalogue.

    Raises:
        ModelMissing: neither a model nor a file of that name is there.
        InputError: the model is of another kind.
    """
    name = str(given)
    if len(given.parts) != 1:
        return given
    receipt = receipt_of(name)
    if receipt is None:
        if given.exists():
            return given
        known = name in catalogue(own).models
        remedy = f"fetch the model: parley models pull {name}" if known else "parley models list shows the names of models"
        raise ModelMissing(f"{key} is {name!r}, but there is neither a model nor a file of that name; {remedy}.")
    if receipt.entry.kind not in kinds:
        raise InputError(f"{key} is {name!r}, but that is {receipt.entry.kind.told}; it belongs into {receipt.entry.kind.setting}.")
    return main_path(receipt)


def damage(receipt: Receipt) -> list[str]:
    """Return what is wrong with the files of a model, each in half a sentence; nothing if all are as they came."""
    wrong = []
    for file in receipt.files:
        path = folder() / receipt.name / file.name
        try:
            found = sha256_of(path)
        except OSError as error:
            wrong.append(
                f"{file.name} is missing" if isinstance(error, FileNotFoundError) else f"{file.name} cannot be read ({error.strerror})"
            )
            continue
        if found != file.sha256:
            wrong.append(f"{file.name} has the SHA-256 {found}, not {file.sha256}")
    return wrong
