"""The server that a person starts, put together from the settings around engines that are loaded: for one process, or for each front of a cluster."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace

from assistant.engines import Engines
from assistant.equipped import directed, equipped
from assistant.primed import primed
from assistant.settings import Settings
from clients.cli.running import errors, glossary, governor, hosted, manners
from models.load import cores
from models.packs.places import pack_of
from server.admission import Admission
from server.app import create_app
from server.auth import Doorkeeper
from server.entrance import Limits, Room
from server.logs import json_lines, observer
from server.others import ALONE, Others
from server.realtime.opening import Opener
from server.rooms.room import Bounds
from server.serve import Address, Server
from server.service import Service
from server.store.archive import Archive
from server.traces import exported
from server.wyoming.serve import wyoming


@dataclass(frozen=True)
class Given:
    """What a server is to be; all of it can be pickled."""

    settings: Settings
    address: Address
    key: str | None = field(repr=False)
    """Of its clients; None: only this machine's programs come."""
    names: Sequence[str] = ()
    """Host names under which it may be reached."""
    origins: Sequence[str] = ()
    """Of web pages that may connect."""
    log: str | None = None
    """"text" or "json", if not as in the settings."""

    def doorkeeper(self) -> Doorkeeper:
        """Return who lets its clients in.

        Raises:
            InputError: an origin is none.
        """
        given = self.settings.server
        return Doorkeeper(self.key, [*given.names, *self.names], [*given.origins, *self.origins])


async def composed(
    stack: AsyncExitStack,
    wanted: Given,
    loaded: Engines,
    kept: Archive | None,
    started: Callable[[int], None],
    *,
    wyoming_port: int | None = None,
    others: Others = ALONE,
) -> Server:
    """Return a server; what it needs is closed with the stack.

    Args:
        stack: open.
        wanted: what it is to be.
        loaded: the engines.
        kept: where conversations are kept.
        started: takes the port when it is open.
        wyoming_port: where to serve Home Assistant, if at all.
        others: the other servers of a cluster.

    Raises:
        InputError: a port is taken, or a file cannot be used.
    """
    settings, given = wanted.settings, wanted.settings.server
    pack, terms = pack_of(settings.pack), glossary(settings)
    admission = Admission(settings.budget.voice_to_voice_s, max(2, cores())) if given.admission == "budget" else None
    room = Room(Limits(given.sessions, given.sessions_each, given.audio_minutes_each), admission)
    loaded = primed(loaded, terms)
    if pack is not None:
        loaded, terms = equipped(loaded, pack), terms.joined(pack.glossary)
    listens = given.listens[0]
    polite = replace(manners(settings), listens=listens, speaks=next(iter(given.speaks), None))
    router = directed(await stack.enter_async_context(hosted(settings)), pack)
    opener = Opener(loaded, polite, lambda: governor(settings, loaded, listens), kept, router, others.claim)
    if wyoming_port is not None:
        port = await stack.enter_async_context(wyoming(loaded, listens, polite.reply_s, wanted.address.host, wyoming_port))
        errors.print(f"Wyoming, for Home Assistant: tcp://{wanted.address.host}:{port}; it has no key.", highlight=False)
    bounds = Bounds(given.rooms, given.room_people, given.room_lines, given.room_texts_a_minute)
    watchers = []
    if (traces := stack.enter_context(exported(given.traces))) is not None:
        watchers.append(traces.observer)
    if (wanted.log or given.log) == "json":
        stack.enter_context(json_lines(sys.stdout))
        watchers.append(observer)
    service = Service(
        opener,
        wanted.doorkeeper(),
        room,
        given.idle_s,
        terms,
        settings.budget.lag_s,
        bounds,
        others=others,
        watchers=tuple(watchers),
    )
    return Server(create_app(service), wanted.address, room, started)
