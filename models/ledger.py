"""What hosted answers have cost, in an SQLite file, and what may still be spent. Money is set aside before it is spent, so that a budget
holds however many ask at once, and after a crash, too: what was set aside and never settled counts as spent.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from pathlib import Path

from assistant.errors import InputError
from assistant.tools import local_time
from models.prices import Usage

_TABLE = """
CREATE TABLE IF NOT EXISTS answers (
    number INTEGER PRIMARY KEY, day TEXT NOT NULL, at_s REAL NOT NULL, session TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL,
    nano_usd INTEGER NOT NULL, settled INTEGER NOT NULL DEFAULT 0, read INTEGER, written INTEGER, cached INTEGER,
    estimated INTEGER NOT NULL DEFAULT 0, priced INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX IF NOT EXISTS answers_by_day ON answers (day);
CREATE INDEX IF NOT EXISTS answers_by_session ON answers (session);
"""

NANO = 1_000_000_000
"""Money is kept in whole billionths of a dollar, rounded up: sums of fractions would not be exact."""

WAIT_S = 5.0
"""For another process that writes."""


@dataclass(frozen=True, slots=True)
class Spent:
    """A row of `parley cost`."""

    name: str
    answers: int
    read: int
    written: int
    usd: float
    estimated: int
    """Of the answers: how many the provider did not count."""
    unpriced: int
    """Of the answers: how many have an unknown cost."""


def default_path() -> Path:
    """Return where the ledger lies."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "parley" / "cost.sqlite"


class Ledger:
    """Budgets in US dollars a day and a session. Used by one thread; several processes may share the file."""

    def __init__(self, path: Path, *, daily_usd: float, session_usd: float, now: Callable[[], datetime] = local_time) -> None:
        """Open the file, which only its owner can read; a day is one of the clock `now`.

        Raises:
            InputError: it cannot be opened, or is something else.
        """
        self._daily, self._each, self._now = round(daily_usd * NANO), round(session_usd * NANO), now
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._file = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None)
            self._file.execute("PRAGMA journal_mode=WAL")
            self._file.executescript(_TABLE)
        except (OSError, sqlite3.Error) as error:
            raise InputError(
                f"What hosted models cost cannot be kept in {str(path)!r} ({error}); make it a file that can be written."
            ) from error

    def left_today(self) -> float:
        """Return what may still be spent today, in all sessions together."""
        return (self._daily - self._sum("day", self._today())) / NANO

    def left(self, session: str) -> float:
        """Return what may still be spent in a session today."""
        return self._left(session) / NANO

    def reserve(self, session: str, provider: str, model: str, most_usd: float, *, priced: bool = True) -> int | None:
        """Set money aside for one answer and return its number; None if the budget does not hold so much."""
        self._file.execute("BEGIN IMMEDIATE")
        with self._file:  # commits at its end, or takes all back
            most, left = ceil(most_usd * NANO), self._left(session)
            if left <= 0 or most > left:
                return None
            row = self._file.execute(
                "INSERT INTO answers (day, at_s, session, provider, model, nano_usd, priced) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (self._today(), self._now().timestamp(), session, provider, model, most, priced),
            )
        return row.lastrowid

    def settle(self, number: int, usd: float, usage: Usage) -> None:
        """Put what an answer really cost in the place of what was set aside."""
        self._file.execute(
            "UPDATE answers SET nano_usd = ?, settled = 1, read = ?, written = ?, cached = ?, estimated = ? WHERE number = ?",
            (ceil(usd * NANO), usage.read, usage.written, usage.cached, usage.estimated, number),
        )

    def spent(self, by: str) -> Sequence[Spent]:
        """Return the sums by `day`, `provider`, `model` or `session`, in order.

        Raises:
            KeyError: by something else.
        """
        column = {"day": "day", "provider": "provider", "model": "model", "session": "session"}[by]
        rows = self._file.execute(
            f"SELECT {column}, count(*), coalesce(sum(read), 0), coalesce(sum(written), 0), sum(nano_usd) / 1e9, sum(estimated), sum(not priced)"
            f" FROM answers GROUP BY {column} ORDER BY {column}"
        )
        return [Spent(*row) for row in rows]

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _left(self, session: str) -> int:
        return min(self._daily - self._sum("day", self._today()), self._each - self._sum("session", session))

    def _sum(self, column: str, value: str) -> int:
        [total] = self._file.execute(f"SELECT coalesce(sum(nano_usd), 0) FROM answers WHERE {column} = ?", (value,)).fetchone()
        return int(total)

    def _today(self) -> str:
        return self._now().date().isoformat()
