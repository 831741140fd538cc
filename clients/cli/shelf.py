"""`parley models list`, `show`, `verify` and `remove`: what there is, and what of it is here."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from assistant.errors import InputError
from assistant.settings import Settings
from clients.cli.stderr import complain, counted
from models import installed as here
from models import staging
from models.catalogue import Catalogue, Entry, Kind, catalogue
from models.installed import Receipt

console = Console(emoji=False, highlight=False, markup=False)

THINKING = {
    "none": "It does not think aloud.",
    "off": "It could think aloud; Parley does not let it.",
    "forced off": "It thinks aloud unless it is told not to; Parley tells it.",
}
TOOLS = {
    "json": "JSON",
    "qwen": "Qwen's XML",
    "lfm": "LFM's lists",
    "gemma": "Gemma's own, which Parley does not read: it answers without tools",
}


def show_list(settings: Settings, kind: str | None, language: str | None, *, installed_only: bool, as_json: bool) -> None:
    """Print one line a model.

    Raises:
        InputError: no such kind.
    """
    if kind is not None and kind not in list(Kind):
        raise InputError(f"--kind knows no {kind!r}; choose from {', '.join(Kind)}.")
    shelf, receipts = catalogue(settings.models.catalogue), here.installed()
    entries = dict(shelf.models) | {name: receipt.entry for name, receipt in receipts.items() if name not in shelf.models}
    shown = {
        name: entry for name, entry in entries.items()
        if (kind is None or entry.kind == kind) and (language is None or not entry.languages or language in entry.languages)
        and (not installed_only or name in receipts)
    }  # fmt: skip
    if as_json:
        for name, entry in shown.items():
            print(json.dumps(_described(name, entry, receipts.get(name), shelf), ensure_ascii=False))  # noqa: T201 - this is the output
        return
    if not shown:
        console.print("No model is installed; parley models list shows which can be had." if installed_only else "There is no such model.")
        return
    table = Table("name", "for", "MB", "memory", "licence", "", box=None)
    for column in table.columns:
        column.no_wrap = True
    for column in table.columns[2:4]:
        column.justify = "right"
    for group in Kind:
        rows = [(name, entry) for name, entry in shown.items() if entry.kind is group]
        if rows:
            table.add_row(f"{group}:")
        for name, entry in rows:
            needs, measured = entry.memory_bytes
            memory = "" if entry.kind in (Kind.VOICE, Kind.TURN) else f"{'' if measured else '>'}{needs / 1e6:,.0f}"
            size = f"{entry.bytes / 1e6:,.0f}"
            table.add_row(f"  {name}", _languages(entry, short=True), size, memory, entry.licence, _state(name, entry, receipts))
    console.print(table)
    console.print(
        "Memory in MB, > the least by its size. parley models show NAME tells more, also of the licence; parley models pull NAME fetches one.",
        soft_wrap=True,
    )


def show(settings: Settings, name: str, *, as_json: bool) -> None:
    """Print all that is known of one model.

    Raises:
        InputError: there is none of that name.
    """
    shelf, receipt = catalogue(settings.models.catalogue), here.receipt_of(name)
    entry = receipt.entry if receipt is not None and name not in shelf.models else shelf.entry(name)
    if as_json:
        print(json.dumps(_described(name, entry, receipt, shelf), ensure_ascii=False))  # noqa: T201 - this is the output
        return
    for title, text in _told(name, entry, receipt, shelf):
        console.print(f"{title:>10}  {text}", soft_wrap=True)


def verify(names: Sequence[str]) -> int:
    """Check installed models; return how many are damaged, each of which was complained about.

    Raises:
        InputError: one is not installed.
    """
    receipts = [here.required(name) for name in names] or list(here.installed().values())
    if not receipts:
        console.print("No model is installed.")
    failed = 0
    with counted("Checking", len(receipts)) as done:
        for receipt in receipts:
            if wrong := here.damage(receipt):
                failed += 1
                complain(
                    f"{receipt.name}: {'; '.join(wrong)}; fetch it again: parley models remove {receipt.name} && parley models pull {receipt.name}."
                )
            else:
                console.print(f"{receipt.name}: every file is what it was when it came.", soft_wrap=True)
            done()
    return failed


def remove(names: Sequence[str]) -> None:
    """Remove models.

    Raises:
        InputError: one is not installed.
    """
    for name in names:
        console.print(f"Removed {name}: {staging.remove(name) / 1e6:,.1f} MB are free again.", soft_wrap=True)


def _state(name: str, entry: Entry, receipts: Any) -> str:
    if name in receipts:
        return "installed" if receipts[name].is_of(entry) else "older one"
    return "" if entry.verified else "unverified"


def _languages(entry: Entry, *, short: bool = False) -> str:
    if entry.speaks:
        return entry.speaks.removesuffix(" languages") if short else entry.speaks
    return str(len(entry.languages)) if short and len(entry.languages) > 5 else " ".join(entry.languages)


def _described(name: str, entry: Entry, receipt: Receipt | None, shelf: Catalogue) -> dict[str, Any]:
    needs, measured = entry.memory_bytes
    licence = shelf.licences[entry.licence] if receipt is None else receipt.licence
    return {
        "id": name, **entry.model_dump(mode="json", exclude_none=True), "licence": {"id": entry.licence, **licence.model_dump()}, "verified": entry.verified, "memory_bytes": needs,
        "memory_measured": measured, "setting": entry.kind.setting, "installed": receipt and str(here.main_path(receipt)),
    }  # fmt: skip


def _told(name: str, entry: Entry, receipt: Receipt | None, shelf: Catalogue) -> Sequence[tuple[str, str]]:
    licence = shelf.licences[entry.licence] if receipt is None else receipt.licence
    needs, measured = entry.memory_bytes
    lines = [("", f"{name}: {entry.name}, {entry.kind.told}"), ("from", f"{entry.repo} at {entry.revision}")]
    for file in entry.files:
        size = f"{file.bytes:,} bytes" if file.bytes else "size not known"
        lines.append(("file", f"{file.name}, {size}, {'SHA-256 ' + file.sha256 if file.sha256 else 'not verified by anybody'}"))
    lines += [("licence", f"{licence.name}, {licence.url}"), ("", licence.duties + (" You have to accept it." if licence.accept else ""))]
    if entry.languages or entry.speaks:
        lines.append(("languages", _languages(entry)))
    about = "as others measured" if measured else "or more, by its size; small ones were measured at up to three times that"
    lines.append(("memory", f"{needs / 1e6:,.0f} MB {about}"))
    if entry.window_tokens:
        each = f", each {entry.kv_bytes:,} bytes" if entry.kv_bytes else ""
        lines.append(("window", f"{entry.window_tokens:,} tokens at most; models.context_tokens says how many are used{each}"))
    if entry.window_s:
        lines.append(("window", f"{entry.window_s} s of sound; shorter ones are padded"))
    if entry.thinking:
        lines.append(("thinking", THINKING[entry.thinking]))
    if entry.kind is Kind.ASSISTANT:
        lines.append(("tools", TOOLS[entry.tools] if entry.tools else "none that Parley knows of"))
    if entry.hybrid:
        lines.append(
            (
                "state",
                "It cannot go back to an earlier word: a reply that is stopped costs its whole prompt again; keep conversations short.",
            )
        )
    lines += [("note", note) for note in entry.notes]
    where = f"installed {receipt.time} in {here.main_path(receipt)}" if receipt else f"not installed; parley models pull {name} fetches it"
    return [*lines, ("here", where), ("setting", f'{entry.kind.setting} = "{name}"')]
