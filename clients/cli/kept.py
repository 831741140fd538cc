"""`parley sessions` and its options."""

from __future__ import annotations

from typing import Annotated

import typer

sessions = typer.Typer(help="Conversations that were kept: talks, and the server's.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="ID", help="As shown by the list.")]


@sessions.command(name="list")
def list_(json: Annotated[bool, typer.Option("--json", help="Print one JSON object a conversation.")] = False) -> None:
    """List them, the newest first."""
    from clients.cli.sessions import show_list

    show_list(as_json=json)


@sessions.command()
def show(name: Name) -> None:
    """Show what was said."""
    from clients.cli.sessions import show as work

    work(name)


@sessions.command()
def export(name: Name) -> None:
    """Print all that is kept of one, as JSON."""
    from clients.cli.sessions import export as work

    work(name)


@sessions.command()
def delete(
    names: Annotated[list[str] | None, typer.Argument(metavar="ID...", help="As shown by the list.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
) -> None:
    """Delete conversations for good."""
    from clients.cli.sessions import delete as work

    work(names or [], everything=all_)
