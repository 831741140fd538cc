"""What `parley pack` does: packs are listed, made, checked, installed and tried."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from assistant.errors import InputError
from assistant.knowledge import CLAIMED
from assistant.pack import Pack
from assistant.settings import Settings
from clients.cli.running import engines, errors, print_json
from models.packs.adapted import Adapted, adapted
from models.packs.cases import Case, read_cases
from models.packs.places import folder_of, folders, install, new
from models.packs.reading import read_pack
from models.packs.trial import Tried, claims, summary, tried

JSON_WAYS = {"without the pack": "without", "without its adapter": "without_adapter", "with it": "with"}

THRESHOLDS = (0.3, 0.4, 0.44, 0.48, 0.56, 0.6, 0.7)


def list_packs(*, as_json: bool) -> None:
    """Print one line a pack; one that is not right is complained about in its place."""
    table = Table("name", "languages", "passages", "about", "folder", box=None)
    for name, folder in sorted(folders().items()):
        try:
            pack = read_pack(folder)
        except InputError as error:
            errors.print(str(error), style="red", highlight=False, soft_wrap=True)
            continue
        if as_json:
            print_json({
                "name": name, "title": pack.title, "languages": list(pack.languages), "passages": len(pack.passages), "folder": str(folder),
                "examples": {language: list(texts) for language, texts in pack.examples.items()},
            })  # fmt: skip
        table.add_row(name, ", ".join(pack.languages), str(len(pack.passages)), pack.title, str(folder))
    if not as_json:
        _console().print(table)


def new_pack(name: str, where: Path) -> None:
    """Write a pack and say where."""
    folder = new(name, where)
    _console().print(f"{folder}: change its files, then: parley pack check {folder}", soft_wrap=True)


def check_pack(name: str) -> None:
    """Print what is in a pack.

    Raises:
        InputError: it is not right.
    """
    pack, cases = _read(folder_of(name))
    pack, learned = adapted(pack), ""
    if isinstance(pack.knowledge, Adapted):
        known = set(pack.knowledge.adapter.passages)
        learned = f"; an adapter for {sum((each.language, each.name) in known for each in pack.passages)} of the passages"
    counts = ", ".join(f"{sum(each.language == language for each in pack.passages)} in {language}" for language in pack.languages)
    terms = sum(1 for _ in pack.glossary.forms(pack.languages[0]))
    _console().print(f"{pack.name} is right: passages {counts}; {terms} terms; {len(cases)} cases{learned}.", soft_wrap=True)


def install_pack(folder: Path) -> None:
    """Install a pack and say where."""
    place = install(folder)
    _console().print(f"{place}: now parley ask --pack {place.name}", soft_wrap=True)


def show_scores(name: str, *, as_json: bool) -> None:
    """Print what would come of a pack's cases if passages were claimed from other scores on.

    Raises:
        InputError: the pack is not right.
    """
    pack, cases = _read(folder_of(name))
    pack = adapted(pack)
    table = Table("claimed from", "right passage", "wrong passage", "claimed out of the pack", box=None)
    for least in sorted({*THRESHOLDS, CLAIMED}):
        found = claims(pack, cases, least)
        shares = (found.right, found.wrong, found.unasked)
        if as_json:
            right, wrong, unasked = (_ratio(share.right, share.of) for share in shares)
            print_json({"claimed_from": least, "right": right, "wrong": wrong, "out_of_the_pack": unasked})
        table.add_row(f"{least:.2f}{' (now)' if least == CLAIMED else ''}", *map(str, shares))
    if not as_json:
        _console().print(table)


async def eval_pack(settings: Settings, name: str, *, aloud: bool, as_json: bool, verbose: bool) -> None:
    """Try the cases of a pack and print the figures: without the pack, with its words alone if it has an adapter, and with all of it.

    Raises:
        InputError: it is not right, or has no cases.
    """
    folder = folder_of(name)
    pack, cases = _read(folder)
    if not cases:
        raise InputError(f"{folder} has no cases; write cases.toml, parley pack new NAME shows how it looks.")
    cases = tuple(case for case in cases if aloud or not case.spoken)
    spoken = list(dict.fromkeys(case.language for case in cases if case.spoken)) or ["en"]
    ways: dict[str, Pack | None] = {"without the pack": None}
    if pack.adapter is not None:
        ways["without its adapter"] = pack
    ways["with it"] = adapted(pack)
    async with engines(settings, spoken) as loaded:
        with errors.status("Asking …"):
            tries = {way: [each async for each in tried(loaded, used, cases)] for way, used in ways.items()}
    if verbose:
        _show_wrong(tries["with it"])
    shares = {way: summary(each, pack) for way, each in tries.items()}
    having = shares["with it"]
    if as_json:
        print_json({
            "pack": pack.name, "cases": len(cases),
            **{key.replace(",", "").replace(" ", "_"): {
                **{JSON_WAYS[way]: _ratio(each[key].right, each[key].of) for way, each in shares.items()}, "of": share.of,
            } for key, share in having.items()},
        })  # fmt: skip
        return
    table = Table(f"{pack.name}, {len(cases)} cases", *ways, box=None)
    for key in having:
        table.add_row(key, *(str(each[key]) for each in shares.values()))
    _console().print(table)


def _read(folder: Path) -> tuple[Pack, tuple[Case, ...]]:
    pack = read_pack(folder)
    return pack, read_cases(folder, pack)


def _ratio(right: int, of: int) -> float | None:
    return round(right / of, 4) if of else None


def _show_wrong(tries: list[Tried]) -> None:
    for each in tries:
        if not each.right or not each.complete:
            wanted = each.case.passage or each.case.tool or "nothing"
            errors.print(f"{each.case.ask!r} (heard {each.heard!r}): wanted {wanted}, got {each.passage or each.tool or 'nothing'}: {each.said}",
                         highlight=False, markup=False, soft_wrap=True)  # fmt: skip


def _console() -> Console:
    return Console(emoji=False, highlight=False, markup=False)
