"""Which engines are not there at the moment, for whoever is to be told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite

from assistant.engines import Outage
from models.supervised import Supervised


def outages(engines: Sequence[tuple[Supervised, frozenset[str] | None]]) -> Callable[[], tuple[Outage, ...]]:
    """Return what tells which of these are missing; with the languages of a voice, or None for an engine without which nobody is answered."""
    return lambda: tuple(outage for engine, languages in engines if (outage := _outage(engine, languages)))


def _outage(engine: Supervised, languages: frozenset[str] | None) -> Outage | None:
    if engine.outage is None:
        return None
    why, wait_s = engine.outage
    later = f"it is tried again every {wait_s:g} s" if isfinite(wait_s) else "start Parley again"
    then = later if engine.left_alone else "it is started again"
    what, told = f"no {engine.name}", f"its process {why}; {then}"
    if languages is None:
        return Outage(what, told, down=engine.left_alone)
    return Outage(what, told, silent=languages if engine.left_alone else frozenset())
