"""A model written into the settings file, which otherwise stays as the person wrote it."""

from __future__ import annotations

import json
import os
import re
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from assistant.errors import InputError
from assistant.sections import ModelSettings
from assistant.settings import Settings
from models.catalogue import CONTEXT_TOKENS, Entry, Kind

Keys: TypeAlias = tuple[str, ...]
"""The parts of a dotted key."""

Chosen: TypeAlias = Mapping[Keys, str | int]


def chosen(name: str, entry: Entry, languages: Sequence[str], settings: Settings) -> Chosen:
    """Return what the settings must say so that a model is used.

    Raises:
        InputError: it is not clear for which language, or it does not know that one.
    """
    setting = tuple(entry.kind.setting.split("."))
    if entry.kind not in (Kind.RECOGNITION, Kind.VOICE):
        if languages:
            raise InputError(f"{name} is {entry.kind.told}, which is for all languages; leave --lang out.")
        added: dict[Keys, str | int] = {setting: name}
        if setting[-1] == "language_model" and settings.models.context_tokens == ModelSettings.model_fields["context_tokens"].default:
            added["models", "context_tokens"] = min(CONTEXT_TOKENS, entry.window_tokens or CONTEXT_TOKENS)
        return added
    for language in languages:
        if not re.fullmatch(r"[a-z]{2,3}", language):
            raise InputError(f"--lang {language!r} is no language; write its code, such as es.")
        if entry.languages and language not in entry.languages:
            raise InputError(f"{name} does not know {language!r}; it knows {', '.join(entry.languages)}.")
    if not languages and len(entry.languages) != 1:
        raise InputError(f"{name} knows more than one language; say which it is to be used for: --use --lang es.")
    return {(*setting[:-1], language): name for language in languages or entry.languages}


def lines(added: Chosen) -> str:
    """Return it as lines of a settings file."""
    return "\n".join(f"{'.'.join(keys)} = {json.dumps(value)}" for keys, value in added.items())


def write(path: Path, added: Chosen) -> bool:
    """Write it into a settings file; return False, and leave the file alone, where its form is too unusual to do so safely.

    Raises:
        InputError: the file cannot be read or written.
    """
    path = path.resolve()
    try:
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        new = old
        for keys, value in added.items():
            new = _with(new, keys, json.dumps(value))
        if not _is(new, _set(tomllib.loads(old), added)):
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        temporary.write_text(new, encoding="utf-8")
        if path.exists():
            shutil.copymode(path, temporary)
        temporary.replace(path)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The settings file {str(path)!r} cannot be changed ({error}); write into it yourself: {lines(added)}.") from error
    return True


def _with(text: str, keys: Keys, value: str) -> str:
    """Return a settings file with one key set, in the lines that it has if possible."""
    rows = text.splitlines()
    section: Keys = ()
    header = None
    for number, row in enumerate(rows):
        if found := re.match(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(#.*)?$", row):
            section = _split(found[1])
            header = number if section == keys[:-1] else header
        elif re.match(r"\s*\[\[", row):
            section = ("", "")  # one of several: nothing of ours
        elif (found := re.match(r"(\s*([^=#]+?)\s*=\s*)(\"(?:[^\"\\]|\\.)*\"|'[^']*'|[\w.+-]+)(\s*(?:#.*)?)$", row)) and section + _split(
            found[2]
        ) == keys:
            rows[number] = f"{found[1]}{value}{found[4]}"
            return "\n".join(rows) + "\n"
    if header is not None:
        rows.insert(header + 1, f"{keys[-1]} = {value}")
    else:
        rows += [*([""] if rows and rows[-1].strip() else []), f"[{'.'.join(keys[:-1])}]", f"{keys[-1]} = {value}"]
    return "\n".join(rows) + "\n"


def _split(dotted: str) -> Keys:
    return tuple(part.strip(" \t\"'") for part in dotted.split("."))


def _set(settings: dict[str, Any], added: Chosen) -> dict[str, Any]:
    for keys, value in added.items():
        place = settings
        for key in keys[:-1]:
            place = place.setdefault(key, {})
        place[keys[-1]] = value
    return settings


def _is(text: str, expected: dict[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == expected
    except tomllib.TOMLDecodeError:
        return False
