"""`parley talk` and its options: in this process, or with a server."""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.errors import InputError
from clients.cli.options import Pack, Verbose, with_pack
from clients.desktop.interrupts import undisturbed

if TYPE_CHECKING:
    from assistant.settings import Settings


def talk(
    context: typer.Context,
    microphone: Annotated[str | None, typer.Option("--microphone", "-m", help="Number, or a part of the name.")] = None,
    speaker: Annotated[str | None, typer.Option("--speaker", "-s", help="Number, or a part of the name.")] = None,
    devices: Annotated[bool, typer.Option("--devices", help="List the devices and end.")] = False,
    pack: Pack = None,
    interpret: Annotated[
        tuple[str, str] | None, typer.Option("--interpret", metavar="A B", help="Interpret between two people, such as: en es.")
    ] = None,
    url: Annotated[
        str | None, typer.Option("--url", metavar="wss://...", help="Talk with a server; its key is taken from PARLEY_KEY or the settings.")
    ] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Line by line: for screen readers; pipes get it by themselves.")] = False,
    verbose: Verbose = False,
) -> None:
    """Talk with the assistant, or through it with somebody else; Ctrl-C ends."""
    if pack is not None and interpret is not None:
        raise InputError("An interpreter answers nobody, and needs no pack; leave out --pack, or --interpret.")
    if pack is not None and url is not None:
        raise InputError(
            "With --url the server's assistant answers, with the pack that parley serve --pack names; leave out --pack, or --url."
        )
    if url is not None and not devices:
        _call(context.obj, url, microphone, speaker, interprets=interpret is not None, plain=plain, verbose=verbose)
        return
    with suppress(KeyboardInterrupt):  # how a talk ends
        with undisturbed(), _starting():
            from clients.cli.running import until_done
            from clients.cli.talk import show_devices
            from clients.cli.talk import talk as work
        if devices:
            show_devices()
        else:
            raise typer.Exit(
                until_done(work(with_pack(context, pack), microphone, speaker, interpret=interpret, plain=plain, verbose=verbose))
            )


def _starting() -> AbstractContextManager[object]:
    """Show a sign of life while what a talk needs is imported: on a slow machine that takes seconds."""
    from clients.cli.stderr import errors

    return errors.status("Starting …")


def _call(
    settings: Settings, url: str, microphone: str | None, speaker: str | None, *, interprets: bool, plain: bool, verbose: bool
) -> None:
    """Talk with a server: no models, and nothing of them is imported."""
    with suppress(KeyboardInterrupt):
        with undisturbed(), _starting():
            import asyncio

            from clients.cli.calling import call
        raise typer.Exit(asyncio.run(call(settings, url, microphone, speaker, interprets=interprets, plain=plain, verbose=verbose)))
