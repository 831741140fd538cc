"""The WebSocket to a server of the Realtime protocol: what keeps it from opening is one sentence with the remedy."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from contextlib import ExitStack
from socket import gaierror
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, WebSocketException
from websockets.http11 import Response

from assistant.errors import InputError
from assistant.foreign import parsed_json
from clients.desktop.address import EXAMPLE, Address
from clients.desktop.wire import Message, inner, text

OPEN_S = 10.0
"""A server that has not said anything after so long is none."""

PING_S, PONG_S = 5.0, 10.0
"""How often it is looked whether the other side is still there, and how long that may take: a cable that was pulled says nothing."""

CLOSE_S = 1.0

MOST_BYTES = 16 * 1024 * 1024
"""Of one event."""

_silent = logging.getLogger("parley.link")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False  # what the library logs holds headers, and so the key
_silent.setLevel(logging.CRITICAL)


class Unreachable(InputError):
    """There is no connection now, but in a while there may be one: in `after_s` seconds, if the server says so."""

    def __init__(self, sentence: str, after_s: float | None = None) -> None:
        super().__init__(sentence)
        self.after_s = after_s


class _Connect(connect):
    """Goes nowhere else than where a person sent it."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


def read(message: str | bytes) -> Message | None:
    """Return the event in a message; None if it is none."""
    try:
        event = parsed_json(message)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


class Link:
    """One connection, from the server's first event on. Owned by the event loop; `close` ends it."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def receive(self) -> Message:
        """Return the next event; what is none is passed over.

        Raises:
            ConnectionClosed: the connection is over.
        """
        while True:
            if (event := read(await self._socket.recv())) is not None:
                return event

    async def send(self, event: Message) -> None:
        """Send an event.

        Raises:
            ConnectionClosed: the connection is over.
        """
        await self._socket.send(json.dumps(event, ensure_ascii=False, separators=(",", ":")))

    async def close(self) -> None:
        """Say good-bye, and wait a second for an answer."""
        await self._socket.close()


async def dial(address: Address, key: str | None) -> Link:
    """Connect, and return once the server has shown that it speaks the protocol.

    Raises:
        Unreachable: there is nobody, or no room, at the moment.
        InputError: something that waiting does not mend.
    """
    host = address.host
    headers = {"Authorization": f"Bearer {_checked(key)}"} if key else {}
    options: dict[str, Any] = {"proxy": None} if address.near else {}
    try:
        socket = await _Connect(
            address.url, additional_headers=headers, compression=None, max_size=MOST_BYTES, open_timeout=OPEN_S, ping_interval=PING_S,
            ping_timeout=PONG_S, close_timeout=CLOSE_S, logger=_silent, **options,
        )  # fmt: skip
    except InvalidStatus as error:
        raise _refused(host, error.response, shown=key is not None) from error
    except ssl.SSLError as error:
        raise _insecure(host, error) from error
    except InvalidHandshake as error:
        raise _foreign(host, f"it answers with something else than a WebSocket: {_reason(error)}") from error
    except TimeoutError as error:
        raise Unreachable(f"{host} does not answer within {OPEN_S:g} s; check the address and the network.") from error
    except (gaierror, UnicodeError) as error:
        raise Unreachable(f"There is no machine called {host!r} ({_reason(error)}); check the address.") from error
    except OSError as error:
        raise Unreachable(f"Nothing listens at {host} ({_reason(error)}); start parley serve there, or check the address.") from error
    except WebSocketException as error:
        raise InputError(f"{host} cannot be reached ({_reason(error)}); write an address such as {EXAMPLE}.") from error
    with ExitStack() as undo:
        undo.callback(socket.transport.abort)
        link = await _greeted(Link(socket), host)
        undo.pop_all()
    return link


async def _greeted(link: Link, host: str) -> Link:
    try:
        async with asyncio.timeout(OPEN_S):
            first = await link.receive()
    except TimeoutError as error:
        raise _foreign(host, "it says nothing") from error
    except ConnectionClosed as error:
        raise _foreign(host, f"it ends the connection at once: {why(error)}") from error
    kind, session = text(first, "type"), text(inner(first, "session"), "type") or "realtime"
    if kind != "session.created" or session != "realtime":
        raise _foreign(host, f"it begins with {kind or 'no event'!r}" if kind != "session.created" else f"that is a {session} session")
    return link


def why(closed: ConnectionClosed) -> str:
    """Return why a connection ended, in the server's words if it said any."""
    if closed.rcvd is None:
        return "without a word"
    return " ".join(closed.rcvd.reason.split()).rstrip(".") or f"code {closed.rcvd.code}"


def _checked(key: str) -> str:
    if not key.isascii() or not key.isprintable() or " " in key:
        raise InputError("PARLEY_KEY holds characters that no key has; copy the key again.")
    return key


def _refused(host: str, response: Response, *, shown: bool) -> InputError:
    status, said = response.status_code, _said(response)
    match status:
        case 401 if shown:
            return InputError(f"{host} does not take the key; put the right one into the environment variable PARLEY_KEY.")
        case 401:
            return InputError(f"{host} wants a key; put it into the environment variable PARLEY_KEY.")
        case 403:
            return InputError(f"{host} lets nobody in like this: {said or 'status 403'}.")
        case 429 | 503:
            after = response.headers.get("Retry-After", "")
            after_s = float(after) if after.isdecimal() else None
            when = f"in {after_s:g} s" if after_s else "in a while"
            busy = (said or f"status {status}").removesuffix("; try again later")
            return Unreachable(f"{host} is busy: {busy}; try again {when}.", after_s)
        case 300 | 301 | 302 | 303 | 307 | 308:
            return InputError(f"{host} sends you elsewhere; give the address of the server itself.")
        case 500 | 502 | 504:
            return Unreachable(f"{host} fails with status {status}; look at what the server says there.")
    return _foreign(host, f"it answers with status {status}" + (f": {said}" if said else ""))


def _said(response: Response) -> str:
    """Return the server's own sentence, if it is in the protocol's form."""
    try:
        body = parsed_json(response.body or b"")
    except ValueError:
        return ""
    return " ".join(text(inner(body, "error"), "message").split()).rstrip(".") if isinstance(body, dict) else ""


def _insecure(host: str, error: ssl.SSLError) -> InputError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return InputError(
            f"The certificate of {host} is not trusted ({error.verify_message}); if it is the server's own, "
            "copy it here and name the file in SSL_CERT_FILE."
        )
    return InputError(f"{host} does not speak TLS ({_reason(error)}); write ws:// instead of wss://, or check the port.")


def _foreign(host: str, what: str) -> Unreachable:
    """Return what is said of something else than our server: a server that is just ending, or a proxy in front of one, looks like that, too."""
    return Unreachable(f"{host} does not speak the Realtime protocol there ({what}); check the address, such as {EXAMPLE}.")


def _reason(error: Exception) -> str:
    shown = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(shown).split()).rstrip(".")
