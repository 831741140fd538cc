"""llama-cpp-python's own server as the provider of a large model: software that others wrote, over real HTTP."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import pytest

from assistant.engines import Message
from models.hosted import Provider
from models.prices import Price
from models.starter import FOLDER, STARTER
from tests.models.hosted.test_large import Bench

PRICE = Price(1.0, 10.0)
READY_S = 60.0


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "llama_cpp.server", "--model", str(FOLDER / STARTER.language_model)]
    log = (tmp_path_factory.mktemp("server") / "log").open("w+")
    with subprocess.Popen([*command, "--host", "127.0.0.1", "--port", str(port)], stdout=log, stderr=log) as process:
        try:
            _wait(process, f"http://127.0.0.1:{port}/v1/models")
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.kill()
            log.close()


def _wait(process: subprocess.Popen[bytes], address: str) -> None:
    end_s = time.monotonic() + READY_S
    while time.monotonic() < end_s and process.poll() is None:
        with suppress(OSError), urlopen(address, timeout=1):
            return
        time.sleep(0.1)
    raise AssertionError("the server does not start")


def test_it_answers_and_is_paid(url: str, tmp_path: Path) -> None:
    async def work() -> None:
        bench = Bench(tmp_path, [Provider("llama-cpp-python", url, "starter", None, PRICE, limits_with="max_tokens")])
        asked = [Message("system", "Translate English to Spanish."), Message("user", "Where is the train station?")]
        assert "estación" in "".join(map(str, await bench.ask(asked)))
        [row] = [row for row in bench.ledger.spent("provider") if row.written]
        assert row.usd > 0
        assert len(await bench.ask(asked, most=1)) == 1, "who stops listening ends it"
        assert "estación" in "".join(map(str, await bench.ask(asked))), "and the server goes on"
        await bench.large.close()

    asyncio.run(work())
