"""Budgets in a file: across processes, across a kill, across midnight."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assistant.errors import InputError, SettingsError
from models.circuit import FAILURES, LONGEST_PAUSE_S, PAUSE_S, Circuit
from models.ledger import Ledger
from models.prices import Price, Usage, prices

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def ledger(path: Path, now: datetime = NOON, *, daily: float = 1.0, each: float = 1.0) -> Ledger:
    return Ledger(path, daily_usd=daily, session_usd=each, now=lambda: now)


def test_what_is_set_aside_is_spent_until_it_is_settled(tmp_path: Path) -> None:
    book = ledger(tmp_path / "a" / "cost.sqlite")
    number = book.reserve("s", "P", "m", 0.75)
    assert number is not None
    assert book.reserve("s", "P", "m", 0.5) is None
    assert book.left("s") == pytest.approx(0.25)
    book.settle(number, 0.1, Usage(10, 5))
    assert book.left("s") == pytest.approx(0.9)
    assert book.reserve("s", "P", "m", 0.5) is not None
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "a" / "cost.sqlite").stat().st_mode) == 0o600


def test_a_new_day_and_a_new_session_begin_anew(tmp_path: Path) -> None:
    path = tmp_path / "cost.sqlite"
    assert ledger(path, daily=0.5).reserve("s", "P", "m", 0.5) is not None
    assert ledger(path, daily=0.5).left("t") == 0
    tomorrow = ledger(path, datetime(2026, 11, 27, 0, 1, tzinfo=UTC), daily=0.5)
    assert tomorrow.left("t") == 0.5
    assert tomorrow.left("s") == 0.5
    assert [row.name for row in tomorrow.spent("day")] == ["2026-11-26"]


def test_money_of_a_killed_process_counts_as_spent(tmp_path: Path) -> None:
    path = tmp_path / "cost.sqlite"
    work = (
        "import os, sys; from pathlib import Path; from models.ledger import Ledger;"
        "Ledger(Path(sys.argv[1]), daily_usd=1, session_usd=1).reserve('s', 'P', 'm', 0.4); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", work, str(path)], check=False)
    book = Ledger(path, daily_usd=1, session_usd=1)
    assert book.left("s") == pytest.approx(0.6)


def test_processes_share_a_budget(tmp_path: Path) -> None:
    path = tmp_path / "cost.sqlite"
    work = (
        "import sys; from pathlib import Path; from models.ledger import Ledger;"
        "book = Ledger(Path(sys.argv[1]), daily_usd=1, session_usd=100);"
        "print(sum(book.reserve('s', 'P', 'm', 0.01) is not None for _ in range(40)))"
    )
    running = [subprocess.Popen([sys.executable, "-c", work, str(path)], stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert sum(int(process.communicate()[0]) for process in running) == 100


def test_something_else_is_no_ledger(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("no ledger " * 200)
    with pytest.raises(InputError, match="cannot be kept"):
        ledger(tmp_path / "x")


def test_prices(tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    own.write_text('[models]\n"gpt-6-luna" = { in = 1, out = 2 }\n')
    table = prices(own)
    assert table["gpt-6-luna"] == Price(1, 2)
    assert table["gpt-6-sol"].cost(Usage(1_000_000, 100_000, cached=500_000)) == pytest.approx(1.0 + 0.1 + 1.0)
    assert Price(1, 2).cost(Usage(10, 0, cached=10)) == pytest.approx(1e-5)
    for text in ("[models]\nx = 3", "[models]\nx = { in = 1 }", "[models]\nx = { in = -1, out = 2 }", "models = 1", "x"):
        own.write_text(text)
        with pytest.raises(SettingsError, match=r"prices\.toml"):
            prices(own)
    with pytest.raises(SettingsError, match="no table of prices"):
        prices(tmp_path / "none")


def test_a_provider_that_fails_is_left_alone_and_tried_again() -> None:
    circuit = Circuit()
    for _ in range(FAILURES):
        assert circuit.allows(0.0)
        circuit.begin()
        circuit.failed(0.0)
    assert not circuit.allows(PAUSE_S - 1)
    assert circuit.allows(PAUSE_S)
    circuit.begin()
    assert not circuit.allows(PAUSE_S), "one tries"
    circuit.failed(PAUSE_S)
    assert not circuit.allows(2 * PAUSE_S)
    assert circuit.allows(3 * PAUSE_S)
    circuit.begin()
    circuit.worked()
    assert circuit.allows(3 * PAUSE_S)
    circuit.failed(0.0, 10_000.0)
    assert not circuit.allows(LONGEST_PAUSE_S - 1)
    assert circuit.allows(LONGEST_PAUSE_S)
