"""Reading the TOML of a pack: what is there, and the exact place of what is wrong."""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from assistant.errors import InputError
from assistant.foreign import parsed_toml, shown

MOST_BYTES = 1_000_000
"""Of one file: a pack is read by people."""


def text_of(path: Path) -> str:
    """Return what a file of a pack says.

    Raises:
        InputError: it is not there, is a link, is too long, or is no text.
    """
    try:
        if path.is_symlink():
            raise InputError(f"{path} is a link; put the file itself into the pack.")
        if not stat.S_ISREG((about := path.stat()).st_mode):
            raise InputError(f"{path} is no file; put a text file there.")
        if about.st_size > MOST_BYTES:
            raise InputError(f"{path} has {about.st_size} bytes; at most {MOST_BYTES} are allowed, so divide it.")
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise InputError(f"{path} is missing; a pack needs it, and parley pack new NAME shows how it looks.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no text in UTF-8; save it as such.") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); make it readable.") from error


def toml_of(path: Path) -> dict[str, Any]:
    """Return the table in a file of a pack.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return parsed_toml(text_of(path))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path} is no TOML: {error}; correct that line.") from error


class Fields:
    """The values of one table, each taken once by its key; what is left over is a mistake."""

    def __init__(self, table: Mapping[str, Any], where: str) -> None:
        self._left, self._known, self._where = dict(table), list[str](), where

    def text(self, key: str) -> str:
        """Return a text that must be there."""
        value = self._take(key)
        if not isinstance(value, str) or not value.strip():
            raise InputError(f'{self._where}: {key} is {_shown(value)}; write a text, such as {key} = "...".')
        return " ".join(value.split())

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts; one text is a list of one, and none is empty."""
        return _texts(self._take(key, ()), f"{self._where}: {key}")

    def one(self, key: str, choices: Sequence[str]) -> str:
        """Return a text that is one of `choices`."""
        value = self.text(key)
        if value not in choices:
            raise InputError(f"{self._where}: {key} knows no {shown(value)}; choose from {', '.join(choices)}.")
        return value

    def some(self, key: str, choices: Sequence[str]) -> tuple[str, ...]:
        """Return texts that are among `choices`."""
        values = self.texts(key)
        for value in values:
            if value not in choices:
                raise InputError(f"{self._where}: {key} knows no {shown(value)}; choose from {', '.join(choices)}.")
        return values

    def by_language(self, key: str, languages: Sequence[str], *, required: bool = False) -> dict[str, tuple[str, ...]]:
        """Return lists of texts by language."""
        value = self._take(key, {})
        if not isinstance(value, dict):
            raise InputError(f'{self._where}: {key} is {_shown(value)}; write it by language, such as {key}.{languages[0]} = "...".')
        for language in value:
            if language not in languages:
                raise InputError(f"{self._where}: {key} has {language!r}, which is none of the pack's languages: {', '.join(languages)}.")
        for language in languages:
            if required and language not in value:
                raise InputError(f'{self._where}: {key} says nothing in {language!r}; add {key}.{language} = "...".')
        return {language: _texts(texts, f"{self._where}: {key}.{language}") for language, texts in value.items()}

    def has(self, key: str) -> bool:
        return key in self._left

    def done(self) -> None:
        """Complain about what nobody asked for."""
        for key in self._left:
            near = get_close_matches(key, self._known, 1)
            remedy = f"did you mean {near[0]!r}?" if near else f"it may have {', '.join(self._known)}."
            raise InputError(f"{self._where} has no key {shown(key)}; {remedy}")

    def _take(self, key: str, otherwise: Any = None) -> Any:
        self._known.append(key)
        return self._left.pop(key, otherwise)


def _texts(value: Any, where: str) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list | tuple) or not all(isinstance(text, str) and text.strip() for text in listed):
        raise InputError(f'{where} is {_shown(value)}; write a list of texts, such as ["..."].')
    return tuple(" ".join(text.split()) for text in listed)


def _shown(value: Any) -> str:
    return "missing" if value is None else shown(value)
