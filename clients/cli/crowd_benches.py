"""`parley bench` with many at once; the commands of `benches.py` measure one conversation."""

from __future__ import annotations

from typing import Annotated

import typer

from clients.cli.benches import Json, bench
from clients.desktop.interrupts import undisturbed


@bench.command()
def batch(
    context: typer.Context,
    n: Annotated[int, typer.Option("-n", min=4, help="Tokens of each answer.")] = 32,
    newcomers: Annotated[int, typer.Option("--newcomers", min=1, help="How often a new session asks.")] = 20,
    profile: Annotated[str, typer.Option("--profile", help="starter, shape or shape-1b.")] = "starter",
    json: Json = False,
) -> None:
    """What the language model writes for several sessions at once, and how long a new one waits; beside steps that are not shared."""
    with undisturbed():
        from clients.bench.batch import bench_batch
        from clients.cli.running import until_done

    until_done(bench_batch(context.obj, profile=profile, tokens=n, newcomers=newcomers, as_json=json))
