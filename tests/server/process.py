"""`parley serve` in a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path


@asynccontextmanager
async def process(state: Path, port: int, *options: str, **server: object) -> AsyncGenerator[asyncio.subprocess.Process, None]:
    """Run it, with settings of its section `server`, until the block is left; all that it keeps lies in `state`. It lets in whoever comes, however slow this machine is."""
    given = [part for name, value in ({"admission": "places"} | server).items() for part in ("--set", f"server.{name}={value}")]
    command = [sys.executable, "-m", "clients.cli.main", *given, "serve", "--port", str(port), *options]
    env = os.environ | {"XDG_STATE_HOME": str(state), "XDG_CONFIG_HOME": str(state)}
    child = await asyncio.create_subprocess_exec(*command, env=env, stderr=asyncio.subprocess.PIPE)
    try:
        assert child.stderr is not None
        while b"listens at" not in (line := await child.stderr.readline()):
            assert line, "the server ended"
        yield child
    finally:
        if child.returncode is None:
            child.send_signal(signal.SIGKILL)
        await child.communicate()  # its engines' processes write there, too, and end a little later
