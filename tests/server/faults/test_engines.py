"""An engine of a served conversation is killed in the middle of a reply, or stopped: the reply is whole, and nobody else notices."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import signal
import urllib.request
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

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


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGSEGV])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_spoken_turn_outlives_its_engines(engine: str, sign: signal.Signals) -> None:
    async def work() -> None:
        async with apart() as (address, _), talking(address, whole=False) as client:
            speaking = asyncio.create_task(client.say(question()))
            await client.until("input_audio_buffer.speech_started")
            kill(engine, sign)
            assert says_56(await answered(client))
            await speaking

    run(work())


@pytest.mark.parametrize("engine", ENGINES[1:])
@pytest.mark.parametrize("event", ["response.created", "response.output_audio_transcript.delta", "response.output_audio.delta"])
def test_a_reply_goes_on_where_it_was(engine: str, event: str) -> None:
    async def work() -> None:
        async with apart() as (address, _), talking(address, whole=False) as client, talking(address) as other:
            await ask(client, "What is 7 times 8?")
            await client.until(event)
            kill(engine, signal.SIGKILL)
            await ask(other, "What is 12 times 12?")
            assert says_56(await answered(client))
            assert "144" in (found := await answered(other)) or "forty" in found

    run(work())


def test_one_that_is_stopped_is_found() -> None:
    async def work() -> None:
        async with apart() as (address, _), talking(address, whole=False) as client:
            kill("language model", signal.SIGSTOP)
            await ask(client, "What is 7 times 8?")
            assert says_56(await answered(client))

    run(work())


def get(address: str, path: str) -> tuple[int, dict[str, object]]:
    try:
        with urllib.request.urlopen(f"http://{address}{path}") as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
