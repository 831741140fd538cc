"""How many files may be open."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from server.open_files import MOST, allow_many

CHILD = """
import resource
from server.open_files import allow_many
resource.setrlimit(resource.RLIMIT_NOFILE, (64, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
allow_many()
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


def test_as_many_as_the_system_lets_us_have() -> None:
    told = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=True).stdout
    soft, hard = map(int, told.split())
    assert soft == (MOST if hard == resource.RLIM_INFINITY else min(MOST, hard))


def test_a_system_that_lets_us_have_no_more_is_no_reason_not_to_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(_: int, __: tuple[int, int]) -> None:
        raise ValueError("current limit exceeds maximum limit")

    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", refuses)
    allow_many()
