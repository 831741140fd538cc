"""The plot of a recommendation as a file: an SVG alone, or a page around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path

from assistant.errors import InputError
from clients.bench.report.svg import points
from models.advice.profiles import Limits, Rated, letters


def require_place(path: Path) -> None:
    """Make sure that a plot may be written there, before anything is measured.

    Raises:
        InputError: the name ends otherwise than with .svg or .html, or there is no such folder.
    """
    if path.suffix not in (".svg", ".html"):
        raise InputError(f"--plot {str(path)!r} is neither a picture nor a page; give a name that ends with .svg or .html.")
    if not path.parent.is_dir():
        raise InputError(f"There is no folder {str(path.parent)!r} to write {path.name} into; make it first.")


def write_plot(path: Path, rows: Sequence[Rated], best: Rated, limits: Limits, machine: str) -> None:
    """Write quality against predicted time; what has no published quality lies at 0, and is told apart.

    Raises:
        InputError: it cannot be written.
    """
    groups: dict[str, list[tuple[float, float, str]]] = {"recommended": [], "not beaten by any other": [], "quality not published": []}
    notes = []
    for letter, each in zip(letters(len(rows)), rows, strict=True):
        if each.voice_to_voice_s is None:
            continue
        quality, profile = each.profile.quality, each.profile
        group = "recommended" if each is best else "quality not published" if quality is None else "not beaten by any other"
        groups[group].append((each.voice_to_voice_s, quality or 0.0, letter))
        told = "quality not published" if quality is None else f"quality {quality:.1f} %"
        notes.append(
            f"{letter}{'*' if each is best else ''}  {profile.listening.name}, {profile.answering.name}: {told}, "
            f"{each.voice_to_voice_s:.2f} s, {profile.memory_bytes / 1e9:.2f} GB"
        )
    shown = {name: group for name, group in groups.items() if group}
    if not shown:
        raise InputError("No profile would speak here, so there is nothing to plot.")
    figure = points(
        shown,
        x="predicted seconds from the last word to the answer",
        y="quality, %, as published",
        limit=(limits.deadline_s, "allowed"),
        notes=notes,
    )
    style = (files("clients.bench.report") / "page.css").read_text(encoding="utf-8")
    text = _svg(figure, style) if path.suffix == ".svg" else _page(figure, style, machine)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be written ({error.strerror or error}); give another place.") from error


def _svg(figure: str, style: str) -> str:
    found = re.search(r"<svg .*</svg>", figure, re.DOTALL)
    assert found
    rules = "\n".join(line for line in style.splitlines() if line.startswith((":root", "@media", "svg ")))
    return found[0].replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).replace(">", f"><style>{rules}</style>", 1) + "\n"


def _page(figure: str, style: str, machine: str) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Parley: models for this machine</title><style>{style}</style><body><header><h1>Models for this machine</h1>"
        f"<p>{escape(machine)}</p></header><main>{figure}</main></body></html>\n"
    )
