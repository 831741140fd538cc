"""A language model can tell which conversation it is asked in, so that a cluster asks the replica that has heard it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.asker import asker, asking_for
from assistant.engines import Message
from models.load import load
from models.scripted import ScriptedModel
from tests.server.serving import run, served, talking
from tests.server.store.test_resume import ask, token_of


def test_each_conversation_asks_by_one_name() -> None:
    asked: list[str] = []

    def answer(_: Sequence[Message]) -> list[str]:
        asked.append(asker())
        return ["Yes."]

    async def work() -> None:
        engines = replace(await load(["en"], speaks=["en"]), language_model=ScriptedModel(answer))
        async with served(engines=engines) as address, talking(address, whole=False) as one, talking(address) as other:
            token = await token_of(one)
            for client in one, other, one, other:
                await ask(client, "Is it?")
                await client.until("response.done")
            await one.break_off()
            async with talking(address, whole=False) as again:
                await again.send("session.update", session={"x": {"resume": token}})
                await again.until("session.updated")
                await ask(again, "Is it?")
                await again.until("response.done")

    run(work())
    first, second = asked[0], asked[1]
    assert first
    assert second
    assert first != second
    assert asked == [first, second, first, second, first]


def test_nobody_asks_without_a_conversation() -> None:
    assert asker() == ""
    with asking_for("one"):
        assert asker() == "one"
    assert asker() == ""
