"""A model hub on this machine that can go wrong in every way a test asks for."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote


@dataclass
class Asked:
    path: str
    token: str | None
    range: str | None
    if_range: str | None


@dataclass
class Fault:
    """What goes wrong with one answer."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    drop_after: int | None = None
    """Bytes, then the connection is closed."""
    stall_after: int | None = None
    """Bytes, then nothing comes any more."""
    slow: float = 0.0
    """Seconds between pieces."""
    short_by: int = 0
    """So much less is announced and sent."""
    flip: bool = False
    """One bit of what is sent is wrong."""
    no_range: bool = False
    redirect: str | None = None


class HubServer:
    """Files by their path below /REPO/resolve/REVISION/; the faults are used up one an answer, the last one stays if `forever`."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.faults: list[Fault] = []
        self.forever: Fault | None = None
        self.asked: list[Asked] = []
        self.commit = "c" * 40
        self.tag = '"one"'
        self.released = threading.Event()
        self.begun = threading.Event()
        handler = type("Handler", (_Handler,), {"hub": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def next_fault(self) -> Fault:
        return self.faults.pop(0) if self.faults else self.forever or Fault()


class _Handler(BaseHTTPRequestHandler):
    hub: HubServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        hub = self.hub
        path = unquote(self.path)
        hub.asked.append(Asked(path, self.headers.get("Authorization"), self.headers.get("Range"), self.headers.get("If-Range")))
        fault = hub.next_fault()
        if fault.redirect is not None:
            self._head(302, {"Location": fault.redirect + self.path, "X-Repo-Commit": hub.commit, "Content-Length": "0"})
            return
        if fault.status is not None:
            self._head(fault.status, {**fault.headers, "Content-Length": "0"})
            return
        data = hub.files.get(re.sub(r"^/[^/]+/[^/]+/resolve/[^/]+/", "", path))
        if data is None:
            self._head(404, {"Content-Length": "0"})
            return
        self._send(data, fault)

    def _send(self, data: bytes, fault: Fault) -> None:
        hub, total = self.hub, len(data) - fault.short_by
        data = data[:total]
        if fault.flip:
            data = bytes([data[0] ^ 1]) + data[1:]
        start, headers = 0, {"ETag": hub.tag, "X-Repo-Commit": hub.commit}
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if wanted and not fault.no_range and self.headers.get("If-Range", hub.tag) == hub.tag:
            start = int(wanted[1])
            if start >= total:
                self._head(416, {"Content-Length": "0"})
                return
            headers["Content-Range"] = f"bytes {start}-{total - 1}/{total}"
        self._head(206 if start else 200, {**headers, **fault.headers, "Content-Length": str(total - start)})
        sent = 0
        piece = 4096
        while start + sent < total:
            most = min(piece, *(limit - sent for limit in (fault.drop_after, fault.stall_after) if limit is not None), total - start - sent)
            try:
                self.wfile.write(data[start + sent : start + sent + most])
            except OSError:
                self.close_connection = True
                return
            sent += most
            hub.begun.set()
            if fault.slow:
                time.sleep(fault.slow)
            if fault.stall_after is not None and sent >= fault.stall_after:
                hub.released.wait(20)
                self.close_connection = True
                return
            if fault.drop_after is not None and sent >= fault.drop_after:
                self.close_connection = True
                return

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


@contextmanager
def serving() -> Iterator[HubServer]:
    server = HubServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
