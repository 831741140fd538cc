"""The benches of how engines work, wherever that is."""

from __future__ import annotations

from typing import Annotated

import typer

from clients.desktop.interrupts import undisturbed


def processes(
    n: Annotated[int, typer.Option("-n", min=1, help="Steps of each kind.")] = 50,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a result.")] = False,
) -> None:
    """What it costs that an engine has a process of its own, and how soon it is back when that dies."""
    with undisturbed():
        from clients.bench.processes import bench_processes
        from clients.cli.running import until_done

    until_done(bench_processes(n, as_json=json))
