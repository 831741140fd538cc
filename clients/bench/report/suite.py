"""Running the benches one after the other, each as a command of its own, and keeping what they print."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from assistant.errors import InputError
from clients.bench.machine import fingerprint

FORMAT = 1
"""Of the JSON."""

PACKAGES = ("parley", "faster-whisper", "ctranslate2", "llama-cpp-python", "piper-tts", "onnxruntime", "numpy")


@dataclass(frozen=True)
class Part:
    """One bench: how large a sample it takes, in full and quickly."""

    name: str
    n: int
    quick: int
    reaches: bool = False
    """It can measure a server, too (`--url`)."""

    def command(self, *, quick: bool, seed: int, url: str | None) -> list[str]:
        """Return its words behind `parley`."""
        seeded = [] if self.name == "overhead" else ["--seed", str(seed)]
        there = ["--url", url] if url and self.reaches else []
        return ["bench", self.name, "-n", str(self.quick if quick else self.n), *seeded, *there, "--json"]


SUITE = (
    Part("latency", 50, 8, reaches=True),
    Part("endpoint", 500, 60),
    Part("overlap", 200, 24),
    Part("heard", 300, 30),
    Part("interpret", 100, 8),
    Part("glossary", 200, 20),
    Part("route", 600, 90),
    Part("overhead", 50, 5),
)
"""What others are doing weighs on each: so one at a time, and with nothing else on the machine."""


def chosen(only: str | None) -> Sequence[Part]:
    """Return the benches that are named, or all.

    Raises:
        InputError: there is no such bench.
    """
    if only is None:
        return SUITE
    known = {part.name: part for part in SUITE}
    for name in (names := [name.strip() for name in only.split(",")]):
        if name not in known:
            raise InputError(f"There is no bench {name!r} in the report; choose from {', '.join(known)}.")
    return [known[name] for name in known if name in names]


async def run(
    parts: Sequence[Part], options: Sequence[str], *, quick: bool, seed: int, url: str | None, begins: Callable[[Part], None]
) -> dict[str, Any]:
    """Run them and return all that they found; one that fails says why in the place of its results.

    Args:
        parts: the benches.
        options: of `parley` itself, such as `--set`.
        quick: with small samples.
        seed: of what is drawn by chance.
        url: of a server that is measured, too.
        begins: called before each.
    """
    found = []
    for part in parts:
        begins(part)
        found.append({"name": part.name} | await _one(part.command(quick=quick, seed=seed, url=url), options))
    return {
        "format": FORMAT, "made": datetime.now().astimezone().isoformat(timespec="seconds"), "machine": fingerprint(), "quick": quick,
        "python": sys.version.split()[0], "packages": {name: _version(name) for name in PACKAGES}, "benches": found,
    }  # fmt: skip


async def _one(words: Sequence[str], options: Sequence[str]) -> dict[str, Any]:
    began_s = time.monotonic()
    command = [sys.executable, "-m", "clients.cli.main", *options, *words]
    child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    try:
        out, err = await child.communicate()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    said: dict[str, Any] = {"command": " ".join(["parley", *options, *words]), "seconds": round(time.monotonic() - began_s, 1)}
    if child.returncode != 0:
        last = (err.decode(errors="replace").strip().splitlines() or ["it said nothing"])[-1]
        return said | {"error": last.removeprefix("parley: ")}
    return said | {"results": [json.loads(line) for line in out.decode().splitlines() if line.startswith("{")]}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
