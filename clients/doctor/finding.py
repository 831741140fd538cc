"""What a probe has found out: a verdict, one sentence with the value, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from assistant.errors import ParleyError


class Verdict(StrEnum):
    """How good it is."""

    OK = "ok"
    WARNING = "warning"
    """Parley runs, with less than it could be."""
    PROBLEM = "problem"
    """Some command fails, or is of no use, until it is mended."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination."""

    verdict: Verdict
    about: str
    """What was looked at, in a word or two; within a probe each is found under another name."""
    sentence: str
    """One sentence with the value."""
    remedy: str = ""
    """One sentence that says what to do; empty where there is nothing to do."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """The figures in the sentence, for programs: what JSON holds, with units in the names."""

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return asdict(self) | {"values": dict(self.values)}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Finding:
        """Return what `as_json` gave."""
        return cls(Verdict(kept["verdict"]), kept["about"], kept["sentence"], kept["remedy"], kept["values"])


def ok(about: str, sentence: str, **values: Any) -> Finding:
    """Return a finding that needs no remedy."""
    return Finding(Verdict.OK, about, sentence, "", values)


def warning(about: str, sentence: str, remedy: str, **values: Any) -> Finding:
    """Return a finding that Parley can live with."""
    return Finding(Verdict.WARNING, about, sentence, remedy, values)


def problem(about: str, sentence: str, remedy: str, **values: Any) -> Finding:
    """Return a finding that keeps some command from working."""
    return Finding(Verdict.PROBLEM, about, sentence, remedy, values)


def from_error(about: str, error: ParleyError, verdict: Verdict = Verdict.PROBLEM) -> Finding:
    """Return what an error says: its sentence tells the remedy behind its last semicolon or, failing that, in its last sentence."""
    text = " ".join(str(error).split())
    said, mark, remedy = text.rpartition("; ")
    if not mark:
        said, mark, remedy = text.rpartition(". ")
    if not mark:
        return Finding(verdict, about, text, "", {"code": error.code})
    return Finding(verdict, about, f"{said}.", remedy[:1].upper() + remedy[1:], {"code": error.code})
