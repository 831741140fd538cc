"""Meters and latency bars, as lines."""

from __future__ import annotations

from clients.terminal.cells import Line, Span, Style, fit, width
from clients.terminal.state import QUIET_DB, Bar, State

LOUD_DB = -6.0
"""From here on a microphone is close to clipping."""

LEAST_SCALE_S = 0.5
"""A bar as long as the screen is so long at the least: a fast answer must look fast."""

_LETTERS = {"understood": "█", "thought": "▓", "voiced": "▒", "waited": "░", "played": "·"}


def meter(name: str, db: float, cells: int, off: str = "") -> Line:
    """Return a level meter, `cells` wide in all; `off` says why it shows nothing."""
    label = f"{name} "
    inside = cells - len(label) - 2 - 7  # the ends, and the figure
    if off:
        return fit((Span(label, Style.FAINT), Span(off, Style.STRONG)), cells)
    figure = f" {db:3.0f} dB" if db > QUIET_DB else "  quiet"
    if inside < 3:
        return fit((Span(label, Style.FAINT), Span(figure.strip())), cells)
    filled = round((db - QUIET_DB) / -QUIET_DB * inside)
    loud = round((LOUD_DB - QUIET_DB) / -QUIET_DB * inside)
    bar, high = "▮" * min(filled, loud), "▮" * max(0, filled - loud)
    empty = "·" * (inside - len(bar) - len(high))
    return (
        Span(label, Style.FAINT), Span("["), Span(bar, Style.BAR), Span(high, Style.BAR_HIGH), Span(empty, Style.FAINT),
        Span("]"), Span(figure),
    )  # fmt: skip


def summary(state: State, cells: int, *, short: bool) -> Line:
    """Return what the last turn took, the percentiles of all, and how often sound was lost, if ever."""
    xruns = (Span("  xruns ", Style.FAINT), Span(f"{state.xruns}", Style.STRONG)) if state.xruns else ()
    if not state.bars:
        return fit((Span("latency ", Style.FAINT), Span("no answer yet", Style.FAINT), *xruns), cells)
    last_ms, p50_ms, p95_ms = (f"{seconds * 1000:.0f}" for seconds in (state.bars[-1].total_s, state.p50_s, state.p95_s))
    spread = (Span(" p50 ", Style.FAINT), Span(p50_ms), Span(" p95 ", Style.FAINT), Span(p95_ms), Span(" ms"))
    behind = () if short else (Span(f"  of {state.turns} {'answer' if state.turns == 1 else 'answers'}", Style.FAINT),)
    return fit((Span("latency ", Style.FAINT), Span(last_ms, Style.STRONG), *spread, *xruns, *behind), cells)


def legend(bar: Bar, cells: int) -> Line:
    """Return what the parts of a bar are, with the milliseconds of this one."""
    spans: list[Span] = []
    before_s = 0.0
    for name, at_s in bar.parts:
        spans += [Span(f"{_LETTERS[name]} ", Style.BAR), Span(f"{name} {(at_s - before_s) * 1000:.0f}  ", Style.FAINT)]
        before_s = at_s
    return fit(spans, cells)


def latency_bar(bar: Bar, longest_s: float, cells: int) -> Line:
    """Return one turn as a bar; as wide as the screen is `longest_s`."""
    label, figure = f"turn {bar.turn:<3} ", f" {bar.total_s * 1000:5.0f} ms"
    inside = cells - len(label) - len(figure)
    if inside < 8:
        return fit((Span(label, Style.FAINT), Span(figure.strip())), cells)
    scale = inside / max(longest_s, LEAST_SCALE_S)
    spans, drawn = [Span(label, Style.FAINT)], 0
    for name, at_s in bar.parts:
        end = min(inside, max(round(at_s * scale), drawn))
        spans.append(Span(_LETTERS[name] * (end - drawn), Style.BAR))
        drawn = end
    spans += [Span(" " * (inside - drawn)), Span(figure)]
    assert width(spans) <= cells
    return tuple(span for span in spans if span.text)
