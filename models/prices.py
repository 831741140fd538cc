"""What an answer of a hosted model costs."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from assistant.errors import SettingsError
from assistant.foreign import parsed_toml, shown

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens."""

    read: float
    written: float
    cached: float | None = None
    """Of those that the provider had read before; as others if it is not known."""

    def cost(self, usage: Usage) -> float:
        """Return what so many tokens cost, in US dollars."""
        if usage.told_usd is not None:
            return usage.told_usd
        cached_price = self.read if self.cached is None else self.cached
        return ((usage.read - usage.cached) * self.read + usage.cached * cached_price + usage.written * self.written) / MILLION


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one answer, as OpenAI counts: those read hold the cached ones, those written the reasoning."""

    read: int
    written: int
    cached: int = 0
    told_usd: float | None = None
    """What the provider itself says that it costs."""
    estimated: bool = False
    """The provider told nothing that can be true: counted from the texts."""


def prices(own: Path | None = None) -> dict[str, Price]:
    """Return the prices by model: the table that ships, and over it a person's own.

    Raises:
        SettingsError: it cannot be read, or holds something else.
    """
    shipped = _shipped()
    found = _table(shipped, "models/prices.toml")
    if own is not None:
        try:
            found |= _table(parsed_toml(own.read_text(encoding="utf-8")), str(own))
        except FileNotFoundError as error:
            raise SettingsError(f"There is no table of prices {str(own)!r}; check the name.") from error
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise SettingsError(f"The table of prices {str(own)!r} cannot be read ({error}); correct it.") from error
    return found


def as_of() -> str:
    """Return the date of the table that ships."""
    return str(_shipped()["as_of"])


def _shipped() -> dict[str, Any]:
    return tomllib.loads((files("models") / "prices.toml").read_text(encoding="utf-8"))


def _table(table: dict[str, Any], name: str) -> dict[str, Price]:
    entries = table.get("models")
    if not isinstance(entries, dict):
        raise SettingsError(f"{name} has no [models]; write each price below it, such as: mine = {{ in = 0.1, out = 0.5 }}.")
    return {model: _price(entry, f"{name}, {model}") for model, entry in entries.items()}


def _price(entry: Any, where: str) -> Price:
    names = {"in", "out", "cached"}
    if not isinstance(entry, dict) or not {"in", "out"} <= set(entry) <= names:
        raise SettingsError(f"{where} is {shown(entry)}; write dollars for a million tokens, such as {{ in = 0.1, out = 0.5 }}.")
    for value in entry.values():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < MILLION:
            raise SettingsError(f"{where}: {shown(value)} is no price; write dollars for a million tokens.")
    return Price(entry["in"], entry["out"], entry.get("cached"))
