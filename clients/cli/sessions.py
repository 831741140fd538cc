"""`parley sessions`: the conversations that were kept, the server's and talks on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Column, Table

from assistant.errors import InputError
from server.store.database import Database, Kept
from server.store.places import conversations

DAY_AND_TIME = len("2026-11-26 15:03:12")
"""What is shown of a time; `--json` has its offset from UTC, too."""

console = Console(emoji=False, highlight=False, markup=False)


@contextmanager
def _database() -> Iterator[Database]:
    database = Database(conversations(), create=False)
    try:
        yield database
    finally:
        database.close()


def show_list(*, as_json: bool) -> None:
    """Print one line a conversation, the newest first."""
    with _database() as database:
        found = database.overview()
    if as_json:
        for name, created_s, changed_s, items in found:
            console.print(
                json.dumps({"id": name, "created": _time(created_s), "changed": _time(changed_s), "items": items}), soft_wrap=True
            )
        return
    if not found:
        console.print("No conversations are kept.")
        return
    table = Table(Column("id", no_wrap=True, overflow="ignore"), "began", "changed", "items", box=None)
    for name, created_s, changed_s, items in found:
        table.add_row(name, _time(created_s)[:DAY_AND_TIME], _time(changed_s)[:DAY_AND_TIME], str(items))
    console.print(table)


def show(name: str) -> None:
    """Print what was said in one conversation; of a reply that was cut, what was heard.

    Raises:
        InputError: there is none of that name.
    """
    for item in _one(name).items:
        match item["type"]:
            case "message" if item.get("taken_up"):
                pass  # a later one says this too
            case "message":
                said = item["text"] or ""
                cut = item["heard"] is not None and item["heard"].split() != said.split()
                console.print(f"{_who(item):>9}  {item['heard'] + ' …' if cut else said}")
            case "function_call":
                console.print(f"{'tool':>9}  {item['name']}({item['arguments']})")
            case _:
                console.print(f"{'':>9}  -> {item['output']}")


def _who(item: dict[str, Any]) -> str:
    """Return who says it, or in which of several languages."""
    language = item.get("language")
    if not language:
        return str(item["role"])
    return f"→ {language}" if item["role"] == "assistant" else str(language)


def export(name: str) -> None:
    """Print one conversation as JSON: items, times, settings.

    Raises:
        InputError: there is none of that name.
    """
    kept = asdict(_one(name))
    console.print(json.dumps(kept, ensure_ascii=False, indent=2), soft_wrap=True)


def delete(names: list[str], *, everything: bool) -> None:
    """Delete conversations for good.

    Raises:
        InputError: there is none of one of the names; the others are deleted.
    """
    if bool(names) == everything:
        raise InputError("Name the conversations to delete, or give --all.")
    with _database() as database:
        gone = {name: database.delete(name) for name in (names or [row[0] for row in database.overview()])}
    console.print(f"Deleted {sum(gone.values())}.")
    if missing := [name for name, deleted in gone.items() if not deleted]:
        raise InputError(f"There is no conversation {missing[0]!r}; parley sessions list shows them.")


def _one(name: str) -> Kept:
    with _database() as database:
        found = database.read(name)
    if found is None:
        raise InputError(f"There is no conversation {name!r}; parley sessions list shows them.")
    return found


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().isoformat(sep=" ", timespec="seconds")
