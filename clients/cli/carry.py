"""`parley models bundle` and `import`: models carried from machine to machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from assistant.errors import InputError
from assistant.settings import Settings
from clients.cli.chosen import chosen
from clients.cli.fetch import Use, agreed, arrived, arriving, put_to_use
from models.bundle import LICENCES, bundle, contents, unbundle
from models.catalogue import Catalogue, catalogue
from models.contents import trusted
from models.installed import receipt_of, required
from models.own_files import bring, matched
from models.pull import allowed

console = Console(emoji=False, highlight=False, markup=False)


def carry_out(names: Sequence[str], out: Path) -> None:
    """Write a bundle of installed models.

    Raises:
        InputError: one is not installed, or the archive cannot be written.
        ModelCorrupt: a file is damaged.
    """
    receipts = [required(name) for name in dict.fromkeys(names)]
    size = sum(file.bytes for receipt in receipts for file in receipt.files)
    with arriving(str(out), size) as shown:
        bundle(receipts, out, shown)
    console.print(
        f"Wrote {out}: {len(receipts)} models, {size / 1e6:,.1f} MB. {LICENCES} in it says what their licences ask for:", soft_wrap=True
    )
    for receipt in receipts:
        console.print(f"  {receipt.name}: {receipt.licence.name}. {receipt.licence.duties}", soft_wrap=True)


def bring_in(settings: Settings, paths: Sequence[Path], name: str | None, use: Use, *, accept: bool, unverified: bool) -> None:
    """Install what is in a bundle, or a model whose files are given.

    Raises:
        InputError: they are neither, or nobody vouches for them, or a licence is not accepted.
        ModelCorrupt: a file is damaged.
    """
    shelf = catalogue(settings.models.catalogue)
    bundles = [path for path in paths if path.is_file() and contents(path) is not None]
    if not bundles:
        names = [_own_files(shelf, paths, name, accept=accept, unverified=unverified)]
    elif len(paths) > 1 or name is not None:
        raise InputError(f"{str(bundles[0])!r} is a bundle, which says itself what is in it; give it alone and without --name.")
    else:
        names = _bundle(shelf, paths[0], accept=accept, unverified=unverified)
    for each in names:
        receipt = receipt_of(each)
        assert receipt is not None
        arrived(receipt)
        if use:
            put_to_use(use[0], chosen(each, receipt.entry, use[1] if len(names) == 1 else (), settings))


def _bundle(shelf: Catalogue, path: Path, *, accept: bool, unverified: bool) -> list[str]:
    held = contents(path)
    assert held is not None
    held = trusted(held, shelf, unverified=unverified)
    for receipt in held.models:
        agreed(receipt.name, receipt.licence, accept=accept)
    with arriving(str(path), held.bytes) as shown:
        unbundle(path, held, shown=shown)
    return [receipt.name for receipt in held.models]


def _own_files(shelf: Catalogue, paths: Sequence[Path], name: str | None, *, accept: bool, unverified: bool) -> str:
    with arriving("Checking", 0) as shown:
        key, found = matched(paths, shelf, name, shown)
    entry = allowed(key, shelf, unverified=unverified)
    agreed(key, shelf.licence(key), accept=accept)
    with arriving(key, entry.bytes) as shown:
        bring(key, found, shelf, accepted=True, shown=shown)
    return key
