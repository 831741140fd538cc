"""The web client's pages: files of `clients/web`, read once, given to any browser without a key."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
"""What a browser is told that a file is; a file of no such kind is no page."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
"""Nothing from elsewhere, nothing inline, and no text that becomes markup or a script."""

HEADERS = {
    "content-security-policy": POLICY,
    "cache-control": "no-cache",  # asked for again each time, and mostly answered by 304: a new version is seen at once
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "microphone=(self), camera=(), geolocation=(), display-capture=(), usb=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}

FRONT = "index.html"


def page_routes() -> list[BaseRoute]:
    """Return the routes: `/` is the front page, everything else lies under `/app`."""
    found = dict(_read(files("clients") / "web", ""))
    routes: list[BaseRoute] = [Route("/app", _to_front), Route("/app/", _to_front)]
    for name, body in found.items():
        routes.append(Route("/" if name == FRONT else f"/app/{name}", _giving(name, body)))
    return routes


def _read(folder: Traversable, inside: str) -> list[tuple[str, bytes]]:
    """Return all pages below a folder, by their path in it."""
    found: list[tuple[str, bytes]] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            found += _read(entry, f"{inside}{entry.name}/")
        elif PurePosixPath(entry.name).suffix in TYPES:
            found.append((inside + entry.name, entry.read_bytes()))
    return found


def _giving(name: str, body: bytes) -> Callable[[Request], Awaitable[Response]]:
    """Return what answers with one file, or says that the browser has it already."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = HEADERS | {"etag": tag}
    kind = TYPES[PurePosixPath(name).suffix]

    async def give(request: Request) -> Response:
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(body, headers=headers, media_type=kind)

    return give


async def _to_front(_: Request) -> Response:
    return RedirectResponse("/", headers=HEADERS)
