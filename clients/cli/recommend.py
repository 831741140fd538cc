"""`parley models recommend`: which models suit this machine."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from assistant.errors import InputError
from assistant.settings import Settings
from clients.bench.machine import fingerprint
from clients.bench.plotted import require_place, write_plot
from clients.bench.predicted import Compared, compare
from clients.bench.rehearsal import Cast, foretell
from clients.cli import advised
from clients.cli.chosen import Chosen, Keys, chosen, lines, write
from clients.cli.fetch import put_to_use
from clients.cli.running import print_json
from clients.cli.stderr import complain, counted, told
from clients.doctor.probes.machine import free_memory_bytes, load_average
from models.advice import kept
from models.advice.candidates import ESPEAK_NAME, STARTER_NAME, candidates
from models.advice.money import hourly
from models.advice.probe import Speeds, probe
from models.advice.profiles import Limits, Profile, Rated, frontier, profiles, recommended, require_room
from models.catalogue import Catalogue, catalogue
from models.installed import installed
from models.load import cores
from models.prices import as_of, prices

console = Console(emoji=False, highlight=False, markup=False)

MOST_ROWS = 12
"""Lines of the table; --all shows the others, too."""

FREE_BYTES = 4_000_000_000
"""What is taken to be free where the system does not say."""


@dataclass(frozen=True)
class Wish:
    """What a person asked for."""

    languages: tuple[str, ...]
    memory_gb: float | None = None
    deadline_s: float | None = None
    accept: bool = False
    unverified: bool = False
    again: bool = False
    every: bool = False
    check: bool = False
    plot: Path | None = None
    use: Path | None = None
    """The settings file to write."""


def recommend(settings: Settings, wish: Wish, *, as_json: bool) -> None:
    """Measure this machine, predict each profile, and print which is best; write it down where that was asked for.

    Raises:
        InputError: a language that is not known, limits that nothing keeps, or a file that cannot be written.
    """
    for language in wish.languages:
        if not re.fullmatch(r"[a-z]{2,3}", language):
            raise InputError(f"--lang {language!r} is no language; write its code, such as es.")
    shelf, here = catalogue(settings.models.catalogue), installed()
    found = candidates(shelf, wish.languages, accept=wish.accept, unverified=wish.unverified, here=here.keys())
    limits = Limits(
        round(wish.memory_gb * 1e9) if wish.memory_gb is not None else free_memory_bytes() or FREE_BYTES,
        settings.budget.voice_to_voice_s if wish.deadline_s is None else wish.deadline_s,
    )
    if wish.plot:
        require_place(wish.plot)
    speeds, when = _speeds(settings, again=wish.again)
    every = profiles(found, wish.languages, speeds)
    require_room(every, limits)
    rated = _rated(every)
    best, rows = recommended(rated, limits), frontier(rated)
    rows = _with_starter(rows if wish.every else _some(rows, best), rated, best)
    compared = compare(best.profile, settings) if wish.check else None
    if wish.plot:
        write_plot(wish.plot, rows, best, limits, fingerprint())
    if as_json:
        print_json(_json(rows, best, limits, speeds, found.left_out, settings, compared))
    else:
        _show(rows, best, limits, (speeds, when), found.left_out, settings, compared)
        if wish.plot:
            console.print(f"Plot: {wish.plot}", soft_wrap=True)
    _put(best.profile, shelf, here.keys(), settings, wish, quiet=as_json)


def _speeds(settings: Settings, *, again: bool) -> tuple[Speeds, str | None]:
    usable, threads = cores(), settings.models.threads
    if not again and (before := kept.read(usable, threads)) is not None:
        return before.speeds, before.time
    with told("Measuring this machine") as tell:
        speeds = probe(usable, threads, tell)
    kept.write(speeds, usable, threads)
    return speeds, None


def _rated(every: Sequence[Profile]) -> list[Rated]:
    """Rehearse each; what costs the same is rehearsed once."""
    known: dict[Cast, float | None] = {}
    rated = []
    with counted("Rehearsing", len(every)) as done:
        for each in every:
            cast = Cast(each.hears, each.writes, each.speaks)
            if cast not in known:
                foretold = foretell(cast)
                known[cast] = foretold.voice_to_voice_s if foretold else None
            rated.append(Rated(each, known[cast]))
            done()
    return rated


def _some(rows: list[Rated], best: Rated) -> list[Rated]:
    """Return at most so many rows, spread over the times, the best among them."""
    if len(rows) <= MOST_ROWS:
        return rows
    step = (len(rows) - 1) / (MOST_ROWS - 1)
    picked = {round(step * number) for number in range(MOST_ROWS)}
    return [each for number, each in enumerate(rows) if number in picked or each is best]


def _with_starter(rows: list[Rated], rated: Sequence[Rated], best: Rated) -> list[Rated]:
    """Return the rows with what is here and the best one among them, the quickest first."""
    wanted = [each for each in rated if each.profile.starter or each is best]
    return sorted([*rows, *(each for each in wanted if each not in rows)], key=lambda each: each.slowness_s)


def _show(
    rows: Sequence[Rated], best: Rated, limits: Limits, measured: tuple[Speeds, str | None], left_out: Any, settings: Settings,
    compared: Sequence[Compared] | None,
) -> None:  # fmt: skip
    advised.machine(console, fingerprint(), *measured)
    console.print()
    advised.table(console, rows, best, limits)
    console.print()
    advised.plot(console, rows, limits)
    console.print()
    for sentence in (advised.EXPLAINED, *advised.cited(best.profile), advised.money(hourly(prices(settings.large.prices)), as_of())):
        console.print(sentence, soft_wrap=True)
    if omitted := advised.left_out(left_out):
        console.print(omitted, soft_wrap=True)
    if compared is not None:
        console.print()
        for part in compared:
            console.print(part.told, soft_wrap=True)
        if (load := load_average()) is not None and load > cores():
            console.print(
                f"Others are at work here ({load:.1f} programs on {cores()} cores), so what was measured is too long.", soft_wrap=True
            )
    console.print()
    console.print(_verdict(best, limits), soft_wrap=True)


def _verdict(best: Rated, limits: Limits) -> str:
    profile = best.profile
    voices = ", ".join(f"{name} ({language})" for language, name in profile.speaking.names.items())
    parts = f"recognizer {profile.listening.name}, language model {profile.answering.name}, voice {voices}"
    if best.slowness_s > limits.deadline_s or not profile.keeps_up:
        return f"Nothing answers within {limits.deadline_s:g} s here; the nearest is: {parts}."
    return f"Recommended: {parts}; {profile.memory_bytes / 1e9:.2f} GB, {best.slowness_s:.2f} s after your last word."


def _put(profile: Profile, shelf: Catalogue, here: Any, settings: Settings, wish: Wish, *, quiet: bool) -> None:
    """Write the profile into the settings, if asked to, and say what has to be fetched."""
    parts = _parts(profile)
    missing = [name for name in parts if name not in here]
    if missing and not quiet:
        accept = " --accept-licence" * any(shelf.licence(name).accept for name in missing)
        unverified = " --unverified" * any(not shelf.entry(name).verified for name in missing)
        console.print(f"Not installed yet: parley models pull {' '.join(missing)}{accept}{unverified}", soft_wrap=True)
    if wish.use is None:
        return
    added: dict[Keys, str | int] = {}
    for name, languages in parts.items():
        some: Chosen = chosen(name, shelf.entry(name), languages, settings)
        added |= some
    if added and not quiet:
        put_to_use(wish.use, added)
    elif added and not write(wish.use, added):
        complain(f"{wish.use} is written in a way that Parley does not change; put this at its top yourself: {lines(added)}.")
    for key in _contradicting(profile, settings):
        complain(f"The starter model is meant where the settings name none; take {key} out of {wish.use}.")


def _parts(profile: Profile) -> dict[str, tuple[str, ...]]:
    """Return the models of a profile that are of the catalogue, each with the languages that must be said of it."""
    found = {profile.listening.name: profile.languages, profile.answering.name: ()}
    for language, name in profile.speaking.names.items():
        found[name] = (*found.get(name, ()), language)
    return {name: languages for name, languages in found.items() if name not in (STARTER_NAME, ESPEAK_NAME)}


def _contradicting(profile: Profile, settings: Settings) -> list[str]:
    given = settings.models
    keys = ["models.language_model"] * (profile.answering.name == STARTER_NAME and given.language_model is not None)
    for language in profile.languages:
        keys += [f"models.recognizers.{language}"] * (profile.listening.name == STARTER_NAME and language in given.recognizers)
        keys += [f"models.voices.{language}"] * (
            profile.speaking.names[language] in (STARTER_NAME, ESPEAK_NAME) and language in given.voices
        )
    return keys


def _json(
    rows: Sequence[Rated],
    best: Rated,
    limits: Limits,
    speeds: Speeds,
    left_out: Any,
    settings: Settings,
    compared: Sequence[Compared] | None,
) -> dict[str, Any]:
    return {
        "machine": fingerprint(), "limits": {"memory_bytes": limits.memory_bytes, "deadline_s": limits.deadline_s},
        "recommended": _told(best), "profiles": [_told(each) for each in rows], "left_out": dict(left_out),
        "hosted_usd_an_hour": dict(hourly(prices(settings.large.prices))), "prices_as_of": as_of(), "local_usd_an_hour": None,
        "check": None if compared is None else [part.as_json() for part in compared], "probe": speeds.as_json(),
    }  # fmt: skip


def _told(each: Rated) -> dict[str, Any]:
    profile = each.profile
    return {
        "recognizer": profile.listening.name, "language_model": profile.answering.name, "voices": dict(profile.speaking.names),
        "quality": profile.quality, "published": advised.cited(profile) if profile.quality is not None else [],
        "memory_bytes": profile.memory_bytes, "voice_to_voice_s": each.voice_to_voice_s, "keeps_up": profile.keeps_up,
        "adapts": profile.answering.adapts.value, "tools": profile.answering.tools,
    }  # fmt: skip
