"""An engine of a served conversation is killed in the middle of a reply, or stopped: the reply is whole, and nobody else notices."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from assistant.engines import Engines
from assistant.sections import ModelSettings
from models.load import load
from tests.server.serving import Talker, question, run, says_56, served, talking

APART = ModelSettings(processes=True)

ENGINES = ["recognizer en", "language model", "voice en"]


def pid(engine: str) -> int:
    (found,) = [child.pid for child in multiprocessing.active_children() if child.name == engine]
    assert found is not None
    return found


def kill(engine: str, sign: signal.Signals) -> None:
    os.kill(pid(engine), sign)


@asynccontextmanager
async def apart() -> AsyncGenerator[tuple[str, Engines], None]:
    engines = await load(["en"], speaks=["en"], settings=APART)
    async with served(engines=engines) as address:
        yield address, engines
    assert not multiprocessing.active_children()


async def ask(client: Talker, text: str) -> None:
    message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
    await client.send("conversation.item.create", item=message)
    await client.send("response.create")


async def answered(client: Talker) -> str:
    """Return what the reply to a text said, once all of it was spoken."""
    done = (await client.until("response.done"))["response"]
    assert done["status"] == "completed", done
    sound = client.of("response.output_audio.delta")
    assert sum(len(event["delta"]) for event in sound) > 10_000
    client.events.clear()
    return "".join(part.get("transcript", "") for item in done["output"] for part in item.get("content", ()))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_spoken_turn_outlives_its_engines(engine: str) -> None:
    async def work() -> None:
        async with apart() as (address, _), talking(address, whole=False) as client:
            speaking = asyncio.create_task(client.say(question()))
            await client.until("input_audio_buffer.speech_started")
            kill(engine, signal.SIGSEGV)
            assert says_56(await answered(client))
            await speaking

    run(work())


def test_a_reply_goes_on_where_it_was() -> None:
    async def work() -> None:
        async with apart() as (address, engines), talking(address, whole=False) as client, talking(address) as other:
            for engine in ENGINES[1:]:
                for event in "response.created", "response.output_audio_transcript.delta", "response.output_audio.delta":
                    await ask(client, "What is 7 times 8?")
                    await client.until(event)
                    kill(engine, signal.SIGKILL)
                    await ask(other, "What is 12 times 12?")
                    assert says_56(await answered(client))
                    assert "144" in (found := await answered(other)) or "forty" in found
                    await there(engines, None)

    run(work())


def test_one_that_is_stopped_is_found() -> None:
    async def work() -> None:
        async with apart() as (address, _), talking(address, whole=False) as client:
            kill("language model", signal.SIGSTOP)
            await ask(client, "What is 7 times 8?")
            assert says_56(await answered(client))

    run(work())


def test_health_is_told_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.supervised.PATIENCE_S", 0.4)  # what is started again later than that counts as down
    monkeypatch.setattr("models.restarts.FIRST_WAIT_S", 1.0)

    async def work() -> None:
        async with apart() as (address, _), httpx2.AsyncClient(base_url=f"http://{address}") as http:

            async def told(path: str) -> tuple[int, dict[str, Any]]:
                answer = await http.get(path)
                return answer.status_code, answer.json()

            async def until(path: str, what: object) -> None:
                async with asyncio.timeout(60):
                    while (await told(path))[1] != what:  # noqa: ASYNC110 - seen from outside
                        await asyncio.sleep(0.02)

            assert await told("/healthz") == (200, {"status": "ok"})
            kill("language model", signal.SIGKILL)
            await until("/healthz", {"status": "degraded", "outages": [{"what": "no language model", "down": False}]})
            assert (await told("/readyz"))[0] == 200, "who comes now waits a moment"
            await until("/healthz", {"status": "ok"})
            kill("language model", signal.SIGKILL)
            await until("/healthz", {"status": "degraded", "outages": [{"what": "no language model", "down": True}]})
            status, why = await told("/readyz")
            assert (status, why["error"]["code"]) == (503, "engine_unavailable")
            assert "was ended by SIGKILL" in why["error"]["message"]
            with pytest.raises(InvalidStatus) as refused:
                await connect(f"ws://{address}/v1/realtime", proxy=None)
            assert refused.value.response.status_code == 503
            assert refused.value.response.headers["retry-after"] == "10"
            await until("/healthz", {"status": "ok"})
            async with talking(address) as client:
                await ask(client, "What is 7 times 8?")
                assert says_56(await answered(client))

    run(work())


def test_a_storm_of_faults_fails_no_turn_and_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.restarts.FORGIVEN_S", 0.2)  # faults come quicker here than anywhere else
    rng = random.Random(0)

    async def work() -> None:
        async with apart() as (address, engines):
            over = asyncio.Event()

            async def go_on_talking() -> int:
                turns = 0
                async with talking(address, whole=False) as client:
                    while not over.is_set():
                        await ask(client, "What is 7 times 8?")
                        assert says_56(await answered(client))
                        turns += 1
                return turns

            files = len(os.listdir("/proc/self/fd"))
            async with asyncio.TaskGroup() as group:
                talks = [group.create_task(go_on_talking()) for _ in range(3)]
                for sign in [signal.SIGKILL, signal.SIGSEGV, signal.SIGKILL, signal.SIGSTOP, signal.SIGABRT, signal.SIGKILL]:
                    await asyncio.sleep(rng.uniform(0, 0.5))
                    kill(engine := rng.choice(ENGINES), sign)
                    await there(engines, f"no {engine}")
                    await there(engines, None)
                over.set()
            assert all(talk.result() for talk in talks)
            await asyncio.sleep(0)
            assert len(multiprocessing.active_children()) == 3
            async with asyncio.timeout(60):
                while len(os.listdir("/proc/self/fd")) > files:  # noqa: ASYNC110 - the talks' sockets close in their own time
                    await asyncio.sleep(0.05)

    run(work())


async def there(engines: Engines, missing: str | None) -> None:
    """Wait until this engine is missing, or none is."""
    async with asyncio.timeout(60):
        while {outage.what for outage in engines.outages()} != ({missing} if missing else set()):  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.002)
