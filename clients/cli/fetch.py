"""`parley models pull`: the licence question, the progress, and what is said afterwards."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.prompt import Confirm

from assistant.errors import InputError
from assistant.settings import Settings
from clients.cli.chosen import Chosen, chosen, lines, write
from clients.cli.stderr import errors
from models.catalogue import Licence, catalogue
from models.hub import Hub
from models.installed import Receipt, main_path
from models.pull import Shown, allowed, present, pull

console = Console(emoji=False, highlight=False, markup=False)

Use = tuple[Path, tuple[str, ...]] | None
"""The settings file to write, and the languages; None where nothing is written."""


def fetch(settings: Settings, names: Sequence[str], use: Use, *, accept: bool, unverified: bool) -> None:
    """Fetch models that are not here, in this order.

    Raises:
        InputError, ModelMissing, ModelCorrupt: as `pull`; or a licence is not accepted.
    """
    shelf = catalogue(settings.models.catalogue)
    wanted = {name: allowed(name, shelf, unverified=unverified) for name in names}
    uses = {name: chosen(name, entry, use[1], settings) for name, entry in wanted.items()} if use else {}
    for name, entry in wanted.items():
        if (receipt := present(name, entry)) is not None:
            console.print(f"{name} is installed already, in {main_path(receipt)}.", soft_wrap=True)
        else:
            hub = Hub.of_environment()
            agreed(name, shelf.licence(name), accept=accept)
            try:
                with arriving(name, entry.bytes) as shown:
                    receipt = pull(name, shelf, hub, accepted=True, shown=shown)
            except KeyboardInterrupt:
                errors.print(
                    f"Stopped; what has come is kept, and parley models pull {name} goes on from there.", markup=False, soft_wrap=True
                )
                raise
            arrived(receipt)
        if use:
            put_to_use(use[0], uses[name])


def agreed(name: str, licence: Licence, *, accept: bool) -> None:
    """Make sure that a licence is accepted where it has to be: by an option, or by an answer at the terminal.

    Raises:
        InputError: it is not.
    """
    if not licence.accept or accept:
        return
    terms = f"{name} is under {licence.name} ({licence.url}): {licence.duties}"
    if sys.stdin.isatty() and errors.is_terminal:
        errors.print(terms, markup=False, soft_wrap=True)
        try:
            if Confirm.ask("Do you accept that?", console=errors, default=False):
                return
        except EOFError:
            pass
        raise InputError(f"The licence of {name} was not accepted, so nothing was fetched; parley models list shows others.")
    raise InputError(f"{terms.rstrip('.')}; if you have read it and accept it, add --accept-licence.")


@contextmanager
def arriving(what: str, total: int) -> Iterator[Shown]:
    """Show how much of several files has come, on a terminal."""
    have: dict[str, int] = {}
    with Progress(
        TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn(),
        console=errors, transient=True, disable=not errors.is_terminal, redirect_stdout=False, redirect_stderr=False,
    ) as progress:  # fmt: skip
        task = progress.add_task(what, total=total or None)

        def shown(file: str, bytes_: int, _: int | None) -> None:
            have[file] = bytes_
            progress.update(task, completed=sum(have.values()), description=f"{what}: {file}")

        yield shown


def arrived(receipt: Receipt) -> None:
    """Say what is installed now, and the hashes that nobody had verified."""
    size = sum(file.bytes for file in receipt.files)
    new = [file for file in receipt.files if not file.verified and file.name in {part.name for part in receipt.entry.files}]
    checked = "; every hash is the catalogue's" if not new else ""
    console.print(f"Installed {receipt.name}: {size / 1e6:,.1f} MB in {main_path(receipt)}{checked}.", soft_wrap=True)
    if new:
        console.print("Not verified; compare these with what others have, and with the model's page:", soft_wrap=True)
        for file in new:
            console.print(f"  {file.sha256}  {file.bytes:>13,}  {file.name}", soft_wrap=True)


def put_to_use(path: Path, added: Chosen) -> None:
    """Write it into the settings file, or say what to write there."""
    if write(path, added):
        console.print(f"Wrote into {path}: {lines(added).replace(chr(10), '; ')}.", soft_wrap=True)
    else:
        console.print(
            f"{path} is written in a way that Parley does not change; put this at its top yourself:\n{lines(added)}", soft_wrap=True
        )
