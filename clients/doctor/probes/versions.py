"""Python and the packages, beside the versions that Parley asks for."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata

from clients.doctor.finding import Finding, ok, problem, warning
from clients.doctor.probe import Given, Probe

LEAST_PYTHON = (3, 11)
INSTALL = "Install Parley again: pip install -c constraints.txt -e . in its folder."

ENGINES = ("ctranslate2", "faster-whisper", "llama-cpp-python", "onnxruntime", "piper-tts", "espeakng-loader", "sounddevice", "numpy")
"""Those whose versions a person is asked for when something does not work."""


@dataclass(frozen=True)
class Versions:
    """What is installed."""

    python: tuple[int, ...]
    parley: str | None
    """None where Parley itself was not installed, but runs from its source."""
    wanted: Mapping[str, str]
    """The least version of each package."""
    there: Mapping[str, str]
    executable: str = ""


def judge(seen: Versions) -> list[Finding]:
    """Say what is thought of the versions."""
    version = ".".join(map(str, seen.python))
    python_sentence = f"{version} at {seen.executable}."
    findings = [
        ok("Python", python_sentence, version=version)
        if seen.python >= LEAST_PYTHON
        else problem("Python", python_sentence, f"Take Python {'.'.join(map(str, LEAST_PYTHON))} or later.", version=version)
    ]
    if seen.parley is None:
        return [*findings, warning("Packages", "Parley runs without being installed, so what it needs is not known.", INSTALL)]
    for name, least in seen.wanted.items():
        found = seen.there.get(name)
        if found is None:
            findings.append(problem(name, f"The package is not installed; {least} or later is needed.", INSTALL, least=least))
        elif numbers(found) < numbers(least):
            findings.append(
                problem(name, f"The package has version {found}; {least} or later is needed.", INSTALL, least=least, version=found)
            )
    shown = ", ".join(f"{name} {seen.there[name]}" for name in ENGINES if name in seen.there)
    return [*findings, ok("Packages", f"Parley {seen.parley} with {shown}.", parley=seen.parley, **seen.there)]


def numbers(version: str) -> tuple[int, ...]:
    """Return the numbers at the beginning of a version, without the zeros at their end: enough to compare releases."""
    parts = [int(part) for part in re.match(r"[\d.]*", version.removeprefix("v")).group().split(".") if part]  # type: ignore[union-attr]
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def least(requirements: Sequence[str]) -> dict[str, str]:
    """Return the least version of each package that is asked for outside of extras: from "numpy>=2"."""
    plain = [re.match(r"([\w.-]+)(?:\[[^]]*\])?\s*>=\s*([\w.]+)", each) for each in requirements if "extra ==" not in each]
    return {match.group(1): match.group(2) for match in plain if match}


def look(_: Given) -> Versions:
    """Read what pip noted."""
    python, executable = tuple(sys.version_info[:3]), sys.executable
    try:
        wanted = least(metadata.requires("parley") or [])
        parley = metadata.version("parley")
    except metadata.PackageNotFoundError:
        return Versions(python, None, {}, {}, executable)
    there = {}
    for name in wanted:
        try:
            there[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return Versions(python, parley, wanted, there, executable)


PROBE = Probe("Python and packages", 20, look, judge)
