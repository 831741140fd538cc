"""A probe: how something is looked at, and, apart from that, what is thought of it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar

from assistant.errors import SettingsError
from assistant.settings import Settings, read_settings
from clients.doctor import probes
from clients.doctor.finding import Finding

Seen = TypeVar("Seen")


@dataclass(frozen=True)
class Given:
    """What the command line says of the settings: the doctor reads them itself, as a mistake in them is a finding."""

    path: Path | None = None
    flags: Sequence[str] = ()

    def read(self) -> Settings:
        """Return the settings as every command reads them.

        Raises:
            SettingsError: there is a mistake in them.
        """
        return read_settings(self.path, self.flags)

    @cached_property
    def settings(self) -> Settings:
        """The settings; where there is a mistake in them, which is one probe's finding, the defaults for the other probes."""
        try:
            return self.read()
        except SettingsError:
            return Settings.model_construct()

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return asdict(self) | {"path": self.path and str(self.path)}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Given:
        """Return what `as_json` gave."""
        return cls(Path(kept["path"]) if kept["path"] else None, tuple(kept["flags"]))


@dataclass(frozen=True)
class Probe(Generic[Seen]):
    """One thing that is looked at, in a process of its own.

    Imports of packages stand where they are used: what cannot be imported is to be a finding of that process.
    """

    title: str
    place: int
    """Where it stands on the page; the smallest comes first."""
    look: Callable[[Given], Seen]
    """Finds out how things are; the only part with effects. A ParleyError that it raises is a finding."""
    judge: Callable[[Seen], list[Finding]]
    """Says what is thought of that: no effects, so that tables can test it."""
    doing: str = ""
    """What a person should know while it runs."""
    limit_s: float = 20.0
    """After so long it is ended, which is a finding."""
    light: bool = True
    """Loads no engine and makes no sound: part of a quick examination."""


def names() -> list[str]:
    """Return the names of the modules with probes, in the order of the page."""
    found = [module.name for module in pkgutil.iter_modules(probes.__path__)]
    return sorted(found, key=lambda name: probe(name).place)


def probe(name: str) -> Probe[Any]:
    """Return the probe of a module."""
    found: Probe[Any] = importlib.import_module(f"{probes.__name__}.{name}").PROBE
    return found
