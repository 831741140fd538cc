from __future__ import annotations

import re
from io import StringIO

from rich.console import Console

from clients.bench.percentiles import compared, percentiles


def test_the_percentiles_of_some_values_and_of_none() -> None:
    assert percentiles(number / 3 for number in range(1, 101)) == {"p50": 16.6667, "p95": 31.6667, "max": 33.3333}
    assert percentiles([]) == {}


def test_two_ways_stand_side_by_side_with_their_difference() -> None:
    found = {"a call": {"far": {"p50": 1.25, "p95": 3.0}, "near": {"p50": 0.5, "p95": 0.75}}}
    shown = StringIO()
    Console(file=shown, width=100).print(compared(found, {"near": "here", "far": "elsewhere"}, digits=2))
    assert re.findall(r"[+(\d.)]{4,}", shown.getvalue()) == ["0.50", "(0.75)", "1.25", "(3.00)", "+0.75"]
