"""Figures on the page: each shows a value of the JSON and says which, so that every number can be followed back."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any


class Figures:
    """Makes the page's numbers out of one report."""

    def __init__(self, report: dict[str, Any]) -> None:
        self._report = report

    def at(self, path: str) -> Any:
        """Return the value at a path such as `benches/0/results/0/n`."""
        found: Any = self._report
        for key in path.split("/"):
            found = found[int(key)] if isinstance(found, list) else found[key]
        return found

    def show(self, path: str, *, digits: int = 0, times: float = 1.0, unit: str = "") -> str:
        """Return the value at a path as a number on the page: `times` it, rounded, with a unit."""
        value = self.at(path)
        if value is None:
            return "–"
        text = f"{value * times:,.{digits}f}"
        shown = f"{text} {unit}".strip() if unit != "%" else f"{text} %"
        return f'<span class="n" data-path="{escape(path)}" data-times="{times:g}" data-digits="{digits}" title="{escape(path)}">{shown}</span>'

    def ms(self, path: str) -> str:
        """Return seconds as milliseconds."""
        return self.show(path, times=1000, unit="ms")

    def s(self, path: str) -> str:
        """Return seconds."""
        return self.show(path, digits=2, unit="s")

    def percent(self, path: str, *, digits: int = 1) -> str:
        """Return a share in [0, 1] in percent."""
        return self.show(path, digits=digits, times=100, unit="%")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; the first cell of a row names it. Cells are HTML, heads are text."""
    top = "".join(f"<th scope=col>{escape(cell)}</th>" if cell else "<td></td>" for cell in head)
    body = "".join(
        "<tr><th scope=row>" + "</th>".join([row[0], ""]) + "".join(f"<td>{cell}</td>" for cell in row[1:]) + "</tr>" for row in rows
    )
    return f'<div class="wide" tabindex="0" role="group" aria-label="figures"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'
