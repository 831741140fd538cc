"""The official Python SDK against a real server: turns by voice, by hand and by text, tools, stops, transcription, a second connection."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection
from websockets.exceptions import InvalidStatus

from server.auth import Doorkeeper
from tests.server.serving import frames, question, run, says_56, served

TOOL = {
    "type": "function", "name": "set_timer", "description": "Set a timer.",
    "parameters": {"type": "object", "properties": {"seconds": {"type": "number"}}},
}  # fmt: skip


class Caller:
    """One connection of the SDK, and all that came over it."""

    def __init__(self, wire: AsyncRealtimeConnection) -> None:
        self.wire = wire
        self.events: list[Any] = []

    async def until(self, kind: str, which: Callable[[Any], bool] = lambda _: True) -> Any:
        async with asyncio.timeout(20):
            while True:
                event = await self.wire.recv()
                self.events.append(event)
                if event.type == kind and which(event):
                    return event

    async def say(self) -> None:
        """Ask the recorded question as a microphone would."""
        for frame in frames(question()):
            await self.wire.input_audio_buffer.append(audio=base64.b64encode(frame).decode())
            await asyncio.sleep(0.04)

    async def write(self, text: str, role: str = "user", kind: str = "input_text") -> None:
        await self.wire.conversation.item.create(item={"type": "message", "role": role, "content": [{"type": kind, "text": text}]})

    async def ask(self, text: str) -> None:
        await self.write(text)
        await self.wire.response.create()

    async def told(self) -> str:
        """Return what the next complete response says."""
        done = await self.until("response.done", lambda event: event.response.status == "completed")
        [item] = done.response.output
        return item.content[0].transcript or item.content[0].text

    def of(self, kind: str) -> list[Any]:
        return [event for event in self.events if event.type == kind]


def sdk(address: str, key: str = "none") -> AsyncOpenAI:
    return AsyncOpenAI(api_key=key, base_url=f"http://{address}/v1")


@asynccontextmanager
async def calling(address: str, **session: Any) -> AsyncGenerator[Caller, None]:
    async with sdk(address) as client, client.realtime.connect(model="gpt-realtime") as wire:
        caller = Caller(wire)
        assert (await caller.until("session.created")).session.model == "gpt-realtime"
        await wire.session.update(session={"type": "realtime"} | session)
        await caller.until("session.updated")
        yield caller


def test_a_spoken_question() -> None:
    async def work() -> None:
        async with served() as address, calling(address, audio={"input": {"transcription": {"model": "whisper-1"}}}) as caller:
            await caller.say()
            assert says_56(await caller.told())
            [started], [committed] = caller.of("input_audio_buffer.speech_started"), caller.of("input_audio_buffer.committed")
            assert started.item_id == committed.item_id
            sound = b"".join(base64.b64decode(event.delta) for event in caller.of("response.output_audio.delta"))
            assert len(sound) > 24_000
            [heard] = caller.of("conversation.item.input_audio_transcription.completed")
            assert "seven" in heard.transcript.lower()
            assert heard.usage.type == "duration"

    run(work())


def test_a_question_committed_by_hand() -> None:
    async def work() -> None:
        async with served() as address, calling(address, audio={"input": {"turn_detection": None}}) as caller:
            assert caller.of("session.updated")[0].session.audio.input.turn_detection is None
            for frame in frames(question()):
                await caller.wire.input_audio_buffer.append(audio=base64.b64encode(frame).decode())
            await caller.wire.input_audio_buffer.commit()
            await caller.wire.response.create()
            assert says_56(await caller.told())
            assert not caller.of("input_audio_buffer.speech_started")

    run(work())


def test_a_written_question() -> None:
    async def work() -> None:
        async with served() as address, calling(address, output_modalities=["text"]) as caller:
            await caller.ask("What is 12 times 12?")
            said = await caller.told()
            assert "144" in said
            assert "".join(event.delta for event in caller.of("response.output_text.delta")) == said
            assert not caller.of("response.output_audio.delta")

    run(work())


def test_a_tool_of_the_caller() -> None:
    async def work() -> None:
        async with served() as address, calling(address, tools=[TOOL], output_modalities=["text"]) as caller:
            await caller.ask("Set a timer for five minutes.")
            call = await caller.until("response.function_call_arguments.done")
            assert call.name == "set_timer"
            assert json.loads(call.arguments)
            output = {"type": "function_call_output", "call_id": call.call_id, "output": "The timer is set."}
            await caller.wire.conversation.item.create(item=output)
            await caller.until("response.done")
            await caller.wire.response.create()
            assert await caller.told() == "The timer is set."

    run(work())


def test_a_cancelled_response() -> None:
    async def work() -> None:
        async with served() as address, calling(address) as caller:
            await caller.ask("What can you do?")
            await caller.until("response.created")
            await caller.wire.response.cancel()
            done = (await caller.until("response.done")).response
            assert (done.status, done.status_details.reason) == ("cancelled", "client_cancelled")
            await caller.ask("What is 12 times 12?")
            assert await caller.told()

    run(work())


def test_a_barge_in_with_truncation() -> None:
    async def work() -> None:
        async with served() as address, calling(address) as caller:
            await caller.ask("What can you do?")
            reply = (await caller.until("response.output_audio.delta")).item_id
            async with asyncio.TaskGroup() as both:
                both.create_task(caller.say())
                await caller.until("input_audio_buffer.speech_started")
                await caller.wire.conversation.item.truncate(item_id=reply, content_index=0, audio_end_ms=700)
                truncated = await caller.until("conversation.item.truncated")
                assert (truncated.item_id, truncated.audio_end_ms) == (reply, 700)
                await caller.until("response.done", lambda event: says_56(str(event.response.output)))
            await caller.wire.conversation.item.retrieve(item_id=reply)
            item = (await caller.until("conversation.item.retrieved")).item
            assert 0 < len(item.content[0].transcript) < 40

    run(work())


def test_a_transcription_session() -> None:
    async def work() -> None:
        query = {"intent": "transcription"}
        async with served() as address, sdk(address) as client, client.realtime.connect(extra_query=query) as wire:
            caller = Caller(wire)
            assert (await caller.until("session.created")).session.type == "transcription"
            await wire.session.update(session={"type": "transcription", "audio": {"input": {"transcription": {"model": "whisper-1"}}}})
            await caller.until("session.updated")
            await caller.say()
            heard = await caller.until("conversation.item.input_audio_transcription.completed")
            assert "seven" in heard.transcript.lower()
            assert not [event for event in caller.events if event.type.startswith("response.")]

    run(work())


def test_a_second_connection_goes_on_from_the_replayed_history() -> None:
    async def work() -> None:
        async with served() as address:
            async with calling(address, output_modalities=["text"]) as caller:
                await caller.ask("How much is 10 miles in kilometers?")
                first = await caller.told()
            async with calling(address, output_modalities=["text"]) as caller:
                await caller.write("How much is 10 miles in kilometers?")
                await caller.write(first, "assistant", "output_text")
                await caller.ask("And in meters?")
                with_history = await caller.told()
                added = caller.of("conversation.item.added")
                assert [event.previous_item_id for event in added] == [None, *(event.item.id for event in added[:-1])]
            async with calling(address, output_modalities=["text"]) as caller:
                await caller.ask("And in meters?")
                assert await caller.told() != with_history

    run(work())


def test_a_callers_mistakes_leave_the_session_alive() -> None:
    async def work() -> None:
        async with served() as address, calling(address, output_modalities=["text"]) as caller:
            await caller.wire.response.cancel(event_id="one")
            await caller.wire.conversation.item.retrieve(item_id="nothing", event_id="two")
            await caller.wire.input_audio_buffer.commit(event_id="three")
            await caller.wire.send({"type": "response.make", "event_id": "four"})  # type: ignore[typeddict-item]
            errors = [(await caller.until("error")).error for _ in range(4)]
            assert [(error.event_id, error.code) for error in errors] == [
                ("one", "response_cancel_not_active"),
                ("two", "item_retrieve_invalid_item_id"),
                ("three", "input_audio_buffer_commit_empty"),
                ("four", "invalid_value"),
            ]
            await caller.ask("What is 12 times 12?")
            assert "144" in await caller.told()

    run(work())


def test_a_wrong_key_is_told_before_the_upgrade() -> None:
    async def work() -> None:
        async with (
            served(doorkeeper=Doorkeeper("right")) as address,
            sdk(address, "wrong") as client,
        ):
            with pytest.raises(InvalidStatus) as refused:
                async with client.realtime.connect(model="gpt-realtime"):
                    pass
            assert refused.value.response.status_code == 401

    run(work())
