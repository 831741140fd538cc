"""The page: nothing beyond its edge, every word there, and the same without colours."""

from __future__ import annotations

import pytest

from clients.doctor.finding import Finding, ok, problem, warning
from clients.doctor.report import NARROWEST, failed, lines, summary

FINDINGS = [
    ok("Processor", "A very good one, with many cores, all of which may be used by whoever comes first and stays longest."),
    warning("Disk", "2 MiB are free for /home/someone/with/a/long/name/.local/state/parley.", "Free some space before it is too late."),
    problem("Ports", "Port 8765 is taken.", "End what has it."),
]


@pytest.mark.parametrize("columns", [10, 40, 80, 200])
def test_lines_fit_and_hold_every_word(columns: int) -> None:
    shown = [line.plain for line in lines(FINDINGS, columns)]
    longest = max(len(word) for finding in FINDINGS for word in (finding.sentence + finding.remedy).split())
    assert all(len(line) <= max(columns, NARROWEST, longest + 10) for line in shown)
    said = " ".join(" ".join(shown).split())
    for finding in FINDINGS:
        assert f"{finding.verdict} {finding.about}: {finding.sentence}" in said
        assert finding.remedy in said
    assert "/home/someone/with/a/long/name/.local/state/parley." in said.split()


def test_at_80_columns_it_looks_like_this() -> None:
    assert "\n".join(line.plain for line in lines(FINDINGS[1:], 80)) == (
        "  warning Disk: 2 MiB are free for\n"
        "          /home/someone/with/a/long/name/.local/state/parley.\n"
        "          -> Free some space before it is too late.\n"
        "  problem Ports: Port 8765 is taken.\n"
        "          -> End what has it."
    )


@pytest.mark.parametrize(
    ("found", "line", "bad"),
    [
        ([], "All is well.", False),
        (FINDINGS[:1], "All is well.", False),
        (FINDINGS[:2], "1 warning among 2 findings; Parley can run.", False),
        (FINDINGS, "1 problem and 1 warning among 3 findings.", True),
        (FINDINGS[2:] * 2, "2 problems among 2 findings.", True),
    ],
)
def test_the_last_line(found: list[Finding], line: str, bad: bool) -> None:
    assert summary(found) == line
    assert failed(found) is bad
