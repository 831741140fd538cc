"""The parsers that are fuzzed, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from tests.fuzz.campaign import Target
from tests.fuzz.targets import adapters, answers, archives, desktop, files, folders, messages, requests, sound, strangers, wyoming

TARGETS: Mapping[str, Callable[[Path], AbstractContextManager[Target]]] = {
    "realtime": messages.realtime,
    "translations": messages.translated,
    "rooms": messages.in_rooms,
    "sockets": requests.sockets,
    "rest": requests.rest,
    "wyoming": wyoming.wyoming,
    "sound": sound.files,
    "calls": answers.calls,
    "tools": answers.tools,
    "hosted": answers.hosted,
    "settings": files.settings,
    "glossary": files.terms,
    "catalogue": files.catalogues,
    "prices": files.costs,
    "pack": folders.packs,
    "markdown": folders.markdown,
    "install": folders.installing,
    "receipt": folders.receipt,
    "adapter": adapters.adapters,
    "bundle": archives.bundles,
    "server": desktop.servers,
    "hub": desktop.hubs,
    "greeting": strangers.greetings,
}
"""Each takes an empty folder of its own."""
