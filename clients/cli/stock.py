"""`parley models` and its options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from clients.desktop.interrupts import undisturbed

stock = typer.Typer(help="Models that take the place of the starter models: fetch, check, carry to other machines.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="As shown by the list.")]
Names = Annotated[list[str], typer.Argument(metavar="NAME...", help="As shown by the list.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a model.")]
Accept = Annotated[bool, typer.Option("--accept-licence", help="You have read the licence and accept it, where that is asked for.")]
Unverified = Annotated[bool, typer.Option("--unverified", help="Take files whose hashes nobody has verified; they are told afterwards.")]
Use = Annotated[bool, typer.Option("--use", help="Write it into the settings file.")]
Lang = Annotated[list[str] | None, typer.Option("--lang", help="With --use: the language it is for; may come again.")]


@stock.command(name="list")
def list_(
    context: typer.Context,
    kind: Annotated[str | None, typer.Option("--kind", help="recognition, assistant, translation, voice or turn.")] = None,
    lang: Annotated[str | None, typer.Option("--lang", help="Only those for this language, such as es.")] = None,
    here: Annotated[bool, typer.Option("--installed", help="Only those that are installed.")] = False,
    json: Json = False,
) -> None:
    """List what can be had, and what is installed."""
    from clients.cli.shelf import show_list

    show_list(context.obj, kind, lang, installed_only=here, as_json=json)


@stock.command()
def show(context: typer.Context, name: Name, json: Json = False) -> None:
    """Show one: files, licence, languages, memory, what is peculiar about it."""
    from clients.cli.shelf import show as work

    work(context.obj, name, as_json=json)


@stock.command()
def pull(
    context: typer.Context, names: Names, use: Use = False, lang: Lang = None, accept: Accept = False, unverified: Unverified = False
) -> None:
    """Fetch models from Hugging Face or a mirror (HF_ENDPOINT); who is stopped goes on from there."""
    from clients.cli.fetch import fetch

    fetch(context.obj, names, _use(context, use, lang), accept=accept, unverified=unverified)


@stock.command()
def verify(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME...", help="All that are installed if none is named.")] = None,
) -> None:
    """Check that the files are what they were when they came."""
    from clients.cli.shelf import verify as work

    if work(names or ()):
        raise typer.Exit(2)


@stock.command()
def remove(names: Names) -> None:
    """Remove models, and what was fetched of them."""
    from clients.cli.shelf import remove as work

    work(names)


@stock.command(name="import")
def import_(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="BUNDLE|FILE...", help="A bundle, or all files of one model of the catalogue.")],
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Which model the files are; known by their hashes otherwise.")
    ] = None,
    use: Use = False,
    lang: Lang = None,
    accept: Accept = False,
    unverified: Unverified = False,
) -> None:
    """Install from a bundle, or from files that you have."""
    from clients.cli.carry import bring_in

    bring_in(context.obj, paths, name, _use(context, use, lang), accept=accept, unverified=unverified)


@stock.command()
def bundle(
    names: Names,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE.tar", help="The archive to write.")] = Path("parley-models.tar"),
) -> None:
    """Put installed models into one archive, with their hashes and licences, for machines without a network."""
    from clients.cli.carry import carry_out

    carry_out(names, out)


@stock.command()
def recommend(
    context: typer.Context,
    lang: Annotated[
        list[str] | None, typer.Option("--lang", help="A language that is spoken with it, such as es; may come again. en if not given.")
    ] = None,
    memory: Annotated[
        float | None, typer.Option("--memory", metavar="GB", min=0, help="The most that it may take; what is free if not given.")
    ] = None,
    deadline: Annotated[
        float | None,
        typer.Option("--deadline", metavar="SECONDS", min=0.1, help="The longest until it answers; budget.voice_to_voice_s if not given."),
    ] = None,
    use: Annotated[bool, typer.Option("--use", help="Write what is recommended into the settings file.")] = False,
    plot: Annotated[Path | None, typer.Option("--plot", metavar="FILE.svg|FILE.html", help="Also draw it.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Hold a conversation with models of the same shape, and compare.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="Show every profile that no other one beats.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Measure the machine anew.")] = False,
    accept: Annotated[bool, typer.Option("--accept-licence", help="Also those whose licence has to be accepted.")] = False,
    unverified: Annotated[bool, typer.Option("--unverified", help="Also those whose hashes nobody has verified.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure this machine for half a minute, and say which models suit it: quality, memory, cost, time."""
    with undisturbed():
        from assistant.settings import default_path
        from clients.cli.recommend import Wish
        from clients.cli.recommend import recommend as work

    place = context.find_root().params["settings"] or default_path()
    wish = Wish(
        tuple(dict.fromkeys(lang or ("en",))), memory, deadline, accept=accept, unverified=unverified, again=again, every=all_, check=check,
        plot=plot, use=place if use else None,
    )  # fmt: skip
    work(context.obj, wish, as_json=json)


def _use(context: typer.Context, use: bool, languages: list[str] | None) -> tuple[Path, tuple[str, ...]] | None:
    """Return the settings file to write and the languages that were named, if it is to be written."""
    from assistant.errors import InputError
    from assistant.settings import default_path

    if not use:
        if languages:
            raise InputError("--lang says for which language a model is used; add --use.")
        return None
    return context.find_root().params["settings"] or default_path(), tuple(languages or ())
