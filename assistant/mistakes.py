"""A setting that is not allowed, as a person is told of it: where it stands, and what would be right."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from assistant.foreign import MOST_SHOWN, shown

ENVIRONMENT = "PARLEY_"
"""Prefix of environment variables; `PARLEY_ENDPOINT__END_S` is the key `endpoint.end_s`."""

NESTED = "__"

Keys: TypeAlias = tuple[str, ...]
"""The parts of a dotted key."""


def place(wrong: Mapping[str, Any], file: Path, text: str, given: Mapping[str, Any]) -> str:
    """Return where a wrong value came from: the flag, the variable, or the line of the file."""
    keys = tuple(str(part) for part in wrong["loc"])
    if flag := _closest(keys, dict.fromkeys(_paths(given))):
        return f"--set {_dotted(flag)}"
    variables = {tuple(name.lower().removeprefix(ENVIRONMENT.lower()).split(NESTED)): name for name in os.environ if _is_ours(name)}
    if variable := _closest(keys, variables):
        return f"The environment variable {variables[variable]}"
    lines = dict(_lines(text))
    line = _closest(keys, lines)
    return f"{file}, line {lines[line] if line else 1}, {_dotted(keys)}"


def _dotted(keys: Keys) -> str:
    return ".".join(keys)[:MOST_SHOWN]


def _is_ours(variable: str) -> bool:
    return variable.lower().startswith(ENVIRONMENT.lower())


def _closest(keys: Keys, set_: Mapping[Keys, object]) -> Keys | None:
    """Return which of the keys that were set is meant: that one, one inside of it, or the one that it is inside of."""
    related = [path for path in set_ if path[: len(keys)] == keys[: len(path)]]
    return min(related, key=lambda path: (path != keys, -len(path)), default=None)


def _paths(given: Mapping[str, Any]) -> Iterator[Keys]:
    for key, value in given.items():
        if isinstance(value, dict):
            yield from ((key, *rest) for rest in _paths(value))
        else:
            yield (key,)


def _lines(text: str) -> Iterator[tuple[Keys, int]]:
    """Yield each key and each section of a TOML file with its line, from 1."""
    section: Keys = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[+([^\]]+)\]", line):
            section = _keys(header.group(1))
            yield section, number
        elif name := re.match(r"\s*([\w.\"' -]+?)\s*=", line):
            yield section + _keys(name.group(1)), number


def _keys(dotted: str) -> Keys:
    return tuple(part.strip(" \"'") for part in dotted.split("."))


def complaint(wrong: Mapping[str, Any], model: Any) -> str:
    """Return what is wrong with a value of the settings `model`, and what is allowed."""
    loc, given = wrong["loc"], wrong["input"]
    if loc[:1] == ("key",):
        return "that is no key, which is text in quotes."  # what it is may be a secret
    match wrong["type"]:
        case "value_error":
            return str(wrong["ctx"]["error"])
        case "extra_forbidden":
            return f"there is no key {shown(loc[-1])}; the keys here are {', '.join(_known(model, loc[:-1]))}."
        case "model_type" | "model_attributes_type":
            return f"{shown(given)} is not allowed; it has keys of its own: {', '.join(_known(model, loc))}."
        case "dict_type":
            return f"{shown(given)} is not allowed; it has a key for each language, such as {'.'.join(map(str, loc))}.en."
        case "path_type":
            return f"{shown(given)} is not allowed; give a path as text."
    message = wrong["msg"]
    return f"{shown(given)} is not allowed; {message[:1].lower()}{message[1:]}."


def _known(model: Any, section: Sequence[int | str]) -> list[str]:
    for part in section:
        model = model.model_fields[part].annotation
    return list(model.model_fields)
