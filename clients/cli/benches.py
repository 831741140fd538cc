"""`parley bench` and its options: what can be measured on this machine. A bench's own module is imported only when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assistant.simultaneous import MEASURED, Patience
from clients.cli.crowd_benches import batch, doors, load, processes, rooms
from clients.cli.options import Json
from clients.desktop.interrupts import undisturbed

bench = typer.Typer(help="Measure this machine.", no_args_is_help=True)

Seed = Annotated[int, typer.Option(help="Of everything that is drawn by chance.")]


@bench.command()
def report(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", metavar="PAGE.html", help="The page; the JSON is put beside it.")] = Path("report.html"),
    quick: Annotated[bool, typer.Option("--quick", help="Small samples: a few minutes.")] = False,
    only: Annotated[str | None, typer.Option("--only", metavar="BENCH,...", help="Only these benches.")] = None,
    seed: Seed = 0,
    url: Annotated[
        str | None,
        typer.Option("--url", metavar="ws://...", help="Also ask a server on this machine; its key is taken from PARLEY_KEY."),
    ] = None,
) -> None:
    """All benches, as one page with plots and as JSON; leave the machine alone meanwhile."""
    with undisturbed():
        from clients.bench.report.writing import bench_report
        from clients.cli.running import until_done

    given = context.find_root().params
    options = [part for flag in given["set_"] or () for part in ("--set", flag)]
    options += ["--settings", str(given["settings"])] if given["settings"] else []
    raise typer.Exit(1 if until_done(bench_report(out, options, quick=quick, only=only, seed=seed, url=url)) else 0)


@bench.command()
def compare(one: Path, other: Path, json: Json = False) -> None:
    """Two reports side by side, as JSON files of parley bench report."""
    with undisturbed():
        from clients.bench.report.compare import bench_compare

    bench_compare(one, other, as_json=json)


@bench.command()
def latency(
    context: typer.Context,
    n: Annotated[int, typer.Option("-n", min=1, help="Turns to measure.")] = 50,
    seed: Seed = 0,
    profile: Annotated[
        str,
        typer.Option(
            "--profile", help="starter, or shape, shape-1b and shape-stock: public architectures with random weights, made at first use."
        ),
    ] = "starter",
    compare: Annotated[
        str | None, typer.Option("--compare", metavar="IDEA,...", help="Also measure without these: drafts, prefill, governor, endpoint.")
    ] = None,
    busy: Annotated[int, typer.Option("--busy", min=0, help="Let other processes use so many cores meanwhile.")] = 0,
    slow: Annotated[
        str | None, typer.Option("--slow", metavar="ENGINE=FACTOR", help="Slow one engine down, such as language-model=3.")
    ] = None,
    url: Annotated[
        str | None,
        typer.Option("--url", metavar="ws://...", help="Also ask a server on this machine; its key is taken from PARLEY_KEY."),
    ] = None,
    json: Json = False,
) -> None:
    """From the last word to the answer: questions in real time through the whole pipeline."""
    with undisturbed():
        from clients.bench.latency import Conditions, bench_latency
        from clients.cli.running import until_done

    until_done(bench_latency(context.obj, Conditions(n, seed, busy, slow), models=profile, compare=compare, url=url, as_json=json))


@bench.command()
def devices(
    context: typer.Context,
    n: Annotated[int, typer.Option("-n", min=1, help="Questions to ask.")] = 20,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """What sound devices and the desktop client add; through a virtual cable, which needs PulseAudio and no hardware."""
    with undisturbed():
        from clients.bench.devices import bench_devices
        from clients.cli.running import until_done

    until_done(bench_devices(context.obj, n, seed=seed, as_json=json))


@bench.command()
def idle(
    context: typer.Context,
    seconds: Annotated[float, typer.Option("--seconds", min=1, help="How long each of four times is.")] = 60,
    json: Json = False,
) -> None:
    """What parley talk takes of the processor while nobody speaks; through a virtual cable, on Linux."""
    with undisturbed():
        from clients.bench.idle import bench_idle
        from clients.cli.running import until_done

    until_done(bench_idle(context.obj, seconds, as_json=json))


@bench.command()
def route(
    context: typer.Context,
    n: Annotated[int, typer.Option("-n", min=10, help="Questions to ask.")] = 600,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """How well it is known which questions need a large model, and what that saves."""
    with undisturbed():
        from clients.bench.route import bench_route
        from clients.cli.running import until_done

    until_done(bench_route(context.obj, n, seed=seed, as_json=json))


@bench.command()
def endpoint(
    context: typer.Context,
    n: Annotated[int, typer.Option("-n", min=1, help="Utterances to listen to.")] = 500,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """How soon it is known that somebody has finished, against how often one is cut off."""
    with undisturbed():
        from clients.bench.endpoint import bench_endpoint
        from clients.cli.running import until_done

    until_done(bench_endpoint(context.obj, n, seed=seed, as_json=json))


@bench.command()
def heard(
    context: typer.Context,
    n: Annotated[int, typer.Option("-n", min=1, help="Stops to measure.")] = 300,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """How exactly it is known which words of a stopped reply were heard."""
    with undisturbed():
        from clients.bench.heard import bench_heard
        from clients.cli.running import until_done

    until_done(bench_heard(context.obj, n, seed=seed, as_json=json))


@bench.command()
def overlap(
    context: typer.Context,
    n: Annotated[int, typer.Option("-n", min=1, help="Interruptions to measure, and as many other sounds.")] = 200,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Which sounds stop a reply that is being spoken: interruptions, and nothing else."""
    with undisturbed():
        from clients.bench.overlap import bench_overlap

    bench_overlap(context.obj, n, seed=seed, as_json=json)


@bench.command()
def echo(
    context: typer.Context,
    minutes: Annotated[float, typer.Option("--minutes", min=0.1, help="Of the assistant's own talking, as it would sound.")] = 30,
    n: Annotated[int, typer.Option("-n", min=0, help="Interruptions to measure.")] = 48,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Whether an assistant whose microphone hears its speaker leaves itself alone, and still hears you."""
    with undisturbed():
        from clients.bench.echo import bench_echo

    bench_echo(context.obj, minutes, n, seed=seed, as_json=json)


@bench.command()
def overhead(n: Annotated[int, typer.Option("-n", min=1, help="Turns to measure.")] = 50, json: Json = False) -> None:
    """What the conversation itself costs, on engines that cost nothing."""
    with undisturbed():
        from clients.bench.overhead import bench_overhead

    bench_overhead(n, as_json=json)


@bench.command()
def interpret(
    context: typer.Context,
    n: Annotated[int, typer.Option("-n", min=1, help="Utterances of 5 to 10 s to interpret each way.")] = 100,
    seed: Seed = 0,
    wait: Annotated[
        int, typer.Option("--wait", min=1, help="Words of a sentence that are heard before anything is said.")
    ] = MEASURED.wait_words,
    agree: Annotated[int, typer.Option("--agree", min=1, help="Translations in a row that must agree.")] = MEASURED.agree,
    hold: Annotated[int, typer.Option("--hold", min=0, help="Newest words on which they agree that are held back.")] = MEASURED.hold_words,
    json: Json = False,
) -> None:
    """How far the translation trails the speaker, and what that costs in quality; beside waiting for the end."""
    with undisturbed():
        from clients.bench.interpret import bench_interpret

    bench_interpret(context.obj, n, seed=seed, patience=Patience(wait, agree, hold), as_json=json)


@bench.command()
def glossary(
    context: typer.Context,
    n: Annotated[int, typer.Option("-n", min=1, help="Sentences to translate each way.")] = 200,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """How often a term is translated as a glossary says, and what that costs."""
    with undisturbed():
        from clients.bench.glossary import bench_glossary
        from clients.cli.running import until_done

    until_done(bench_glossary(context.obj, n, seed=seed, as_json=json))


for command in (batch, processes, doors, rooms, load):
    bench.command()(command)
