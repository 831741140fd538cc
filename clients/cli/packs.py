"""`parley pack` and its options: domain packs. What a command needs is imported only when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clients.cli.options import Json
from clients.desktop.interrupts import undisturbed

packs = typer.Typer(help="Domain packs: the words, the rules and the knowledge of a subject.", no_args_is_help=True)

Named = Annotated[str, typer.Argument(metavar="NAME|FOLDER", help="A pack that ships or is installed, or its folder.")]


@packs.command("list")
def show(json: Json = False) -> None:
    """What packs there are."""
    with undisturbed():
        from clients.cli.pack import list_packs

    list_packs(as_json=json)


@packs.command()
def new(
    name: Annotated[str, typer.Argument(help="Small letters, digits and hyphens.")],
    where: Annotated[Path, typer.Option("--in", metavar="FOLDER", help="Where its folder is made.")] = Path(),
) -> None:
    """Write a small pack that is complete, to be changed."""
    with undisturbed():
        from clients.cli.pack import new_pack

    new_pack(name, where)


@packs.command()
def check(pack: Named) -> None:
    """Say whether a pack is right, and what is in it."""
    with undisturbed():
        from clients.cli.pack import check_pack

    check_pack(pack)


@packs.command()
def install(folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of the pack.")]) -> None:
    """Copy a pack to where its name is enough; one of the same name is replaced."""
    with undisturbed():
        from clients.cli.pack import install_pack

    install_pack(folder)


@packs.command("eval")
def evaluate(
    context: typer.Context,
    pack: Named,
    aloud: Annotated[bool, typer.Option("--aloud/--no-aloud", help="Also ask the spoken cases, by the voices.")] = True,
    scores: Annotated[bool, typer.Option("--scores", help="Only what would come of other thresholds; asks no engine.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show each case that went wrong.")] = False,
    json: Json = False,
) -> None:
    """Try a pack's own cases, without the pack and with it."""
    with undisturbed():
        from clients.cli.pack import eval_pack, show_scores
        from clients.cli.running import until_done

    if scores:
        show_scores(pack, as_json=json)
    else:
        until_done(eval_pack(context.obj, pack, aloud=aloud, as_json=json, verbose=verbose))
