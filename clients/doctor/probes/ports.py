"""The port of `parley serve`: free, or taken, and by whom."""

from __future__ import annotations

import http.client
import json
import os
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass

from clients.doctor.finding import Finding, ok, problem
from clients.doctor.probe import Given, Probe

ASKED_S = 2.0
"""How long whoever has the port may take to say who it is."""


@dataclass(frozen=True)
class Port:
    """An address of the settings."""

    host: str
    port: int
    refused: str = ""
    """Why it cannot be opened."""
    parley: bool = False
    """Whether it is a `parley serve` that has it."""


def judge(seen: Port) -> list[Finding]:
    """Say what is thought of the port."""
    values = {"host": seen.host, "port": seen.port}
    where = f"Port {seen.port} of {seen.host}"
    if seen.port == 0:
        return [ok("parley serve", "It takes any free port.", **values)]
    if seen.parley:
        return [ok("parley serve", f"{where} is served by a parley serve that runs now.", **values)]
    if seen.refused:
        remedy = (
            "End what has it, or take another: parley serve --port, or server.port in the settings."
            if "in use" in seen.refused
            else "Choose another with parley serve --port or --host, or server.port and server.host in the settings."
        )
        return [problem("parley serve", f"{where} cannot be opened: {seen.refused}.", remedy, **values)]
    return [ok("parley serve", f"{where} is free.", **values)]


def look(given: Given) -> Port:
    """Open the port for a moment; ask who has it if it is taken."""
    host, port = given.settings.server.host, given.settings.server.port
    try:
        for family, _, _, _, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE):
            socket.create_server(place[:2], family=family).close()
    except OSError as error:
        why = (error.strerror or str(error)) if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
        return Port(host, port, why, is_parley(host, port))
    return Port(host, port)


def is_parley(host: str, port: int) -> bool:
    """Tell whether a `parley serve` answers there."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    unchecked = ssl.create_default_context()  # its certificate may be its own, and nothing secret is told
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    for connection in (
        http.client.HTTPConnection(near, port, timeout=ASKED_S),
        http.client.HTTPSConnection(near, port, timeout=ASKED_S, context=unchecked),
    ):
        with suppress(OSError, http.client.HTTPException, ValueError):
            try:
                connection.request("GET", "/readyz", headers={"Host": f"localhost:{port}"})
                answer = connection.getresponse()
                if _is_ours(answer.read(10_000)):
                    return True
            finally:
                connection.close()
    return False


def _is_ours(body: bytes) -> bool:
    told = json.loads(body)
    return isinstance(told, dict) and told.keys() == {"status", "sessions"}


PROBE = Probe("Ports", 60, look, judge)
