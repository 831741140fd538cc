"""The client's own tools, early and late outputs, and responses beside the conversation."""

from __future__ import annotations

import json
from typing import Any

from tests.server.serving import Talker, run, served, talking

TOOL = {
    "type": "function", "name": "set_timer", "description": "Set a timer.",
    "parameters": {"type": "object", "properties": {"seconds": {"type": "number"}}},
}  # fmt: skip
"""A name that the starter model knows, so that it calls it."""

FUNCTION_CALL = [
    "response.created",
    "response.output_item.added",
    "conversation.item.added",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "conversation.item.done",
    "response.output_item.done",
    "response.done",
]


def written(text: str, role: str = "user") -> dict[str, Any]:
    return {"type": "message", "role": role, "content": [{"type": "output_text" if role == "assistant" else "input_text", "text": text}]}


async def ask(client: Talker, text: str, **response: Any) -> None:
    await client.send("conversation.item.create", item=written(text))
    await client.send("response.create", **({"response": response} if response else {}))


def test_a_tool_of_the_client_is_called_and_its_output_answered() -> None:
    async def work() -> None:
        async with served() as address, talking(address) as client:
            await client.send("session.update", session={"tools": [TOOL], "output_modalities": ["text"]})
            await client.until("session.updated")
            before = len(client.events)
            await ask(client, "Set a timer for five minutes.")
            done = await client.until("response.done")
            assert client.types[before + 2 :] == FUNCTION_CALL
            [call] = done["response"]["output"]
            assert (call["type"], call["name"], call["status"]) == ("function_call", "set_timer", "completed")
            assert json.loads(call["arguments"])
            for told in ("The timer is set.", '"The timer is set."'):  # some clients send JSON, whatever it is
                output = {"type": "function_call_output", "call_id": call["call_id"], "output": told}
                await client.send("conversation.item.create", item=output)
                await client.send("response.create")
                done = await client.until("response.done")
                assert done["response"]["output"][0]["content"][0]["text"] == "The timer is set."

    run(work())


def test_who_asks_for_it_is_told_of_a_tool_that_was_used_here() -> None:
    async def work() -> None:
        async with served() as address, talking(address) as client:
            await client.send("session.update", session={"output_modalities": ["text"], "x": {"events": ["x.tool"]}})
            await client.until("session.updated")
            await ask(client, "What is 12 times 12?")
            told = await client.until("x.tool")
            done = await client.until("response.done")
            assert told["response_id"] == done["response"]["id"]
            assert (told["name"], told["arguments"]) == ("calculate", {"expression": "12 * 12"})
            assert told["result"] == done["response"]["output"][0]["content"][0]["text"]

    run(work())


def test_a_tool_that_the_client_does_not_have_is_used_here() -> None:
    async def work() -> None:
        async with served() as address, talking(address) as client:
            await client.send("session.update", session={"tools": [TOOL], "output_modalities": ["text"]})
            await ask(client, "What is 12 times 12?")
            assert "144" in str((await client.until("response.done"))["response"]["output"])
            await ask(client, "Set a timer for five minutes.", tool_choice="none")
            [item] = (await client.until("response.done"))["response"]["output"]
            assert item["type"] == "message"

    run(work())


def test_what_is_repeated_is_what_the_items_say() -> None:
    """Also those that a client has brought along, and those that were not heard out."""

    async def work() -> None:
        async with served() as address, talking(address) as client:
            await ask(client, "Say that again.", output_modalities=["text"])
            assert "haven't said anything" in str((await client.until("response.done"))["response"]["output"])
            await client.send("conversation.item.create", item=written("The train leaves at noon.", "assistant"))
            await ask(client, "Say that again.", output_modalities=["text"])
            assert "The train leaves at noon." in str((await client.until("response.done"))["response"]["output"])
            beside = [written("It is raining.", "assistant"), written("Say that again.")]
            await client.send("response.create", response={"conversation": "none", "input": beside, "output_modalities": ["text"]})
            assert "It is raining." in str((await client.until("response.done"))["response"]["output"])
            await ask(client, "What can you do?")
            reply = (await client.until("response.output_audio.delta"))["item_id"]
            await client.send("response.cancel")
            await client.until("response.done")
            await client.send("conversation.item.truncate", item_id=reply, audio_end_ms=0)
            await ask(client, "Say that again.", output_modalities=["text"])
            assert "I can tell" in str((await client.until("response.done"))["response"]["output"])

    run(work())


def test_a_response_beside_the_conversation_leaves_no_item() -> None:
    async def work() -> None:
        async with served() as address, talking(address) as client:
            told = [written("What is 3 plus 4?")]
            await client.send("response.create", response={"conversation": "none", "input": told, "metadata": {"topic": "sum"}})
            done = (await client.until("response.done"))["response"]
            assert done["conversation_id"] is None
            assert done["metadata"] == {"topic": "sum"}
            assert "7" in done["output"][0]["content"][0]["transcript"]
            assert not any(kind.startswith("conversation.") for kind in client.types)
            assert client.of("response.output_audio.delta")

    run(work())


def test_a_second_request_is_refused_while_the_first_is_answered() -> None:
    async def work() -> None:
        async with served() as address, talking(address) as client:
            await ask(client, "What can you do?")
            await client.send("response.create", event_id="second")
            error = (await client.until("error"))["error"]
            assert (error["code"], error["event_id"]) == ("conversation_already_has_active_response", "second")
            assert (await client.until("response.done"))["response"]["status"] == "completed"

    run(work())


def test_a_call_that_is_longer_than_the_response_may_be_leaves_it_incomplete() -> None:
    async def work() -> None:
        async with served() as address, talking(address) as client:
            await client.send("session.update", session={"tools": [TOOL], "output_modalities": ["text"]})
            for most, status in ((1, "incomplete"), (3, "incomplete"), (100, "completed")):
                await ask(client, "Set a timer for five minutes.", max_output_tokens=most)
                done = (await client.until("response.done"))["response"]
                assert (done["status"], len(done["output"])) == (status, status == "completed")
            assert "input_tokens" in done["usage"]
            assert done["usage"]["input_tokens"] > 5

    run(work())
