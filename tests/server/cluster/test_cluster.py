"""Real Ray on this machine: what a client gets through it, and that it ends in good order."""

from __future__ import annotations

import asyncio

import httpx2

from server.cluster.head import CONVERSATIONS
from tests.server.cluster.conftest import Running
from tests.server.rest.asking import client_of
from tests.server.rest.test_client_secrets import offered
from tests.server.serving import question, run, says_56, talking
from tests.server.store.test_resume import ask, token_of


def test_there_is_what_was_asked_for(cluster: Running) -> None:
    names = sorted(place.name for place in cluster.places)
    assert names == sorted([CONVERSATIONS, "recognizer en", "language model", "voice en", "voice es", "front", "front"])
    assert len({place.serves for place in cluster.fronts}) == 2
    told = [line for line in cluster.said if "listens at" in line]
    assert told == [
        f"Parley listens at ws://localhost:{place.serves}/v1/realtime; open http://localhost:{place.serves} in a browser; Ctrl-C ends."
        for place in cluster.fronts
    ]


def test_a_spoken_question_is_answered(cluster: Running) -> None:
    async def work() -> None:
        async with talking(cluster.address) as client:
            await client.say(question())
            done = await client.until("response.done")
            assert done["response"]["status"] == "completed"
            assert says_56(str(done["response"]["output"]))
            assert sum(len(event["delta"]) for event in client.of("response.output_audio.delta")) > 10_000

    run(work())


def test_many_talk_at_once(cluster: Running) -> None:
    async def turn(front: int) -> None:
        async with talking(f"127.0.0.1:{cluster.fronts[front].serves}") as client:
            await client.say(question())
            assert says_56(str((await client.until("response.done"))["response"]["output"]))

    async def work() -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(4):
                group.create_task(turn(number % 2))

    run(work())


def test_a_conversation_goes_on_at_another_front(cluster: Running) -> None:
    async def work() -> None:
        first, second = (f"127.0.0.1:{place.serves}" for place in cluster.fronts)
        async with talking(first) as client:
            token = await token_of(client)
            await ask(client, "What is 12 times 12?")
            await client.until("response.done")
            await client.break_off()
        async with talking(second, whole=False) as again:
            await again.send("session.update", session={"x": {"resume": token}})
            updated = await again.until("session.updated")
            assert updated["session"]["id"] == client.events[0]["session"]["id"]
            known = [event["item"]["id"] for event in client.of("conversation.item.done")]
            assert updated["session"]["x"]["items"] == known
            await ask(again, "What is 2 plus 2?")
            assert "4" in str((await again.until("response.done"))["response"]["output"])
        async with talking(first, whole=False) as third:
            await third.send("session.update", session={"x": {"resume": token}})
            assert len((await third.until("session.updated"))["session"]["x"]["items"]) == 4

    run(work())


def test_a_front_that_still_has_it_gives_it_up(cluster: Running) -> None:
    async def work() -> None:
        first, second = (f"127.0.0.1:{place.serves}" for place in cluster.fronts)
        async with talking(first, whole=False) as client:
            token = await token_of(client)
            await ask(client, "What is 12 times 12?")
            await client.until("response.done")
            async with talking(second, whole=False) as again:
                await again.send("session.update", session={"x": {"resume": token}})
                updated = await again.until("session.updated")
                assert len(updated["session"]["x"]["items"]) == 2
                async with asyncio.timeout(5):
                    await client._socket.wait_closed()

    run(work())


def test_a_short_lived_key_opens_its_session_at_every_front(cluster: Running) -> None:
    async def work() -> None:
        first, second = (f"127.0.0.1:{place.serves}" for place in cluster.fronts)
        async with client_of(first) as client:
            lent = await client.realtime.client_secrets.create(session={"type": "realtime", "instructions": "Be brief."})
        for front in (first, second):
            async with talking(front, "/v1/realtime", **offered(lent.value)) as talker:
                [created] = talker.of("session.created")
                assert created["session"]["instructions"] == "Be brief."

    run(work())


def test_each_front_says_how_it_is(cluster: Running) -> None:
    async def work() -> None:
        for front in cluster.fronts:
            async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{front.serves}") as http:
                assert (await http.get("/healthz")).json() == {"status": "ok"}
                assert (await http.get("/readyz")).status_code == 200
                assert 'parley_engine_queue{engine="language model"} 0.0' in (await http.get("/metrics")).text

    run(work())
