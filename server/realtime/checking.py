"""What a client sends, held against its model: a field that is wrong is named, a null asks for the default."""

from __future__ import annotations

import re
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from server.realtime.refusals import Refused

T = TypeVar("T", bound=BaseModel)

_OURS = ("server_vad", "semantic_vad", "function")
"""Names of alternatives, which pydantic counts among the fields."""

MOST_SAID = 500
"""Characters of what is told of a mistake."""


class Part(BaseModel):
    """Something that a client sets: unknown keys are tolerated, and a null, where it is no value, asks for the default."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _nulls(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {key: value for key, value in given.items() if value is not None or cls._may_be_null(key)}

    @classmethod
    def _may_be_null(cls, key: str) -> bool:
        field = cls.model_fields.get(key)
        return field is not None and type(None) in get_args(field.annotation)


def checked(kind: type[T], given: dict[str, Any], where: str) -> T:
    """Return the object, or say exactly what is wrong with it.

    Raises:
        Refused: names the wrong field.
    """
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise refusal(error, where) from error


def refusal(error: ValidationError, *where: str, skip: int = 0) -> Refused:
    """Return what a client is told of the first thing that is wrong.

    Args:
        error: of the check.
        where: the field that was checked.
        skip: parts of the place that are pydantic's: the names of alternatives.
    """
    wrong = error.errors(include_url=False)[0]
    place = (str(part) for part in wrong["loc"][skip:])
    param = ".".join([*where, *(part for part in place if part not in _OURS and re.fullmatch(r"\w{1,128}", part))])
    said = wrong["msg"].removeprefix("Value error, ").rstrip(".")
    said = f"{said[0].lower()}{said[1:MOST_SAID]}{'…' if len(said) > MOST_SAID else ''}"  # it may quote all that was sent
    match wrong["type"]:
        case "missing":
            return Refused(f"Missing required parameter: '{param}'.", "missing_required_parameter", param)
        case kind if kind.endswith("_type") or kind.endswith("_parsing"):
            return Refused(f"Invalid type for '{param}': {said}.", "invalid_type", param)
        case _:
            return Refused(f"Invalid value for '{param}': {said}.", "invalid_value", param)


def deep(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Return `old` with what `new` changes, at any depth: a null takes the place of what was there."""
    merged = dict(old)
    for key, value in new.items():
        before = merged.get(key)
        if key == "format" and isinstance(value, dict) and isinstance(before, dict) and value.get("type", before["type"]) != before["type"]:
            merged[key] = value  # another format has a rate of its own
        elif isinstance(value, dict) and isinstance(before, dict):
            merged[key] = deep(before, value)
        elif isinstance(value, dict) and key == "turn_detection" and "type" not in value:
            merged[key] = {"type": "server_vad"} | value
        else:
            merged[key] = value
    return merged
