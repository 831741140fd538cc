"""Plots as inline SVG: lines over shares, and bars; sized by the page, coloured by its style."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil, floor, log10

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 280, 56, 16, 14, 44

LINE = 17
"""Of text below a plot."""

Points = Sequence[tuple[float, float]]


def lines(series: Mapping[str, Points], *, x: str, y: str, limit: tuple[float, str] | None = None, most_y: float | None = None) -> str:
    """Return a plot with one line a series.

    Args:
        series: (x, y) by name, in order of x; the first is drawn thickest.
        x: what the horizontal axis tells, with its unit.
        y: what the vertical axis tells, with its unit.
        limit: an x that is not to be exceeded, and what it is.
        most_y: the end of the vertical axis, if not that of the values.
    """
    every = [point for points in series.values() for point in points]
    edge_x = _nice(max([point[0] for point in every] + ([limit[0]] if limit else [])))
    edge_y = most_y or _nice(max(point[1] for point in every))
    parts = [*_axes(edge_x, edge_y, x, y)]
    if limit:
        parts += _limit(limit, edge_x)
    for number, points in enumerate(series.values()):
        path = " ".join(f"{_x(px, edge_x):.1f},{_y(py, edge_y):.1f}" for px, py in points)
        parts.append(f'<polyline class="s{number}" points="{path}"/>')
    return _figure(parts, ", ".join(series), [(f"s{number}", name) for number, name in enumerate(series)])


def points(
    groups: Mapping[str, Sequence[tuple[float, float, str]]], *, x: str, y: str, limit: tuple[float, str] | None = None, notes: Sequence[str] = ()
) -> str:  # fmt: skip
    """Return a plot of single points, each with a short name; below it the lines of `notes`, which say more; the rest as of `lines`."""
    every = [point for group in groups.values() for point in group]
    edge_x, edge_y = _nice(max([point[0] for point in every] + ([limit[0]] if limit else []))), _nice(max(point[1] for point in every))
    parts = [*_axes(edge_x, edge_y, x, y)]
    if limit:
        parts += _limit(limit, edge_x)
    for number, group in enumerate(groups.values()):
        for px, py, name in group:
            at_x, at_y = _x(px, edge_x), _y(py, edge_y)
            parts.append(f'<circle class="s{number}" cx="{at_x:.1f}" cy="{at_y:.1f}" r="5"/>')
            parts.append(f'<text class="label" x="{at_x:.1f}" y="{at_y - 8:.1f}" text-anchor="middle">{escape(name)}</text>')
    for row, note in enumerate(notes, 1):
        parts.append(f'<text class="label" x="{LEFT}" y="{HEIGHT + LINE * row}">{escape(note)}</text>')
    height = HEIGHT + LINE * (len(notes) + 1) if notes else HEIGHT
    return _figure(parts, ", ".join(groups), [(f"s{number}", name) for number, name in enumerate(groups)], height)


def bars(rows: Sequence[tuple[str, Mapping[str, float]]], *, unit: str, most: float | None = None) -> str:
    """Return horizontal bars: a row a name, in it a bar a series, the same ones in each."""
    names = list(rows[0][1])
    edge = most or _nice(max(value for _, values in rows for value in values.values()))
    bar, gap = 14, 12
    row = bar * len(names) + gap
    label, height = 170, row * len(rows) + gap + 26
    scale = (WIDTH - label - 60) / edge
    parts = []
    for number, (name, values) in enumerate(rows):
        top = gap + number * row
        parts.append(
            f'<text class="label" x="{label - 8}" y="{top + bar * len(names) / 2 + 4:.1f}" text-anchor="end">{escape(name)}</text>'
        )
        for place, series in enumerate(names):
            width, at = max(values[series], 0) * scale, top + place * bar
            parts.append(f'<rect class="s{place}" x="{label}" y="{at}" width="{width:.1f}" height="{bar - 3}"/>')
            parts.append(f'<text class="value" x="{label + width + 5:.1f}" y="{at + bar - 4}">{values[series]:.3g} {escape(unit)}</text>')
    return _figure(parts, "bars", [(f"s{place}", series) for place, series in enumerate(names)] if len(names) > 1 else [], height)


def _figure(parts: Sequence[str], title: str, legend: Sequence[tuple[str, str]], height: int = HEIGHT) -> str:
    keys = "".join(f'<span class="key {kind}">{escape(name)}</span>' for kind, name in legend)
    body = "".join(parts)
    return f'<div class="plot" tabindex="0" role="group" aria-label="plot"><svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">{body}</svg><p>{keys}</p></div>'


def _limit(limit: tuple[float, str], edge_x: float) -> list[str]:
    at = _x(limit[0], edge_x)
    line = f'<line class="limit" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'
    return [line, f'<text class="note" x="{at - 4:.1f}" y="{TOP + 12}" text-anchor="end">{escape(limit[1])}</text>']


def _axes(edge_x: float, edge_y: float, x: str, y: str) -> list[str]:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = [f'<line class="axis" x1="{LEFT}" x2="{right}" y1="{bottom}" y2="{bottom}"/>']
    for step in range(6):
        px, py = _x(edge_x * step / 5, edge_x), _y(edge_y * step / 5, edge_y)
        parts.append(f'<text class="tick" x="{px:.1f}" y="{bottom + 16}" text-anchor="middle">{edge_x * step / 5:.4g}</text>')
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{right}" y1="{py:.1f}" y2="{py:.1f}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 6}" y="{py + 4:.1f}" text-anchor="end">{edge_y * step / 5:.4g}</text>')
    parts.append(f'<text class="name" x="{(LEFT + right) / 2:.0f}" y="{HEIGHT - 8}" text-anchor="middle">{escape(x)}</text>')
    parts.append(
        f'<text class="name" transform="translate(13 {(TOP + bottom) / 2:.0f}) rotate(-90)" text-anchor="middle">{escape(y)}</text>'
    )
    return parts


def _x(value: float, edge: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * value / edge


def _y(value: float, edge: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / edge


def _nice(value: float) -> float:
    """Return the next number that divides well by five."""
    if value <= 0:
        return 1.0
    unit = 10.0 ** floor(log10(value))
    return next(step * unit for step in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if step * unit >= value * 0.999) if ceil(value) else 1.0
