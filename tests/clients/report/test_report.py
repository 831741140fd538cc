"""What is written of benches that failed or are missing, two reports side by side, and what a person mistypes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clients.bench.report.page import page
from clients.bench.report.suite import FORMAT, SUITE
from tests.clients.cli.conftest import Parley, parley

__all__ = ["parley"]


def report(*values: float, machine: str = "A machine") -> dict[str, Any]:
    percentiles = {"p50": sorted(values)[len(values) // 2], "p95": max(values), "max": max(values)}
    result = {"variant": "all", "n": len(values), "parts": {"voice_to_voice": percentiles}, "values": {"voice_to_voice": list(values)}}
    route = {"auroc": 0.9}
    benches = [
        {"name": "latency", "command": "parley bench latency", "seconds": 1.0, "results": [result]},
        {"name": "route", "command": "parley bench route", "seconds": 1.0, "error": "There is <no> such model; take another."},
        {"name": "heard", "command": "parley bench heard", "seconds": 1.0, "results": [route | {"words_off": {"at_most_1": 99.0}}]},
    ]
    return {
        "format": FORMAT, "made": "2026-11-26T12:00:00+00:00", "machine": machine, "quick": True, "python": "3.11",
        "packages": {"parley": "0.1", "numpy": None}, "benches": benches[:2],
    } | ({"benches": benches} if len(values) > 2 else {})  # fmt: skip


def written(path: Path, *values: float, **others: Any) -> Path:
    path.write_text(json.dumps(report(*values, **others)))
    return path


def test_a_bench_that_failed_says_why_on_the_page() -> None:
    text = page(report(0.2, 0.3))
    assert "There is &lt;no&gt; such model; take another." in text
    assert "Small samples" in text
    assert "</script>" not in text.split('id="report">')[1].split("</script></body>")[0]


def test_what_a_change_changes(parley: Parley, tmp_path: Path) -> None:
    one = written(tmp_path / "one.json", *[0.3 + 0.001 * i for i in range(20)])
    other = written(tmp_path / "other.json", *[0.2 + 0.001 * i for i in range(20)])
    rows = [json.loads(line) for line in parley("bench", "compare", one, other, "--json").out.splitlines()]
    assert [(row["bench"], round(row["change"], 3)) for row in rows] == [("latency", -0.1), ("heard", 0.0)]
    assert rows[0]["low"] < -0.09
    assert rows[0]["high"] < 0
    shown = parley("bench", "compare", one, written(tmp_path / "third.json", 0.3, 0.31, 0.32, machine="Another"))
    assert "Two machines: A machine; Another" in shown.out
    assert "latency: voice to voice, median, s" in shown.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("compare", "none.json", "none.json"), "There is no file 'none.json'; check the name."),
        (("compare", "README.md", "README.md"), "'README.md' is no report; give the .json that parley bench report wrote."),
        (("report", "--only", "speed"), "There is no bench 'speed' in the report; choose from latency, endpoint"),
        (("report", "--out", "report.pdf"), "'report.pdf' is no page; give a name that ends with .html."),
        (("report", "--out", "nowhere/report.html"), "There is no folder 'nowhere' to write report.html into; make it first."),
    ],
)
def test_mistakes_are_one_sentence(parley: Parley, words: tuple[str, ...], told: str) -> None:
    ran = parley("bench", *words)
    assert ran.status == 2
    assert told in ran.err


def test_reports_of_another_version_are_not_compared(parley: Parley, tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text('{"format": 0}')
    ran = parley("bench", "compare", tmp_path / "old.json", tmp_path / "old.json")
    assert ran.status == 2
    assert "is no report of this version" in ran.err


def test_every_bench_of_the_suite_is_a_command(parley: Parley) -> None:
    for part in SUITE:
        assert parley(*part.command(quick=True, seed=0, url="ws://x")[:2], "--help").status == 0
