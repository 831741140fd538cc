"""A connection breaks, a process is killed: the conversation goes on, and nothing that was acknowledged is lost."""

from __future__ import annotations

import asyncio
import random
import signal
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from server.store.database import Database
from tests.server.process import process
from tests.server.serving import Talker, run, served, talking


async def ask(client: Talker, text: str) -> None:
    message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
    await client.send("conversation.item.create", item=message)
    await client.send("response.create", response={"output_modalities": ["text"]})


async def token_of(client: Talker) -> str:
    await client.send("session.update", session={"x": {"resume": True}})
    token = (await client.until("session.updated"))["session"]["x"]["resume"]
    assert isinstance(token, str)
    return token


def test_what_was_missed_is_sent_again_in_order() -> None:
    async def work() -> None:
        async with served() as address:
            async with talking(address) as client:
                token = await token_of(client)
                await ask(client, "What is 12 times 12?")
                await client.until("response.done")
                await client.break_off()
            middle = client.types.index("response.created")
            async with talking(address, whole=False) as again:
                await again.send("session.update", session={"x": {"resume": token, "after": client.events[middle]["event_id"]}})
                updated = await again.until("session.updated")
                assert again.events[1:-1] == client.events[middle + 1 :]
                assert updated["session"]["id"] == client.events[0]["session"]["id"]
                assert len(updated["session"]["x"]["items"]) == 2
                await ask(again, "What is 2 plus 2?")
                assert "4" in str((await again.until("response.done"))["response"]["output"])

    run(work())


def test_a_line_that_only_seems_open_is_taken_over() -> None:
    async def work() -> None:
        async with served() as address, talking(address) as client:
            token = await token_of(client)
            async with talking(address, whole=False) as again:
                await again.send("session.update", session={"x": {"resume": token}})
                assert (await again.until("session.updated"))["session"]["x"]["resume"] == token
                with pytest.raises(ConnectionClosed):
                    await client.until("never")

    run(work())


def test_a_wrong_token_is_refused_and_the_new_session_goes_on() -> None:
    async def work() -> None:
        async with served() as address, talking(address) as client:
            await client.send("session.update", session={"x": {"resume": "made up"}})
            assert (await client.until("error"))["error"]["code"] == "resume_not_found"
            await ask(client, "What is 2 plus 2?")
            assert "4" in str((await client.until("response.done"))["response"]["output"])

    run(work())


async def ask_on_and_on(client: Talker) -> None:
    for number in range(1000):
        await ask(client, f"What is {number} plus 2?")
        await client.until("response.done")


def test_killed_at_random_the_process_loses_nothing_that_it_acknowledged(tmp_path: Path, unused_port: int) -> None:
    rng = random.Random(7)

    async def work() -> None:
        token, known = "", list[str]()
        for _ in range(4):
            async with process(tmp_path, unused_port) as child, talking(f"127.0.0.1:{unused_port}", whole=False) as client:
                if token:
                    await client.send("session.update", session={"x": {"resume": token}})
                    restored = (await client.until("session.updated"))["session"]["x"]["items"]
                    assert [name for name in known if name not in restored] == []
                    known = restored
                else:
                    token = await token_of(client)
                asyncio.get_running_loop().call_later(rng.uniform(0.05, 0.6), child.send_signal, signal.SIGKILL)
                with pytest.raises((ConnectionClosed, ConnectionError)):
                    await ask_on_and_on(client)
                known += [event["item"]["id"] for event in client.of("conversation.item.done")]
        database = Database(tmp_path / "parley" / "conversations.db", create=False)
        [(session, *_)] = [row for row in database.overview() if row[3]]
        kept = database.read(session)
        assert kept is not None
        assert [name for name in known if name not in [item["id"] for item in kept.items]] == []
        database.close()

    run(work())
