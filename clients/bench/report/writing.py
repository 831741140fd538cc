"""`parley bench report`: runs the suite and writes the page and its JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from assistant.errors import InputError
from clients.bench.report.page import page
from clients.bench.report.suite import Part, chosen, run
from clients.cli.stderr import errors


async def bench_report(out: Path, options: Sequence[str], *, quick: bool, only: str | None, seed: int, url: str | None) -> int:
    """Measure, write `out` and the JSON beside it, and return how many benches failed.

    Raises:
        InputError: there is no such bench, or the files cannot be written.
    """
    parts = chosen(only)
    data = out.with_suffix(".json")
    _try(out)  # before minutes are spent
    with errors.status("") as status:

        def begins(part: Part) -> None:
            status.update(f"Measuring {part.name} ({parts.index(part) + 1} of {len(parts)}) …")

        report = await run(parts, options, quick=quick, seed=seed, url=url, begins=begins)
    _write(data, json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    _write(out, page(report))
    failed = [bench for bench in report["benches"] if "error" in bench]
    for bench in failed:
        errors.print(f"{bench['name']}: {bench['error']}", highlight=False, markup=False, soft_wrap=True)
    Console(emoji=False, highlight=False, markup=False).print(f"{out} and {data}", soft_wrap=True)
    return len(failed)


def _try(path: Path) -> None:
    if path.suffix != ".html":
        raise InputError(f"{str(path)!r} is no page; give a name that ends with .html.")
    if not path.parent.is_dir():
        raise InputError(f"There is no folder {str(path.parent)!r} to write {path.name} into; make it first.")
    if not os.access(path.parent, os.W_OK):
        raise InputError(f"{str(path.parent)!r} cannot be written to; give another folder.")


def _write(path: Path, text: str) -> None:
    part = path.with_suffix(path.suffix + ".part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise InputError(f"{str(path)!r} cannot be written ({error.strerror or error}); give another place.") from error
