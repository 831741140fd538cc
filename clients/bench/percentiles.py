"""Percentiles of what was measured, as every bench gives them, and how two ways of doing something differ in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.table import Table

from assistant.latency import percentile

SHARES = {"p50": 0.5, "p95": 0.95, "max": 1.0}

DIGITS = 4
"""Of a second these are tenths of a millisecond: less is not the same twice."""


def percentiles(values: Iterable[float]) -> dict[str, float]:
    """Return the median, the 95th percentile and the largest of some values; nothing of none."""
    found = list(values)
    return {name: round(percentile(found, share), DIGITS) for name, share in SHARES.items()} if found else {}


def compared(found: Mapping[str, Mapping[str, Any]], ways: Mapping[str, str], digits: int) -> Table:
    """Return a table of what `found` holds by kind and way, with how much more the last of two ways takes.

    Args:
        found: milliseconds, as `percentiles` gives them.
        ways: the two, with the titles of their columns.
        digits: shown behind the point.
    """
    table = Table("milliseconds, p50 (p95)", *ways.values(), "more")
    for column in table.columns[1:]:
        column.justify = "right"
    for kind, each in found.items():
        here, there = both = [each[way] for way in ways]
        shown: Sequence[str] = [f"{ms['p50']:.{digits}f} ({ms['p95']:.{digits}f})" for ms in both]
        table.add_row(kind, *shown, f"{there['p50'] - here['p50']:+.{digits}f}")
    return table
