"""`parley serve`: the assistant for other programs, over WebSockets."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from assistant.equipped import directed, equipped, voiced
from assistant.errors import InputError
from assistant.primed import primed
from assistant.settings import Settings, default_path
from clients.cli.running import engines, errors, glossary, governor, hosted, manners
from models.load import cores
from models.packs.places import pack_of
from server.admission import Admission
from server.app import create_app
from server.auth import Doorkeeper, is_loopback, kept_key
from server.certificate import kept_certificate
from server.entrance import Limits, Room
from server.logs import json_lines, observer
from server.realtime.opening import Opener
from server.rooms.room import Bounds
from server.serve import Address, Server
from server.service import Service
from server.store.archive import Archive, archive
from server.store.places import conversations
from server.traces import exported
from server.wyoming.serve import wyoming


async def serve(
    settings: Settings,
    address: Address,
    key_file: Path | None,
    *,
    names: Sequence[str] = (),
    origins: Sequence[str] = (),
    self_signed: bool = False,
    wyoming_port: int | None = None,
    log: str | None = None,
) -> None:
    """Serve until told to end.

    Args:
        settings: of the pipeline and the server.
        address: where to listen.
        key_file: where the clients' key is kept, if not in its usual place.
        names: host names under which it may be reached, beside those of the settings.
        origins: of web pages that may connect, beside those of the settings.
        self_signed: with a certificate of our own.
        wyoming_port: where to serve Home Assistant, if at all.
        log: "text" or "json", if not as in the settings.

    Raises:
        InputError: the port is taken, or a file cannot be used.
    """
    given = settings.server
    names, origins = [*given.names, *names], [*given.origins, *origins]
    if self_signed:
        address = _certified(address, names)
    if (address.certificate is None) != (address.key is None):
        raise InputError("--tls-cert and --tls-key belong together; give both.")
    pack = pack_of(settings.pack)
    key = _key(address, key_file)
    admission = Admission(settings.budget.voice_to_voice_s, max(2, cores())) if given.admission == "budget" else None
    room = Room(Limits(given.sessions, given.sessions_each, given.audio_minutes_each), admission)
    async with AsyncExitStack() as stack:
        kept = await stack.enter_async_context(_archive(given.keep_days)) if given.keep_days else None
        terms = glossary(settings)
        loaded = await stack.enter_async_context(engines(_apart(voiced(settings, pack)), given.listens, speaks=given.speaks))
        loaded = primed(loaded, terms)
        if pack is not None:
            loaded, terms = equipped(loaded, pack), terms.joined(pack.glossary)
        listens = given.listens[0]
        polite = replace(manners(settings), listens=listens, speaks=next(iter(given.speaks), None))
        router = directed(await stack.enter_async_context(hosted(settings)), pack)
        opener = Opener(loaded, polite, lambda: governor(settings, loaded, listens), kept, router)
        if wyoming_port is not None:
            port = await stack.enter_async_context(wyoming(loaded, listens, polite.reply_s, address.host, wyoming_port))
            errors.print(f"Wyoming, for Home Assistant: tcp://{address.host}:{port}; it has no key.", highlight=False)
        bounds = Bounds(given.rooms, given.room_people, given.room_lines, given.room_texts_a_minute)
        watchers = []
        if (traces := stack.enter_context(exported(given.traces))) is not None:
            watchers.append(traces.observer)
        if (log or given.log) == "json":
            stack.enter_context(json_lines(sys.stdout))
            watchers.append(observer)
        service = Service(
            opener, Doorkeeper(key, names, origins), room, given.idle_s, terms, settings.budget.lag_s, bounds, watchers=tuple(watchers)
        )
        await Server(create_app(service), address, room, lambda port: _tell(address.url(port), protected=key is not None)).serve()


def _apart(settings: Settings) -> Settings:
    """Return the settings with engines in processes, unless they say otherwise: one that dies is not to take all conversations with it."""
    models = settings.models
    return settings.model_copy(update={"models": models.model_copy(update={"processes": models.processes is not False})})


def _archive(keep_days: float) -> AbstractAsyncContextManager[Archive]:
    path = conversations()
    errors.print(
        f"Conversations are kept for {keep_days:g} days in {path}; --set server.keep_days=0 keeps none.",
        style="dim",
        highlight=False,
        soft_wrap=True,
    )
    return archive(path, keep_days, lambda: datetime.now(UTC).timestamp(), lambda message: errors.print(message, style="red"))


def _certified(address: Address, names: Sequence[str]) -> Address:
    if address.certificate is not None or address.key is not None:
        raise InputError("--tls-self-signed makes a certificate; leave out --tls-cert and --tls-key.")
    kept = kept_certificate(default_path().parent, datetime.now(UTC), names)
    if kept.made:
        errors.print(
            f"Made a certificate, kept in {kept.certificate}; a browser asks once whether to trust it. Its SHA-256 fingerprint:\n"
            f"{kept.fingerprint}",
            highlight=False,
            soft_wrap=True,
        )
    return replace(address, certificate=kept.certificate, key=kept.key)


def _key(address: Address, key_file: Path | None) -> str | None:
    if is_loopback(address.host) and key_file is None:
        return None
    path = key_file or default_path().with_name("server.key")
    key, made = kept_key(path)
    if made:
        errors.print(f"Made a key for clients, kept in {path}:\n{key}", highlight=False, soft_wrap=True)
    return key


def _tell(url: str, *, protected: bool) -> None:
    wire = url.replace("http", "ws", 1)
    key = " and wants its key" if protected else ""
    errors.print(f"Parley listens at {wire}/v1/realtime{key}; open {url} in a browser; Ctrl-C ends.", highlight=False, soft_wrap=True)
