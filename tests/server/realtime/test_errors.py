"""What a client does wrong is said in the protocol's words, and the session goes on."""

from __future__ import annotations

from typing import Any

import pytest

from server.realtime import incoming
from server.realtime.config import SessionConfig
from server.realtime.refusals import Refused
from tests.server.serving import Talker, run, served, talking

WRONG: list[tuple[dict[str, Any], str, str | None]] = [
    ({"type": "conversation.dance"}, "invalid_value", "type"),
    ({"kind": "session.update"}, "missing_required_parameter", "type"),
    ({"type": "session.update"}, "missing_required_parameter", "session"),
    ({"type": "session.update", "session": "loud"}, "invalid_type", "session"),
    ({"type": "session.update", "session": {"output_modalities": ["audio", "text"]}}, "invalid_value", None),
    ({"type": "session.update", "session": {"audio": {"input": {"format": {"type": "audio/pcm", "rate": 16000}}}}}, "invalid_value", None),
    ({"type": "session.update", "session": {"audio": {"input": {"turn_detection": {"threshold": 7}}}}}, "invalid_value",
     "session.audio.input.turn_detection.threshold"),
    ({"type": "session.update", "session": {"audio": {"input": {"transcription": {"language": "ja"}}}}}, "invalid_value",
     "session.audio.input.transcription.language"),
    ({"type": "input_audio_buffer.append", "audio": "not base64!"}, "invalid_value", "audio"),
    ({"type": "input_audio_buffer.append", "audio": 7}, "invalid_type", "audio"),
    ({"type": "input_audio_buffer.commit"}, "input_audio_buffer_commit_empty", None),
    ({"type": "conversation.item.create", "item": {"type": "message", "role": "king", "content": []}}, "invalid_value", "item.role"),
    ({"type": "conversation.item.create", "previous_item_id": "item_x", "item": {"type": "message", "role": "user", "content": []}},
     "item_create_invalid_previous_item_id", "previous_item_id"),
    ({"type": "conversation.item.retrieve", "item_id": "item_x"}, "item_retrieve_invalid_item_id", "item_id"),
    ({"type": "conversation.item.delete", "item_id": "item_x"}, "item_delete_invalid_item_id", "item_id"),
    ({"type": "conversation.item.truncate", "item_id": "item_x", "content_index": 0, "audio_end_ms": 5}, "item_truncate_invalid_item_id", "item_id"),
    ({"type": "conversation.item.truncate", "item_id": "item_x", "content_index": 0, "audio_end_ms": -5}, "invalid_value", "audio_end_ms"),
    ({"type": "response.cancel"}, "response_cancel_not_active", None),
    ({"type": "response.create", "response": {"max_output_tokens": 0}}, "invalid_value", None),
]  # fmt: skip


def test_each_mistake_is_named_and_the_session_goes_on() -> None:
    async def work() -> None:
        async with served() as address, talking(address) as client:
            for number, (event, code, param) in enumerate(WRONG):
                await client.send_raw(event | {"event_id": f"mine_{number}"})
                error = (await client.until("error"))["error"]
                assert (error["code"], error["event_id"]) == (code, f"mine_{number}"), (event, error)
                if param is not None:
                    assert error["param"] == param, error
                assert error["type"] == "invalid_request_error"
                assert "Traceback" not in error["message"]
            await client.send_raw("{")
            assert (await client.until("error"))["error"]["code"] == "invalid_json"
            await answers_still(client)

    run(work())


async def answers_still(client: Talker) -> None:
    await client.send("session.update", session={"output_modalities": ["text"]})
    message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "What is 2 plus 2?"}]}
    await client.send("conversation.item.create", item=message)
    await client.send("response.create")
    assert "4" in str((await client.until("response.done"))["response"]["output"])


def test_harmless_events_are_no_errors() -> None:
    async def work() -> None:
        async with served() as address, talking(address) as client:
            await client.send("output_audio_buffer.clear")
            await client.send("input_audio_buffer.clear")
            await client.send(
                "session.update", session={"tracing": "auto", "audio": {"input": {"turn_detection": {"type": "semantic_vad"}}}, "new": 1}
            )
            await client.until("session.updated")
            message = {"id": "mine", "type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello."}]}
            await client.send("conversation.item.create", item=message)
            await client.send("conversation.item.create", item=message)
            assert (await client.until("error"))["error"]["code"] == "item_create_duplicate_item_id"
            await client.send("conversation.item.delete", item_id="mine")
            assert (await client.until("conversation.item.deleted"))["item_id"] == "mine"
            assert client.types.count("error") == 1

    run(work())


def test_updates_merge_deeply() -> None:
    config = SessionConfig().merged({"audio": {"input": {"turn_detection": {"silence_duration_ms": 700}}}})
    config = config.merged({"audio": {"input": {"turn_detection": {"threshold": 0.8}}}, "tools": [{"type": "function", "name": "f"}]})
    turns = config.turns
    assert turns is not None
    assert turns.model_dump() | {"idle_timeout_ms": None} == {
        "type": "server_vad", "threshold": 0.8, "prefix_padding_ms": 300, "silence_duration_ms": 700, "idle_timeout_ms": None,
        "create_response": True, "interrupt_response": True,
    }  # fmt: skip
    config = config.merged({"audio": {"input": {"turn_detection": None}}, "tools": []})
    assert config.turns is None
    assert config.tools == ()
    config = config.merged({"audio": {"input": {"turn_detection": {"interrupt_response": False}}}})
    assert config.turns is not None
    assert config.turns.type == "server_vad"


def test_a_message_without_an_object_is_refused() -> None:
    for message in ("[]", "7", "null", '"session.update"'):
        with pytest.raises(Refused):
            incoming.read(message)
        assert incoming.echo(message) is None
