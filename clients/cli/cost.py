"""`parley cost`: what hosted models have cost."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from assistant.errors import InputError
from assistant.settings import Settings
from clients.cli.running import print_json
from models.ledger import Ledger, Spent, default_path

COLUMNS = ("day", "provider", "model", "session")


def show_cost(settings: Settings, by: str, *, as_json: bool) -> None:
    """Print one line a day, provider, model or session.

    Raises:
        InputError: by something else, or the ledger cannot be read.
    """
    if by not in COLUMNS:
        raise InputError(f"--by knows no {by!r}; choose from {', '.join(COLUMNS)}.")
    if not default_path().exists():
        if not as_json:
            Console(emoji=False).print("No hosted model has been asked.")
        return
    ledger = Ledger(default_path(), daily_usd=settings.large.daily_usd, session_usd=settings.large.session_usd)
    try:
        rows, left = ledger.spent(by), ledger.left_today()
    finally:
        ledger.close()
    if as_json:
        for row in rows:
            print_json({
                by: row.name, "answers": row.answers, "tokens_read": row.read, "tokens_written": row.written, "usd": round(row.usd, 6),
                "estimated": row.estimated, "unpriced": row.unpriced,
            })  # fmt: skip
        return
    _show(rows, by, left, settings)


def _show(rows: Sequence[Spent], by: str, left: float, settings: Settings) -> None:
    console = Console(emoji=False, highlight=False, markup=False)
    table = Table(by, "answers", "tokens read", "written", "US$", box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        mark = "~" if row.estimated else ""
        table.add_row(row.name, str(row.answers), f"{row.read:,}", f"{row.written:,}", f"{mark}{row.usd:.6f}")
    console.print(table)
    if any(row.estimated for row in rows):
        console.print("~ holds answers that the provider did not count: they were counted from their texts.", soft_wrap=True)
    console.print(
        f"Left today: ${max(left, 0.0):.4f} of ${settings.large.daily_usd:g}, at most ${settings.large.session_usd:g} a conversation."
    )
