"""The conversation on the screen: the newest lines at the bottom."""

from __future__ import annotations

from clients.terminal.cells import MORE, Line, Span, Style, cells, fit, wrap
from clients.terminal.state import Entry, Kind, Stage, State

LABEL = 8
"""Cells of a label on a screen that is wide enough."""

SHORT_LABEL = 6
NARROW = 60

LONGEST = 96
"""Cells of a line of text: longer ones are hard to read."""

_LABELS = {Kind.YOU: Style.YOU, Kind.PARLEY: Style.PARLEY, Kind.ERROR: Style.TROUBLE}


def conversation(state: State, columns: int, rows: int) -> list[Line]:
    """Return exactly `rows` lines."""
    if rows <= 0:
        return []
    back = state.back
    lines: list[Line] = []
    for entry in reversed(state.entries):
        lines = [*entry_lines(entry, columns), *lines]
        if len(lines) >= rows + back:
            break
    if not state.entries:
        lines = [(), *((Span("  "), *line) for line in wrap((Span(state.status.welcome, Style.FAINT),), columns - 3))]
        return (lines + [()] * rows)[:rows]
    back = min(back, max(0, len(lines) - rows))
    shown = lines[max(0, len(lines) - rows - back) : len(lines) - back]
    if back:
        shown[-1] = (Span(" ↓ ", Style.KEY), Span("more below; End goes there", Style.FAINT))
    return [*shown, *[()] * (rows - len(shown))]


def entry_lines(entry: Entry, columns: int) -> list[Line]:
    """Return one entry, its label in front of the first line."""
    label_cells = _label_cells(columns)
    indent = label_cells + 2
    room = min(columns - indent, LONGEST)
    if room < 8:  # no room for labels
        return [*wrap((Span(f"{entry.who}: " if entry.who else "", _LABELS.get(entry.kind, Style.FAINT)), *_text(entry)), columns)]
    label = fit((Span(entry.who),), label_cells)
    name = "".join(span.text for span in label)
    first = Span(" " * (label_cells - cells(name)) + name + "  ", _LABELS.get(entry.kind, Style.FAINT))
    lines = wrap(_text(entry), room)
    return [(first, *lines[0]), *((Span(" " * indent), *line) for line in lines[1:])]


def _label_cells(columns: int) -> int:
    return LABEL if columns >= NARROW else SHORT_LABEL


def _text(entry: Entry) -> Line:
    text, heard = entry.text, entry.heard
    match entry.stage:
        case Stage.SPOKEN:
            spans = [Span(text[:heard], Style.SPOKEN), Span(text[heard:]), Span(_behind(entry), Style.TENTATIVE)]
        case Stage.STOPPED:
            mark = " [stopped] " if text[:heard] else "[stopped] "
            spans = [Span(text[:heard]), Span(mark, Style.STRONG), Span(text[heard:].strip(), Style.FAINT)]
        case Stage.GROWING:
            spans = [Span(text), Span(_behind(entry), Style.TENTATIVE)]
        case _:
            spans = [Span(text, Style.FAINT if entry.kind in (Kind.TOOL, Kind.NOTE) else Style.PLAIN)]
    return tuple(span for span in spans if span.text)


def _behind(entry: Entry) -> str:
    if not entry.tentative:
        return f" {MORE}" if entry.stage is Stage.GROWING and entry.text else ""
    return f"{' ' if entry.text else ''}{entry.tentative} {MORE}"
