"""JSON and TOML that somebody else wrote: it is read, or it is a `ValueError`, however deep, long or odd it is."""

from __future__ import annotations

import json
import math
import tomllib
from typing import Any, NoReturn

MOST_SHOWN = 200
"""Characters of a value in an error."""

TOO_LONG = "a number in it has more than 64 bits"


def parsed_json(text: str | bytes | bytearray) -> Any:
    """Return the value of some JSON, as the standard has it: no NaN, no infinity, no half of a character.

    Raises:
        ValueError: it is none.
    """
    if isinstance(text, str):
        text.encode()  # half of a character is a ValueError, too
    try:
        found = json.loads(text, parse_constant=_no_number, parse_float=_finite)
        if ("\\u" if isinstance(text, str) else b"\\u") in text:  # type: ignore[operator]  # both are of one kind
            json.dumps(found, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("It is nested too deeply.") from error
    return found


def parsed_toml(text: str) -> dict[str, Any]:
    """Return the table of some TOML.

    Raises:
        TOMLDecodeError: it is none, or is nested more deeply than anybody writes.
    """
    try:
        found = tomllib.loads(text)
        _look(found)
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError as error:
        raise tomllib.TOMLDecodeError("it is nested too deeply") from error
    except ValueError as error:  # decimal digits are counted by Python itself
        raise tomllib.TOMLDecodeError(TOO_LONG) from error
    return found


def shown(value: Any) -> str:
    """Return a value as an error shows it: its beginning, if it is long."""
    said = repr(value)
    return said if len(said) <= MOST_SHOWN else f"{said[:MOST_SHOWN]}…"


def _look(value: Any) -> None:
    """Refuse numbers that TOML does not promise to take: of the longest, not even an error could tell."""
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise tomllib.TOMLDecodeError(TOO_LONG)
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _look(inner)


def _no_number(said: str) -> NoReturn:
    raise ValueError(f"{said} is no number.")


def _finite(said: str) -> float:
    if not math.isfinite(found := float(said)):
        raise ValueError(f"{said:.20} is no number.")
    return found
