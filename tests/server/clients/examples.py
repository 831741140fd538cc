"""The programs that PROTOCOL.md shows, one for each client: what it says is what runs here."""

from __future__ import annotations

import re
from pathlib import Path

from server import auth
from tests.server.clients.stock import ran

PROTOCOL = Path(auth.__file__).parent / "PROTOCOL.md"

SUFFIXES = {"python": ".py", "js": ".mjs"}

FENCED = re.compile(r"^### (?P<client>.+?)$(?P<about>(?:(?!^#).)*?)^```(?P<language>\w+)$(?P<code>.+?)^```$", re.MULTILINE | re.DOTALL)
"""A heading, what it says, and the program under it."""


def examples() -> dict[str, tuple[str, str]]:
    """Return the suffix and the text of each program, by the client that its heading names."""
    text = PROTOCOL.read_text()
    found = {match["client"]: (SUFFIXES[match["language"]], match["code"].lstrip()) for match in FENCED.finditer(text)}
    assert len(found) == len(re.findall(r"^```\w+$", text, re.MULTILINE)), "each program has a heading of its own"
    return found


async def asked(client: str, packages: Path, address: str, tmp_path: Path, **environment: str) -> str:
    """Run the program of a client against a server, with the packages that a folder lists, and return what it printed."""
    suffix, code = examples()[client]
    assert "localhost:8765" in code
    program = tmp_path / "shown" / f"example{suffix}"
    program.parent.mkdir()
    program.write_text(code.replace("localhost:8765", address.replace("127.0.0.1", "localhost")))
    return await ran(program, packages, tmp_path, **environment)
