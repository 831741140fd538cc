"""What the tests of the doctor share: a probe as it is run, in a process of its own, on a machine that the test arranges."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from clients.doctor.finding import Finding
from clients.doctor.probe import Given
from tests.clients.desktop.virtual_sound import PATIENCE_S, ROOT, VirtualSound

Probed: TypeAlias = Callable[..., list[Finding]]


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """Return an environment in which nothing was ever set or kept."""
    hidden = ("PARLEY_", "XDG_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(hidden)}
    return kept | {"HOME": str(tmp_path), "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")}


@pytest.fixture
def probed(home: dict[str, str]) -> Probed:
    """Run one probe as `parley doctor` does."""

    def run(name: str, *flags: str, settings: Path | None = None, environment: Mapping[str, str] | None = None) -> list[Finding]:
        ran = subprocess.run(
            [sys.executable, "-m", "clients.doctor.isolated", name], input=json.dumps(Given(settings, flags).as_json()),
            cwd=ROOT, env=home if environment is None else environment, capture_output=True, text=True, check=False, timeout=3 * PATIENCE_S,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        return [Finding.from_json(each) for each in json.loads(ran.stdout)]

    return run


@pytest.fixture(scope="session")
def virtual_sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualSound]:
    with VirtualSound(tmp_path_factory.mktemp("sound")) as sound:
        yield sound
