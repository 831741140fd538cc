"""Where a server is, as a person writes it; what is said of it holds no secrets."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from assistant.errors import InputError

EXAMPLE = "ws://localhost:8765/v1/realtime"


@dataclass(frozen=True, slots=True)
class Address:
    """The address of a server of the Realtime protocol."""

    url: str
    host: str
    """Host and port, as they were written."""
    encrypted: bool
    near: bool
    """On this machine."""

    @classmethod
    def read(cls, url: str) -> Address:
        """Return the address that was written.

        Raises:
            InputError: it is none, or has a key in it.
        """
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError as error:
            raise InputError(f"{_shown(url)!r} is no address ({error}); write one such as {EXAMPLE}.") from error
        if "@" in parts.netloc:
            raise InputError("An address with a password in it can be read by everybody on this machine; put the key into PARLEY_KEY.")
        if parts.scheme not in ("ws", "wss") or not host or not url.isprintable() or " " in url:
            raise InputError(f"{_shown(url)!r} is no address of a server; write one such as {EXAMPLE}.")
        return cls(url.partition("#")[0], parts.netloc, parts.scheme == "wss", _is_near(host))


def _shown(url: str) -> str:
    """Return an address without what may be a secret."""
    return url.rpartition("@")[2].partition("?")[0]


def _is_near(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
