"""The page: one HTML file that needs nothing else, with all data in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from html import escape
from importlib.resources import files
from typing import Any

from clients.bench.report.figures import Figures
from clients.bench.report.sections import SECTIONS


def page(report: dict[str, Any]) -> str:
    """Return the HTML of a report."""
    figures = Figures(report)
    benches = "".join(_bench(figures, number, bench) for number, bench in enumerate(report["benches"]))
    versions = ", ".join(f"{escape(name)} {escape(value)}" for name, value in report["packages"].items() if value)
    quick = "<p class=note>Small samples (--quick): good for a look, not for comparing.</p>" if report["quick"] else ""
    style = (files("clients.bench.report") / "page.css").read_text(encoding="utf-8")
    data = json.dumps(report, ensure_ascii=False).replace("</", "<\\/")
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Parley, measured</title><style>{style}</style><body><header><h1>Parley, measured</h1>"
        f"<p>{escape(report['machine'])}<br>{escape(report['made'])}; {versions}</p>{quick}{_tiles(figures, report)}</header><main>{benches}</main>"
        f'<script type="application/json" id="report">{data}</script></body></html>\n'
    )


def _tiles(figures: Figures, report: dict[str, Any]) -> str:
    wanted: dict[str, tuple[str, Callable[[str], str]]] = {
        "latency": ("voice to voice, p50", lambda at: figures.ms(f"{at}/0/parts/voice_to_voice/p50")),
        "overlap": ("interruptions that stop it", lambda at: figures.percent(f"{at}/0/stopped")),
        "interpret": ("lag of interpreting, en-es", lambda at: figures.s(f"{at}/0/en-es/live/laal_s")),
        "route": ("hard questions known, AUROC", lambda at: figures.show(f"{at}/0/auroc", digits=3)),
    }
    found = []
    for number, bench in enumerate(report["benches"]):
        if bench["name"] in wanted and "results" in bench:
            label, value = wanted[bench["name"]]
            found.append(f"<li><b>{value(f'benches/{number}/results')}</b><span>{escape(label)}</span></li>")
    return f"<ul class=tiles>{''.join(found)}</ul>"


def _bench(figures: Figures, number: int, bench: dict[str, Any]) -> str:
    heading, section = SECTIONS[bench["name"]]
    raw = escape(json.dumps(bench.get("results"), ensure_ascii=False, indent=1))
    body = (
        section(figures, f"benches/{number}/results", bench["results"])
        if "results" in bench
        else f"<p class=error>{escape(bench['error'])}</p>"
    )
    details = f"<details><summary>Raw data</summary><pre>{raw}</pre></details>" if "results" in bench else ""
    took = figures.show(f"benches/{number}/seconds", unit="s")
    return f"<section id={bench['name']}><h2>{heading}</h2>{body}<p class=command><code>{escape(bench['command'])}</code> {took}</p>{details}</section>"
