"""What a client may ask of one response, and how it is ended."""

from __future__ import annotations

import asyncio
from typing import Any

from assistant.engines import ToolCall
from tests.server.realtime.stage import Stage, message, play

TOOL = {"type": "function", "name": "look", "parameters": {}}
LONG = ["Well, ", "that is ", "a long ", "story. ", "It began ", "in a small ", "town by ", "the sea."]
ANSWERS: dict[str, Any] = {
    "tell me": LONG,
    "look": [ToolCall("look", {"where": "here"})],
    "look twice": [ToolCall("look", {"where": "here"}), ToolCall("look", {"where": "there"})],
    "say and look": ["Let me see ", "what there is ", "in the house, ", "my friend. ", ToolCall("look", {})],
}


def test_a_response_has_its_own_sound_where_the_session_only_writes() -> None:
    async def work(client: Stage) -> None:
        await client.send("session.update", session={"output_modalities": ["text"]})
        await client.write("tell me")
        output = {"format": {"type": "audio/pcmu"}, "voice": "cedar"}
        await client.send("response.create", response={"output_modalities": ["audio"], "audio": {"output": output}})
        await asyncio.sleep(20)
        assert client.done["audio"]["output"] == output
        spoken = client.done
        await client.write("tell me")
        await client.send("response.create")
        await asyncio.sleep(20)
        assert client.done["output_modalities"] == ["text"]
        assert client.sound(client.done) == b""
        seconds = len("".join(LONG).replace("  ", " ")) * 0.05  # as the scripted voice speaks
        assert abs(len(client.sound(spoken)) / 8000 - seconds) < 0.5

    play(work, ANSWERS)


def test_a_reply_that_is_longer_than_allowed_is_incomplete_and_spoken_as_far_as_it_goes() -> None:
    async def work(client: Stage) -> None:
        await client.write("tell me")
        await client.send("response.create", response={"max_output_tokens": 4})
        await asyncio.sleep(20)
        assert client.done["status"] == "incomplete"
        assert client.done["status_details"] == {"type": "incomplete", "reason": "max_output_tokens"}
        [item] = client.done["output"]
        assert (item["status"], item["content"][0]["transcript"]) == ("incomplete", "Well, that is a long story. ")
        assert len(client.sound(client.done)) / 48_000 > 1.2  # to the end of what was written
        await client.send("response.create", response={"max_output_tokens": 100})
        await asyncio.sleep(20)
        assert client.done["status"] == "completed"

    play(work, ANSWERS)


def test_usage_counts_what_was_read_and_written() -> None:
    async def work(client: Stage) -> None:
        await client.write("tell me")
        await client.send("response.create")
        await asyncio.sleep(20)
        usage = client.done["usage"]
        assert usage["input_tokens"] == usage["input_token_details"]["text_tokens"] > 2
        assert usage["output_token_details"]["text_tokens"] >= len(LONG)
        assert usage["output_token_details"]["audio_tokens"] == round(20 * len(client.sound(client.done)) / 48_000)
        assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]

    play(work, ANSWERS)


def test_a_response_is_cancelled_before_anything_came_of_it() -> None:
    async def work(client: Stage) -> None:
        await client.write("tell me")
        await client.send("response.create", response={"metadata": {"which": "first"}})
        await client.send("response.cancel")
        await asyncio.sleep(5)
        assert client.done["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
        assert client.done["metadata"] == {"which": "first"}
        assert client.types.count("response.created") == 1
        await client.send("response.create", response={"metadata": {"which": "second"}})
        await asyncio.sleep(20)
        assert (client.done["status"], client.done["metadata"]) == ("completed", {"which": "second"})
        assert "error" not in client.types

    play(work, ANSWERS)


def test_a_response_beside_the_conversation_is_cancelled_by_its_name() -> None:
    async def work(client: Stage) -> None:
        await client.send("response.create", response={"conversation": "none", "input": [message("tell me")]})
        await asyncio.sleep(0.3)
        name = client.of("response.created")[0]["response"]["id"]
        await client.send("response.cancel")
        await asyncio.sleep(0)
        await client.send("response.cancel", response_id=name)
        await asyncio.sleep(5)
        assert client.error["code"] == "response_cancel_not_active"
        assert client.done["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
        await client.send("response.cancel", response_id=name)
        assert client.types.count("response.done") == 1

    play(work, ANSWERS)


def test_input_that_cannot_be_read_is_a_mistake_and_no_response() -> None:
    async def work(client: Stage) -> None:
        for conversation in ("auto", "none"):
            for item, code, param in (
                ({"type": "item_reference", "id": "item_x"}, "item_not_found", "response.input.1.id"),
                ({"type": "message", "content": []}, "missing_required_parameter", "response.input.1.role"),
            ):
                asked = {"conversation": conversation, "input": [message("tell me"), item]}
                await client.send("response.create", response=asked, event_id="mine")
                await asyncio.sleep(1)
                assert (client.error["code"], client.error["param"], client.error["event_id"]) == (code, param, "mine")
        assert "response.created" not in client.types

    play(work)


def test_a_response_answers_the_items_that_it_refers_to() -> None:
    async def work(client: Stage) -> None:
        await client.write("tell me", id="asked")
        await client.write("something else")
        await client.send("response.create", response={"input": [{"type": "item_reference", "id": "asked"}], "output_modalities": ["text"]})
        await asyncio.sleep(5)
        assert client.done["output"][0]["content"][0]["text"] == "".join(LONG)
        assert client.of("conversation.item.added")[-1]["item"]["role"] == "assistant"

    play(work, ANSWERS)


def test_what_is_said_before_a_call_is_spoken_whole_and_comes_first() -> None:
    async def work(client: Stage) -> None:
        await client.send("session.update", session={"tools": [TOOL]})
        await client.write("say and look")
        await client.send("response.create")
        await asyncio.sleep(10)
        said, call = client.done["output"]
        assert said["content"][0]["transcript"] == "Let me see what there is in the house, my friend. "
        assert (call["type"], call["status"], client.done["status"]) == ("function_call", "completed", "completed")
        assert len(client.sound(client.done)) / 48_000 > 2
        assert client.types.index("response.function_call_arguments.done") > client.types.index("response.output_audio.done")

    play(work, ANSWERS)


def test_what_several_tools_gave_is_all_said() -> None:
    async def work(client: Stage) -> None:
        await client.send("session.update", session={"tools": [TOOL], "output_modalities": ["text"]})
        await client.write("look twice")
        await client.send("response.create")
        await asyncio.sleep(5)
        calls = client.done["output"]
        assert [call["arguments"] for call in calls] == ['{"where": "here"}', '{"where": "there"}']
        for call, told in zip(calls, ("A chair.", "A table."), strict=True):
            output = {"type": "function_call_output", "call_id": call["call_id"], "output": told}
            await client.send("conversation.item.create", item=output)
        await client.send("response.create")
        await asyncio.sleep(5)
        assert client.done["output"][0]["content"][0]["text"] == "A chair. A table."

    play(work, ANSWERS)


def test_a_tool_answered_before_its_response_is_done_is_no_mistake() -> None:
    async def work(client: Stage) -> None:
        await client.send("session.update", session={"tools": [TOOL], "output_modalities": ["text"]})
        await client.write("look")
        await client.send("response.create")
        await asyncio.sleep(0.11)  # the model makes the call after 0.1 s, and ends after 0.02 s more
        assert "response.done" not in client.types
        call = client.of("response.output_item.done")[0]["item"]
        await client.send("conversation.item.create", item={"type": "function_call_output", "call_id": call["call_id"], "output": "Seen."})
        await client.send("response.create")
        await client.send("response.create")  # one is enough
        await asyncio.sleep(5)
        assert client.done["output"][0]["content"][0]["text"] == "Seen."
        assert client.types.count("response.done") == 2
        assert client.error["code"] == "conversation_already_has_active_response"
        assert client.types.count("error") == 1

    play(work, ANSWERS)


def test_only_the_tool_that_is_chosen_may_be_called() -> None:
    async def work(client: Stage) -> None:
        other = TOOL | {"name": "listen"}
        await client.send("session.update", session={"tools": [TOOL, other], "output_modalities": ["text"]})
        await client.write("look")
        await client.send("response.create", response={"tool_choice": {"type": "function", "name": "listen"}})
        await asyncio.sleep(5)
        assert [item["type"] for item in client.done["output"]] == ["message"]

    play(work, ANSWERS)


def test_a_call_that_is_replayed_without_arguments_has_none() -> None:
    async def work(client: Stage) -> None:
        for name, arguments, kept in (("empty", "", "{}"), ("some", '{"where": 1}', '{"where": 1}')):
            item = {"id": name, "type": "function_call", "name": "look", "call_id": "call_1", "arguments": arguments}
            await client.send("conversation.item.create", item=item)
            await asyncio.sleep(0)
            assert client.of("conversation.item.done")[-1]["item"]["arguments"] == kept
        await client.send("conversation.item.create", item={"type": "function_call", "name": "look", "arguments": "{"})
        await asyncio.sleep(0)
        assert client.error["param"] == "item.arguments"

    play(work)
