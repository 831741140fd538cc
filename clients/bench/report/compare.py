"""`parley bench compare`: two reports side by side; where all values are there, with the interval of the difference."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from assistant.errors import InputError
from clients.bench.report.suite import FORMAT
from clients.cli.running import print_json

RESAMPLES = 2000

COMPARED = {
    "endpoint": (("words, marks, P(end): mean delay", "headline/words, marks, P(end)/mean_s"),),
    "overlap": (("interruptions that stopped it", "stopped"), ("murmurs that did not", "survived")),
    "heard": (("heard to one word, %", "words_off/at_most_1"),),
    "interpret": tuple(
        (f"{way} {what}", f"{way}/live/{path}") for way in ("en-es", "es-en") for what, path in (("LAAL, s", "laal_s"), ("chrF", "chrf"))
    ),
    "glossary": (("en-es terms right, %", "en-es/right_with"), ("es-en terms right, %", "es-en/right_with")),
    "route": (("AUROC", "auroc"),),
    "overhead": (("turn, ms", "turn_ms/p50"),),
}
"""By bench: what is compared, and where it stands in its first result."""


def bench_compare(one: Path, other: Path, *, as_json: bool) -> None:
    """Print what the second report changes.

    Raises:
        InputError: a file is no report.
    """
    reports = [read(path) for path in (one, other)]
    rows = list(_rows(*reports))
    if not rows:
        raise InputError(f"{str(one)!r} and {str(other)!r} have no bench in common; make both with parley bench report.")
    if as_json:
        for row in rows:
            print_json(row)
        return
    console = Console(emoji=False, highlight=False)
    if reports[0]["machine"] != reports[1]["machine"]:
        console.print(f"Two machines: {reports[0]['machine']}; {reports[1]['machine']}", soft_wrap=True)
    table = Table("", one.stem, other.stem, "change", "95 % interval", box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        sure = f"{row['low']:+.3g} to {row['high']:+.3g}" if "low" in row else ""
        table.add_row(f"{row['bench']}: {row['what']}", f"{row['one']:.4g}", f"{row['other']:.4g}", f"{row['change']:+.3g}", sure)
    console.print(table)


def read(path: Path) -> dict[str, Any]:
    """Return a report.

    Raises:
        InputError: the file is none.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"There is no file {str(path)!r}; check the name.") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{str(path)!r} is no report; give the .json that parley bench report wrote.") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise InputError(f"{str(path)!r} is no report of this version; make it again with parley bench report.")
    return found


def _rows(one: dict[str, Any], other: dict[str, Any]) -> Iterator[dict[str, Any]]:
    results = [{bench["name"]: bench["results"] for bench in report["benches"] if "results" in bench} for report in (one, other)]
    for name in (name for name in results[0] if name in results[1]):
        first, second = results[0][name][0], results[1][name][0]
        if name == "latency":
            yield from _latency(first, second)
        for what, path in COMPARED.get(name, ()):
            values = [_at(found, path) for found in (first, second)]
            if None not in values:
                yield {"bench": name, "what": what, "one": values[0], "other": values[1], "change": values[1] - values[0]}


def _latency(first: dict[str, Any], second: dict[str, Any]) -> Iterator[dict[str, Any]]:
    rng = np.random.default_rng(0)
    for part in ("endpoint", "first_audio", "voice_to_voice"):
        values = [np.array(found["values"].get(part, ())) for found in (first, second)]
        if not all(each.size for each in values):
            continue
        medians = [np.median(each[rng.integers(0, each.size, (RESAMPLES, each.size))], 1) for each in values]
        low, high = np.percentile(medians[1] - medians[0], [2.5, 97.5])
        a, b = (float(np.median(each)) for each in values)
        yield {
            "bench": "latency", "what": f"{part.replace('_', ' ')}, median, s", "one": a, "other": b, "change": b - a,
            "low": float(low), "high": float(high),
        }  # fmt: skip


def _at(found: Any, path: str) -> Any:
    for key in path.split("/"):
        if not isinstance(found, dict) or key not in found:
            return None
        found = found[key]
    return found
