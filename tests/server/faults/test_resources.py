"""A server that runs out of disk or of open files: conversations go on, what is new in them is kept later, and it says so. Real processes."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
from websockets.asyncio.client import connect

from server.open_files import MOST
from server.store.database import Database
from tests.server.process import process
from tests.server.serving import Talker, run, talking


async def ask(client: Talker, text: str) -> str:
    message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
    await client.send("conversation.item.create", item=message)
    await client.send("response.create", response={"output_modalities": ["text"]})
    done = (await client.until("response.done"))["response"]
    assert done["status"] == "completed", done
    return str(done["output"])


def told(client: Talker, kind: str) -> list[str]:
    return [event["what"] for event in client.events if event["type"] == kind]


async def until_healthy(address: str, wanted: object) -> None:
    async with asyncio.timeout(60), httpx2.AsyncClient(trust_env=False) as http:
        while (await http.get(f"http://{address}/healthz")).json() != wanted:  # noqa: ASYNC110 - seen from outside
            await asyncio.sleep(0.05)


def limit(pid: int, which: int, soft: int) -> tuple[int, int]:
    """Set a limit of a process that runs; return what it was."""
    before = resource.prlimit(pid, which)
    resource.prlimit(pid, which, (soft, before[1]))
    return before


def kept(state: Path) -> list[str]:
    """Return what was said, as it lies on the disk."""
    database = Database(state / "parley" / "conversations.db", create=False)
    try:
        ((name, *_),) = database.overview()
        found = database.read(name)
        assert found is not None
        return [item["text"] for item in found.items]
    finally:
        database.close()


def highest_file(pid: int) -> int:
    return max(map(int, os.listdir(f"/proc/{pid}/fd")))


def children(pid: int) -> dict[str, int]:
    """Return its processes by their names."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {Path(f"/proc/{child}/comm").read_text().strip(): int(child) for child in found}


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_full_disk_loses_nothing_that_was_said(tmp_path: Path, unused_port: int) -> None:
    async def work() -> None:
        address = f"127.0.0.1:{unused_port}"
        async with process(tmp_path, unused_port) as server:
            pid = server.pid
            async with talking(address, whole=False) as client:
                await client.send("session.update", session={"x": {"events": ["x.degraded", "x.restored"]}})
                assert "144" in await ask(client, "What is 12 times 12?")
                before = limit(pid, resource.RLIMIT_FSIZE, 0)
                assert "56" in await ask(client, "What is 7 times 8?")
                degraded: dict[str, Any] = {"status": "degraded", "outages": [{"what": "conversations are not kept", "down": False}]}
                await until_healthy(address, degraded)
                assert "4" in await ask(client, "What is 2 plus 2?")
                assert "conversations are not kept" in told(client, "x.degraded")
                resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
                await until_healthy(address, {"status": "ok"})
                assert "9" in await ask(client, "What is 3 times 3?")
                assert "conversations are not kept" in told(client, "x.restored")
            server.kill()
        said = kept(tmp_path)
        assert [text for text in said if text.startswith("What")] == [
            "What is 12 times 12?", "What is 7 times 8?", "What is 2 plus 2?", "What is 3 times 3?",
        ]  # fmt: skip

    run(work())


def test_without_files_to_open_conversations_go_on_and_engines_come_back(tmp_path: Path, unused_port: int) -> None:
    async def work() -> None:
        address = f"127.0.0.1:{unused_port}"
        async with process(tmp_path, unused_port) as server, talking(address, whole=False) as client:
            pid = server.pid
            before = limit(pid, resource.RLIMIT_NOFILE, highest_file(pid) + 1)
            model = children(pid)["language model"]
            assert before[0] == min(before[1], MOST), "it has asked for as many as it may have"
            async with AsyncExitStack() as stack:
                come = [stack.enter_async_context(connect(f"ws://{address}/v1/realtime", proxy=None, open_timeout=60)) for _ in range(3)]
                waiting = [asyncio.create_task(each) for each in come]
                assert "144" in await ask(client, "What is 12 times 12?")
                os.kill(model, signal.SIGKILL)
                asked = asyncio.create_task(ask(client, "What is 7 times 8?"))
                await asyncio.sleep(2)
                resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
                assert "56" in await asked
                for task in waiting:
                    await task
            await until_healthy(address, {"status": "ok"})
            server.kill()
            assert server.stderr is not None
            told = (await server.stderr.read()).decode()
            assert told.count("who connects now waits") == 1
            assert "Traceback" not in told

    run(work())


def test_engines_end_with_a_server_that_is_killed_even_if_they_are_stopped(tmp_path: Path, unused_port: int) -> None:
    async def work() -> None:
        async with process(tmp_path, unused_port) as server:
            engines = children(server.pid)
            assert {"recognizer en", "language model", "voice en"} <= engines.keys()
            os.kill(engines["language model"], signal.SIGSTOP)
            server.kill()
            await server.wait()
            async with asyncio.timeout(60):
                while any(map(lives, engines.values())):  # noqa: ASYNC110 - seen from outside
                    await asyncio.sleep(0.05)

    run(work())
