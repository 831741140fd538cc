"""`parley` run inside the test process: its status, what it printed, and what it complained about."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import pytest

from clients.cli.main import run


class Ran(NamedTuple):
    status: int
    out: str
    err: str


Parley: TypeAlias = Callable[..., Ran]


@pytest.fixture
def parley(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory) -> Parley:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
    monkeypatch.setenv("COLUMNS", "200")

    def start(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["parley", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            run()
        captured = capsys.readouterr()
        code = ended.value.code
        return Ran(code if isinstance(code, int) else 0, captured.out, captured.err)

    return start
