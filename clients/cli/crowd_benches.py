"""The benches of `parley bench` with many at once, and of what that stands on; the commands of `benches.py` measure one conversation."""

from __future__ import annotations

from typing import Annotated

import typer

from clients.cli.options import Json
from clients.desktop.interrupts import undisturbed


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


def processes(
    n: Annotated[int, typer.Option("-n", min=1, help="Steps of each kind.")] = 50,
    json: Json = False,
) -> None:
    """What it costs that an engine has a process of its own, and how soon it is back when that dies."""
    with undisturbed():
        from clients.bench.processes import bench_processes
        from clients.cli.running import until_done

    until_done(bench_processes(n, as_json=json))


def doors(
    n: Annotated[int, typer.Option("-n", min=1, help="Ways to a first sound, each way.")] = 50,
    json: Json = False,
) -> None:
    """What it costs that an engine is a replica of a cluster; starts Ray here."""
    with undisturbed():
        from clients.bench.doors import bench_doors
        from clients.cli.running import until_done

    until_done(bench_doors(n, as_json=json))


def rooms(
    context: typer.Context,
    n: Annotated[int, typer.Option("-n", min=1, help="Utterances of each of two people, alone and before the listeners.")] = 12,
    listeners: Annotated[int, typer.Option("--listeners", min=1, max=30, help="People who read and hear.")] = 20,
    json: Json = False,
) -> None:
    """By how much a translation in a room trails its speaker, alone and before an audience; starts a server."""
    with undisturbed():
        from clients.bench.rooms import bench_rooms
        from clients.cli.running import until_done

    until_done(bench_rooms(context.obj, n, listeners, as_json=json))


def load(
    context: typer.Context,
    n: Annotated[str, typer.Option("-n", metavar="N,...", help="Sessions at once; several numbers give a curve.")] = "1,2,4,8",
    minutes: Annotated[float, typer.Option("--minutes", min=0.05, max=1440, help="How long each number of sessions talks.")] = 1,
    rate: Annotated[
        float | None,
        typer.Option(
            "--open",
            metavar="RATE",
            min=0.1,
            max=20,
            help="Turns a minute of each session, whoever is late; without it the next one follows when the reply was heard.",
        ),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(
            "--url", metavar="ws://...", help="A server that runs already; its key is taken from PARLEY_KEY. Without it one is started."
        ),
    ] = None,
    kill: Annotated[
        list[str] | None,
        typer.Option(
            "--kill",
            metavar="'WHAT WHEN'",
            help="What goes wrong: engine=voice, stop=voice (it hangs) or socket, and at=30s or every=20s; as often as you like.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of everything that is drawn by chance.")] = 0,
    json: Json = False,
) -> None:
    """How many can talk to one server at once, and what that costs: sessions in real time over real connections."""
    with undisturbed():
        from clients.bench.load.bench import bench_load
        from clients.cli.running import until_done

    until_done(bench_load(context.obj, n, minutes, url=url, rate=rate, kill=kill or (), seed=seed, as_json=json))
