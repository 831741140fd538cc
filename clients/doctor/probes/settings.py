"""The settings: which file is in force, and what it, variables and flags change."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.errors import SettingsError
from assistant.mistakes import ENVIRONMENT, NESTED
from assistant.settings import Settings, default_path
from clients.doctor.finding import Finding, from_error, ok
from clients.doctor.probe import Given, Probe


@dataclass(frozen=True)
class Changes:
    """What is set, and where."""

    file: Path
    there: bool
    changed: Mapping[str, Any] = field(default_factory=dict)
    """Each key that has another value than by default."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Of those that do not come from the file: the flag or the variable."""
    mistake: SettingsError | None = None


def judge(seen: Changes) -> list[Finding]:
    """Say what is in force."""
    if seen.mistake:
        return [from_error("Settings", seen.mistake)]
    where = f"{seen.file} is in force" if seen.there else f"There is no file {seen.file}, which is fine"
    changes = [f"{key} = {_shown(value)}{_by(seen.sources.get(key))}" for key, value in seen.changed.items()]
    what = f"set: {', '.join(changes)}" if changes else "all is as by default"
    values = {"file": str(seen.file), "there": seen.there, "changed": {key: _plain(value) for key, value in seen.changed.items()}}
    return [ok("Settings", f"{where}; {what}.", **values)]


def _by(source: str | None) -> str:
    return f" (by {source})" if source else ""


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each value that is no section, with its dotted key."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def different(settings: Settings) -> dict[str, Any]:
    """Return the keys whose values are not the default ones."""
    usual = dict(flat(Settings.model_construct().model_dump()))
    return {key: value for key, value in flat(settings.model_dump()) if key not in usual or usual[key] != value}


def sources(keys: Sequence[str], flags: Sequence[str], variables: Sequence[str]) -> dict[str, str]:
    """Return for each key the flag or the variable that set it, in the order in which they win."""
    flagged = {flag.partition("=")[0].strip() for flag in flags}
    named = {name.upper().removeprefix(ENVIRONMENT).replace(NESTED, ".").lower(): name for name in variables}
    found = {key: "--set" if key in flagged else named.get(key.lower(), "") for key in keys}
    return {key: source for key, source in found.items() if source}


def look(given: Given) -> Changes:
    """Read them as every command does."""
    file = given.path or default_path()
    try:
        settings = given.read()
    except SettingsError as error:
        return Changes(file, file.exists(), mistake=error)
    changed = different(settings)
    if settings.glossary is not None:
        from clients.cli.running import glossary

        try:
            glossary(settings)
        except SettingsError as error:
            return Changes(file, file.exists(), mistake=error)
    ours = [name for name in os.environ if name.upper().startswith(ENVIRONMENT)]
    return Changes(file, file.exists(), changed, sources(list(changed), given.flags, ours))


PROBE = Probe("Settings", 30, look, judge)
