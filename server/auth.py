"""Who may connect: keys, and where a browser's page comes from. Everything is checked before an upgrade or a body is read."""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from assistant.errors import InputError, Overloaded

KEY_PROTOCOL = "openai-insecure-api-key."
"""A browser cannot set headers: it offers its key as a subprotocol with this in front."""

EPHEMERAL = "ek_"
"""How the keys begin that are lent for a while."""

MOST_LENT = 1000

_NAMED = 12
"""Characters of a lent key that name it: not enough to use it."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(eq=False)  # not frozen: what passes through a context manager gets its traceback set
class Denied(Exception):
    """A request is refused with an HTTP status, a code of the protocol and a sentence."""

    status: int
    code: str
    message: str
    after_s: int | None = None
    """In how many seconds to try again, if that may help."""


@dataclass(frozen=True, slots=True)
class _Lent:
    """A key's time on the doorkeeper's clock, and what was asked for with it."""

    until_s: float
    session: dict[str, Any]


@dataclass
class Doorkeeper:
    """Decides on each request by its headers.

    With a key, every request must show it, or one of the short-lived keys lent to whoever had it. Without one, only pages and programs
    of this machine are let in: whoever else can reach the port of a loopback address is a web page in a browser here, and
    that has an Origin.
    """

    key: str | None
    hosts: Sequence[str] = ()
    """Names under which the server is reached, beside the loopback ones; without a port."""
    origins: Sequence[str] = ()
    """Origins of pages that may connect, beside the server's own."""
    _lent: dict[str, _Lent] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the origins.

        Raises:
            InputError: one of them is none.
        """
        for origin in self.origins:
            scheme, netloc = _parts(origin)
            if not scheme or not netloc or f"{scheme}://{netloc}" != origin:
                raise InputError(f"{origin!r} is no origin of web pages; write scheme, host and port, such as https://ui.example:8443.")

    def admit(self, headers: Mapping[str, str], protocols: Iterable[str], now_s: float) -> str:
        """Return a name for who asks, for limits: the key's digest, or nobody's.

        Args:
            headers: of the request, names in lower case.
            protocols: the WebSocket subprotocols that it offers.
            now_s: seconds on a clock that only grows.

        Raises:
            Denied: it may not.
        """
        self.admit_without_key(headers)
        shown = _shown(headers, protocols)
        if shown is not None and (lent := self._known(shown, now_s)):
            return lent
        if self.key is None:
            return "local"
        if shown is None:
            raise Denied(401, "invalid_api_key", "This server needs a key; send it as 'Authorization: Bearer KEY'.")
        if hmac.compare_digest(shown.encode(), self.key.encode()):
            return "key"
        raise Denied(401, "invalid_api_key", "That key is wrong or has expired; look it up where the server was started.")

    def admit_without_key(self, headers: Mapping[str, str]) -> None:
        """Look only at where a request comes from: something else than a key lets it in.

        Raises:
            Denied: under a wrong name, or from a wrong page.
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

    def lend(self, seconds: float, now_s: float, session: dict[str, Any] | None = None) -> str:
        """Return a key that works for so many seconds.

        Raises:
            Overloaded: too many are lent already.
        """
        self._forget_expired(now_s)
        if len(self._lent) >= MOST_LENT:
            raise Overloaded(f"{MOST_LENT} short-lived keys are in use, the most there may be; ask for ones that expire sooner.")
        made = EPHEMERAL + secrets.token_urlsafe(24)
        self._lent[made] = _Lent(now_s + seconds, session or {})
        return made

    def learn(self, key: str, seconds: float, now_s: float, session: dict[str, Any]) -> None:
        """Let in whom another server has lent this key for so many seconds."""
        self._forget_expired(now_s)
        self._lent[key] = _Lent(now_s + seconds, session)

    def session(self, who: str) -> dict[str, Any]:
        """Return what a session is set to at first for whom `admit` named so: what was given to `lend` with the key."""
        return next((lent.session for made, lent in self._lent.items() if made[:_NAMED] == who), {})

    def _known(self, shown: str, now_s: float) -> str | None:
        """Return the name of a lent key that has not expired."""
        self._forget_expired(now_s)
        return next((made[:_NAMED] for made in self._lent if hmac.compare_digest(shown.encode(), made.encode())), None)

    def _forget_expired(self, now_s: float) -> None:
        for made in [made for made, lent in self._lent.items() if lent.until_s <= now_s]:
            del self._lent[made]

    @staticmethod
    def _own(origin: str, host: str) -> bool:
        scheme, netloc = _parts(origin)
        return scheme in ("http", "https") and netloc.lower() == host.lower()


def _parts(origin: str) -> tuple[str, str]:
    """Return scheme, and host with port, of an origin; nothing of what is none."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return "", ""
    return parts.scheme, parts.netloc


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
