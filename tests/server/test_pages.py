"""The web client's files: what they are served with, and that nothing else is."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from models.scripted import Vocabulary, scripted_engines
from server.auth import Doorkeeper
from server.entrance import Limits
from server.pages import TYPES
from tests.server.rest.asking import plain
from tests.server.serving import run, served, talking

ROOT = Path(__file__).parent.parent.parent
WEB = ROOT / "clients" / "web"
PAGES = [
    "/",
    *(f"/app/{path.relative_to(WEB).as_posix()}" for path in sorted(WEB.rglob("*")) if path.suffix in TYPES and path.name != "index.html"),
]


def engines() -> object:
    return scripted_engines(Vocabulary(), {})[0]


def test_every_page_is_given_without_a_key_and_lets_nothing_else_in() -> None:
    async def work() -> None:
        async with served(engines=engines(), doorkeeper=Doorkeeper("parley_secret")) as address, plain(address) as http:
            for page in PAGES:
                given = await http.get(page)
                assert given.status_code == 200, page
                assert given.headers["content-type"] == TYPES[Path(page).suffix or ".html"]
                policy = given.headers["content-security-policy"]
                assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
                assert "unsafe" not in policy
                assert "*" not in policy
                assert given.headers["x-content-type-options"] == "nosniff"
                assert given.headers["referrer-policy"] == "no-referrer"
                again = await http.get(page, headers={"if-none-match": given.headers["etag"]})
                assert (again.status_code, again.content) == (304, b"")
            assert (await http.get("/app")).headers["location"] == "/"

    run(work())


@pytest.mark.parametrize(
    "path", ["/app/../server/app.py", "/app/%2e%2e/cli/app.py", "/app/..%2fcli/app.py", "/app/style", "/app/none.js", "/app//etc/passwd"]
)
def test_there_is_nothing_beside_them(path: str) -> None:
    async def work() -> None:
        async with served(engines=engines()) as address, plain(address) as http:
            assert (await http.get(path)).status_code == 404

    run(work())


def test_they_hold_nothing_inline_and_name_no_other_place() -> None:
    for path in WEB.rglob("*"):
        if path.suffix in TYPES:
            text = path.read_text().replace("http://www.w3.org/2000/svg", "").replace("https://{host}", "").replace("https://…", "")
            assert "http://" not in text, path
            assert "https://" not in text, path
    front = (WEB / "index.html").read_text()
    for inline in (" style=", "<style", " onclick=", " onload=", "<script>"):
        assert inline not in front


def test_a_plain_request_says_whether_a_conversation_would_be_let_in() -> None:
    async def work() -> None:
        async with served(engines=engines(), doorkeeper=Doorkeeper("k"), limits=Limits(sessions=1)) as address, plain(address) as http:
            mine = {"authorization": "Bearer k"}
            assert (await http.get("/v1/realtime")).status_code == 401
            assert (await http.get("/v1/realtime", headers=mine)).status_code == 204
            async with talking(address, additional_headers=mine):
                full = await http.get("/v1/realtime", headers=mine)
                assert (full.status_code, full.json()["error"]["code"]) == (503, "overloaded")

    run(work())


def test_no_websocket_is_open_to_everybody() -> None:
    async def work() -> None:
        async with served(engines=engines(), doorkeeper=Doorkeeper("k")) as address:
            for path in ("/", "/app/main.js", "/healthz"):
                with pytest.raises(InvalidStatus) as refused:
                    await connect(f"ws://{address}{path}", proxy=None).__aenter__()
                assert refused.value.response.status_code == 401

    run(work())


def test_the_wheel_has_them() -> None:
    """hatchling packs all that git tracks in the packages."""
    listed = subprocess.run(["git", "ls-files", "clients/web"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    assert set(listed) == {path.relative_to(ROOT).as_posix() for path in WEB.rglob("*") if path.is_file()}
    assert "clients" in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
