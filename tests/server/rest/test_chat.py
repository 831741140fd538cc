"""`/v1/chat/completions` with the official client: the starter model, and scripted ones for what it does not do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai import APIError, BadRequestError

from assistant.engines import Engines, ToolCall
from assistant.errors import EngineError
from models.scripted import Vocabulary, scripted_engines
from server.rest.chat import HELD
from tests.server.rest.asking import asking
from tests.server.serving import run

TIMER: Any = {
    "type": "function",
    "function": {"name": "set_timer", "description": "Start a timer.", "parameters": {"type": "object", "properties": {"minutes": {"type": "number"}}}},
}  # fmt: skip


def user(text: str) -> Any:
    return {"role": "user", "content": text}


def test_an_answer() -> None:
    async def work() -> None:
        async with asking() as client:
            found = await client.chat.completions.create(model="gpt-x", messages=[user("What is seven times eight?")])
            [choice] = found.choices
            assert (found.object, found.model, choice.finish_reason) == ("chat.completion", "gpt-x", "stop")
            assert choice.message.role == "assistant"
            assert "56" in (choice.message.content or "")
            assert choice.message.tool_calls is None
            assert found.usage is not None
            assert found.usage.prompt_tokens > 5
            assert found.usage.completion_tokens > 0
            assert found.usage.total_tokens == found.usage.prompt_tokens + found.usage.completion_tokens

    run(work())


def test_a_stream_is_the_same_answer_in_parts() -> None:
    async def work() -> None:
        async with asking() as client:
            stream = await client.chat.completions.create(
                model="m", messages=[user([{"type": "text", "text": "What is seven times eight?"}])], stream=True,
                stream_options={"include_usage": True},
            )  # fmt: skip
            chunks = [chunk async for chunk in stream]
            whole = await client.chat.completions.create(model="m", messages=[user("What is seven times eight?")])
            assert len({chunk.id for chunk in chunks}) == 1
            assert all(chunk.object == "chat.completion.chunk" for chunk in chunks)
            assert chunks[0].choices[0].delta.role == "assistant"
            assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks[:-1]) == whole.choices[0].message.content
            assert chunks[-2].choices[0].finish_reason == "stop"
            assert chunks[-1].choices == []
            assert chunks[-1].usage == whole.usage

    run(work())


def test_a_tool_of_the_client_is_called_and_answered() -> None:
    async def work() -> None:
        async with asking() as client:
            create = client.chat.completions.create
            asked = [user("Set a timer for five minutes.")]
            called = await create(model="m", messages=asked, tools=[TIMER])
            [choice] = called.choices
            assert (choice.finish_reason, choice.message.content) == ("tool_calls", None)
            [call] = choice.message.tool_calls or []
            assert call.type == "function"
            assert call.function.name == "set_timer"
            assert json.loads(call.function.arguments) == {"minutes": 5}
            history: Any = [*asked, choice.message, {"role": "tool", "tool_call_id": call.id, "content": "It runs."}]
            told = await create(model="m", messages=history, tools=[TIMER])
            assert told.choices[0].message.content == "It runs."
            stream = await create(model="m", messages=asked, tools=[TIMER], stream=True)
            deltas = [chunk.choices[0] async for chunk in stream]
            [part] = [part for delta in deltas for part in delta.delta.tool_calls or []]
            assert part.function is not None
            assert (part.index, part.function.name, part.function.arguments) == (0, "set_timer", call.function.arguments)
            assert deltas[-1].finish_reason == "tool_calls"

    run(work())


def test_our_own_tools_answer_by_themselves_unless_something_would_have_to_last() -> None:
    async def work() -> None:
        async with asking() as client:
            create = client.chat.completions.create
            for extra in ({}, {"tools": [TIMER], "tool_choice": "none"}):
                found = await create(model="m", messages=[user("Set a timer for five minutes.")], **extra)
                assert found.choices[0].message.content == HELD
                assert found.choices[0].finish_reason == "stop"
            found = await create(model="m", messages=[user("What time is it?")], tools=[TIMER])
            assert (found.choices[0].message.content or "").startswith("It's ")

    run(work())


def test_an_answer_that_is_cut_says_so() -> None:
    async def work() -> None:
        async with asking() as client:
            for field in ("max_tokens", "max_completion_tokens"):
                bound: Any = {field: 2}
                found = await client.chat.completions.create(model="m", messages=[user("Hello, how are you?")], **bound)
                assert found.choices[0].finish_reason == "length"
                assert found.usage is not None
                assert found.usage.completion_tokens == 2
            found = await client.chat.completions.create(
                model="m", messages=[user("Set a timer for five minutes.")], max_tokens=3, tools=[TIMER]
            )
            assert (found.choices[0].finish_reason, found.choices[0].message.content) == ("length", "")  # in the middle of a call

    run(work())


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"stop": ["\n"]}, "stop"),
        ({"n": 2}, "n"),
        ({"logprobs": True}, "logprobs"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"presence_penalty": 1.0}, "presence_penalty"),
        ({"tools": [TIMER], "tool_choice": "required"}, "tool_choice"),
        ({"tools": [TIMER], "tool_choice": {"type": "function", "function": {"name": "set_timer"}}}, "tool_choice"),
        ({"messages": []}, "messages"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"temperature": 3}, "temperature"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]}, "messages.0.user.content"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages.0"),
    ],
)
def test_what_cannot_be_done_is_said(fields: dict[str, Any], param: str) -> None:
    async def work() -> None:
        async with asking() as client:
            with pytest.raises(BadRequestError) as refused:
                await client.chat.completions.create(**({"model": "m", "messages": [user("Hello.")]} | fields))
            body: Any = refused.value.body
            assert body["param"] == param
            assert body["message"][0].isupper() or body["message"][0] == "'"

    run(work())


def test_what_asks_for_nothing_is_no_mistake() -> None:
    async def work() -> None:
        async with asking() as client:
            found = await client.chat.completions.create(
                model="m", messages=[{"role": "system", "content": "You are Parley, a voice assistant."}, user("Hello.")], n=1, stop=None,
                temperature=0.7, top_p=0.9, presence_penalty=0, frequency_penalty=0, response_format={"type": "text"}, seed=1, user="u",
            )  # fmt: skip
            assert found.choices[0].message.content

    run(work())


def test_what_is_too_long_for_the_model_is_the_clients_mistake() -> None:
    async def work() -> None:
        async with asking() as client:
            for stream in (False, True):
                with pytest.raises(BadRequestError) as refused:
                    await client.chat.completions.create(model="m", messages=[user("word " * 3000)], stream=stream)
                assert refused.value.code == "context_length_exceeded"

    run(work())


def test_a_conversation_that_is_too_long_loses_its_beginning() -> None:
    async def work() -> None:
        async with asking() as client:
            turn: Any = [user("word " * 150), {"role": "assistant", "content": "Yes."}]
            found = await client.chat.completions.create(model="m", messages=[*(turn * 8), user("What is seven times eight?")])
            assert found.choices[0].message.content

    run(work())


def test_a_model_that_fails_under_way_is_an_error_of_the_server() -> None:
    async def work() -> None:
        failing: Any = ("One ", EngineError("The model stumbled; ask again."))
        async with asking(engines=scripted(failing)) as client:
            with pytest.raises(APIError) as whole:
                await client.chat.completions.create(model="m", messages=[user("x")])
            assert whole.value.code == "engine_error"
            stream = await client.chat.completions.create(model="m", messages=[user("x")], stream=True)
            assert (await anext(stream)).choices[0].delta.content == "One "
            with pytest.raises(APIError, match="The model stumbled"):
                await anext(stream)

    run(work())


def test_two_calls_and_words_between() -> None:
    async def work() -> None:
        pieces: Any = (
            "First. ",
            ToolCall("set_timer", {"minutes": 1}),
            "Then. ",
            ToolCall("set_timer", {"minutes": 2}),
            ToolCall("date", {}),
        )
        async with asking(engines=scripted(pieces)) as client:
            found = await client.chat.completions.create(model="m", messages=[user("x")], tools=[TIMER])
            message = found.choices[0].message
            assert [json.loads(call.function.arguments)["minutes"] for call in message.tool_calls or [] if call.type == "function"] == [
                1,
                2,
            ]
            assert (message.content or "").startswith("First. Then. Today is ")

    run(work())


def scripted(pieces: Any) -> Engines:
    return scripted_engines(Vocabulary(), {}, otherwise=pieces)[0]
