"""`parley serve`: the assistant for other programs, over WebSockets."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from assistant.equipped import voiced
from assistant.errors import InputError
from assistant.settings import Settings, default_path
from clients.cli.composed import Given, composed
from clients.cli.running import engines, errors
from models.packs.places import pack_of
from server.auth import is_loopback, kept_key
from server.certificate import kept_certificate
from server.serve import Address
from server.store.archive import Archive, archive
from server.store.places import conversations


async def serve(given: Given, key_file: Path | None, *, self_signed: bool = False, wyoming_port: int | None = None) -> None:
    """Serve until told to end.

    Args:
        given: what it is to be; its key is still to be looked up.
        key_file: where the clients' key is kept, if not in its usual place.
        self_signed: with a certificate of our own.
        wyoming_port: where to serve Home Assistant, if at all.

    Raises:
        InputError: the port is taken, or a file cannot be used.
    """
    if self_signed:
        given = replace(given, address=_certified(given.address, [*given.settings.server.names, *given.names]))
    given, settings = keyed(given, key_file), given.settings
    address = given.address
    separate, keep_days = apart(voiced(settings, pack_of(settings.pack))), settings.server.keep_days
    async with AsyncExitStack() as stack:
        kept = await stack.enter_async_context(kept_here(keep_days)) if keep_days else None
        loaded = await stack.enter_async_context(engines(separate, settings.server.listens, speaks=settings.server.speaks))
        server = await composed(
            stack, given, loaded, kept, lambda port: tell(address.url(port), protected=given.key is not None), wyoming_port=wyoming_port
        )
        await server.serve()


def apart(settings: Settings) -> Settings:
    """Return the settings with engines in processes, unless they say otherwise: one that dies is not to take all conversations with it."""
    models = settings.models
    return settings.model_copy(update={"models": models.model_copy(update={"processes": models.processes is not False})})


def kept_here(keep_days: float) -> AbstractAsyncContextManager[Archive]:
    """Return the archive in its usual place, and say so."""
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


def keyed(given: Given, key_file: Path | None) -> Given:
    """Return the same with the key that clients must show, if they must; a new one is told.

    Raises:
        InputError: what is given cannot be served so; better said now than when the engines are loaded.
    """
    address = given.address
    if (address.certificate is None) != (address.key is None):
        raise InputError("--tls-cert and --tls-key belong together; give both.")
    if key_file is not None or not is_loopback(address.host):
        path = key_file or default_path().with_name("server.key")
        key, made = kept_key(path)
        if made:
            errors.print(f"Made a key for clients, kept in {path}:\n{key}", highlight=False, soft_wrap=True)
        given = replace(given, key=key)
    given.doorkeeper()
    return given


def tell(url: str, *, protected: bool) -> None:
    """Say where the server is reached."""
    wire = url.replace("http", "ws", 1)
    key = " and wants its key" if protected else ""
    errors.print(f"Parley listens at {wire}/v1/realtime{key}; open {url} in a browser; Ctrl-C ends.", highlight=False, soft_wrap=True)
