"""The small models that ship with the project: where they lie, and whether they are whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from assistant.errors import ModelCorrupt, ModelMissing

FOLDER = Path(__file__).parent
MANIFEST = FOLDER / "manifest.json"
"""Name of each file below `FOLDER` -> its size in bytes and its SHA-256."""

REPAIR = "git restore models/starter (or install Parley again)"


@dataclass(frozen=True)
class Starter:
    """The starter models, by what they do; paths below `FOLDER`."""

    recognizers: Mapping[str, str]
    language_model: str
    voices: Mapping[str, str]
    """By language: a folder with `voice.onnx`. Other languages are spoken by espeak-ng."""


STARTER = Starter(
    MappingProxyType({"en": "asr-en", "es": "asr-es"}),
    "llm/parley-starter-q8_0.gguf",
    MappingProxyType({"en": "voice-en", "es": "voice-es"}),
)


def verified(name: str, folder: Path = FOLDER) -> Path:
    """Return the path of a starter model, a file or a folder, once all its bytes are known to be the shipped ones.

    Raises:
        ModelMissing: a file is not there.
        ModelCorrupt: a file has other bytes.
    """
    try:
        manifest = json.loads((folder / MANIFEST.name).read_text())
        files = {file: entry["sha256"] for file, entry in manifest.items() if file == name or file.startswith(f"{name}/")}
    except FileNotFoundError as error:
        raise ModelMissing(f"The starter models' list {folder / MANIFEST.name} is missing; restore it: {REPAIR}.") from error
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise ModelCorrupt(f"The starter models' list {folder / MANIFEST.name} is damaged ({error}); restore it: {REPAIR}.") from error
    if not files:
        raise ModelMissing(f"The starter models' list {folder / MANIFEST.name} does not know {name!r}; restore it: {REPAIR}.")
    for file, expected in files.items():
        path = folder / file
        if not path.is_file():
            raise ModelMissing(f"The starter model's file {path} is missing; restore it: {REPAIR}.")
        with path.open("rb") as data:
            found = hashlib.file_digest(data, "sha256").hexdigest()
        if found != expected:
            raise ModelCorrupt(f"The starter model's file {path} is damaged: its SHA-256 is {found}, not {expected}; restore it: {REPAIR}.")
    return folder / name


def write_manifest(folder: Path = FOLDER) -> None:
    """Write the manifest of the models that lie in `folder` now: the last step of a recipe."""
    names = [*STARTER.recognizers.values(), str(Path(STARTER.language_model).parent), *STARTER.voices.values()]
    files = sorted(path for name in names for path in (folder / name).glob("*") if path.is_file() and path.suffix != ".md")
    entries = {
        path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in files
    }
    (folder / MANIFEST.name).write_text(json.dumps(entries, indent=2) + "\n")
