"""Who may connect: keys, and where a browser's page comes from. Everything is checked before an upgrade or a body is read."""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from assistant.errors import InputError

KEY_PROTOCOL = "openai-insecure-api-key."
"""A browser cannot set headers: it offers its key as a subprotocol with this in front."""

EPHEMERAL = "ek_"

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Denied(Exception):
    """A request is refused with an HTTP status, a code of the protocol and a sentence."""

    status: int
    code: str
    message: str


@dataclass
class Doorkeeper:
    """Decides on each request by its headers.

    With a key, every request must show it, or one of the short-lived keys made with it. Without one, only pages and programs
    of this machine are let in: whoever else can reach the port of a loopback address is a web page in a browser here, and
    that has an Origin.
    """

    key: str | None
    hosts: Sequence[str] = ()
    """Names under which the server is reached, beside the loopback ones; without a port."""
    origins: Sequence[str] = ()
    """Origins of pages that may connect, beside the server's own."""
    _ephemeral: dict[str, float] = field(default_factory=dict)

    def admit(self, headers: Mapping[str, str], protocols: Iterable[str], now_s: float) -> str:
        """Return a name for who asks, for limits: the key's digest, or nobody's.

        Args:
            headers: of the request, names in lower case.
            protocols: the WebSocket subprotocols that it offers.
            now_s: seconds on a clock that only grows.

        Raises:
            Denied: it may not.
        """
        host = _name(headers.get("host", ""))
        origin = headers.get("origin")
        if host not in LOOPBACK and host not in self.hosts and not (self.key and _is_address(host)):
            raise Denied(
                403, "wrong_host", f"This server is not called {host!r}; start it with --host-name {host or 'NAME'} to allow that."
            )
        if origin is not None and not self._own(origin, headers.get("host", "")) and origin not in self.origins:
            raise Denied(
                403, "wrong_origin", f"Pages from {origin!r} may not connect; start the server with --origin {origin} to allow them."
            )
        if self.key is None:
            return "local"
        shown = _shown(headers, protocols)
        if shown is None:
            raise Denied(401, "invalid_api_key", "This server needs a key; send it as 'Authorization: Bearer KEY'.")
        if hmac.compare_digest(shown.encode(), self.key.encode()):
            return "key"
        self._forget_expired(now_s)
        for known in self._ephemeral:
            if hmac.compare_digest(shown.encode(), known.encode()):
                return known[:12]
        raise Denied(401, "invalid_api_key", "That key is wrong or has expired; look it up where the server was started.")

    def lend(self, seconds: float, now_s: float) -> str:
        """Return a key that works for so many seconds."""
        self._forget_expired(now_s)
        made = EPHEMERAL + secrets.token_urlsafe(24)
        self._ephemeral[made] = now_s + seconds
        return made

    def _forget_expired(self, now_s: float) -> None:
        for made in [made for made, until_s in self._ephemeral.items() if until_s <= now_s]:
            del self._ephemeral[made]

    @staticmethod
    def _own(origin: str, host: str) -> bool:
        parts = urlsplit(origin)
        return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()


def _shown(headers: Mapping[str, str], protocols: Iterable[str]) -> str | None:
    kind, _, key = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and key.strip():
        return key.strip()
    return next((each[len(KEY_PROTOCOL) :] for each in protocols if each.startswith(KEY_PROTOCOL)), None)


def _name(host: str) -> str:
    """Return a Host header without its port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.rpartition(":")[0].lower() if host.count(":") == 1 else host.lower()


def _is_address(host: str) -> bool:
    """Whether it is an IP address: a page cannot pretend to come from one by a name of its own."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(bind: str) -> bool:
    """Whether only this machine reaches an address."""
    return bind in LOOPBACK or (_is_address(bind) and ip_address(bind).is_loopback)


def kept_key(path: Path) -> tuple[str, bool]:
    """Return the server's key and whether it was made just now; only its owner can read the file.

    Raises:
        InputError: the file cannot be read or written.
    """
    try:
        if path.exists() and (key := path.read_text().strip()):
            return key, False
        path.parent.mkdir(parents=True, exist_ok=True)
        key = "parley_" + secrets.token_urlsafe(24)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(key + "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The key file {path} cannot be used ({error}); name another with --key-file.") from error
    return key, True
