"""The findings as a person reads them: words instead of colours alone, nothing wider than the page."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence

from rich.text import Text

from clients.doctor.finding import Finding, Verdict

STYLES = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.PROBLEM: "bold red"}

_MARGIN = "  "
_WORD = len(Verdict.PROBLEM) + 1
NARROWEST = 30
"""Columns: on a page that is narrower, lines are broken by the terminal."""


def lines(findings: Sequence[Finding], columns: int) -> list[Text]:
    """Return the lines of one probe's findings: verdict and sentence, and its remedy below."""
    shown: list[Text] = []
    for finding in findings:
        verdict = finding.verdict
        for number, part in enumerate(_folded(f"{finding.about}: {finding.sentence}", columns)):
            word = verdict if number == 0 else ""
            shown.append(Text.assemble(_MARGIN, (f"{word:<{_WORD}}", STYLES[verdict]), part))
        if finding.remedy:
            shown += [Text.assemble(_MARGIN, " " * _WORD, (part, "bold")) for part in _folded(f"-> {finding.remedy}", columns, hanging=3)]
    return shown


def _folded(text: str, columns: int, hanging: int = 0) -> list[str]:
    """Return the text in lines; a path is never broken, so that it can be copied."""
    width = max(columns, NARROWEST) - len(_MARGIN) - _WORD
    return textwrap.wrap(" ".join(text.split()), width, subsequent_indent=" " * hanging, break_long_words=False, break_on_hyphens=False)


def summary(findings: Iterable[Finding]) -> str:
    """Return the last line."""
    count = Counter(finding.verdict for finding in findings)
    problems, warnings = count[Verdict.PROBLEM], count[Verdict.WARNING]
    found = [f"{n} {word}{'s' if n > 1 else ''}" for n, word in ((problems, "problem"), (warnings, "warning")) if n]
    if not found:
        return "All is well."
    return f"{' and '.join(found)} among {count.total()} findings{'; Parley can run.' if not problems else '.'}"


def failed(findings: Iterable[Finding]) -> bool:
    """Tell whether there is a problem among them."""
    return any(finding.verdict is Verdict.PROBLEM for finding in findings)
