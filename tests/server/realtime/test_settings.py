"""What a client may set, in parts, and what becomes of a null, of another format and of a wrong type."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.realtime.checking import deep
from server.realtime.config import SessionConfig, response_config
from server.realtime.refusals import Refused
from tests.server.realtime.stage import Stage, play


def test_a_null_asks_for_the_default_where_it_is_no_value() -> None:
    config = SessionConfig().merged(
        {
            "tools": [{"type": "function", "name": "f", "description": None, "parameters": None}],
            "max_output_tokens": 7,
            "tool_choice": "required",
            "instructions": "Be brief.",
            "audio": {"output": {"voice": "cedar", "speed": 1.2}, "input": {"transcription": {"model": "w"}}},
        }
    )
    assert (config.tools[0].description, config.tools[0].parameters) == ("", {})
    cleared = config.merged(
        {
            "tools": None,
            "max_output_tokens": None,
            "tool_choice": None,
            "instructions": None,
            "audio": {"output": {"voice": None, "speed": None}, "input": {"transcription": None}},
        }
    )
    assert cleared == SessionConfig()
    assert SessionConfig().merged({"audio": {"input": {"turn_detection": None}}}).turns is None


def test_another_format_leaves_the_rate_of_the_one_before_behind() -> None:
    config = SessionConfig().merged({"audio": {"input": {"format": {"type": "audio/pcm", "rate": 24000}}}})
    config = config.merged({"audio": {"input": {"format": {"type": "audio/pcmu"}}}})
    assert config.audio.input.format.type == "audio/pcmu"
    config = config.merged({"audio": {"input": {"format": {"type": "audio/pcm"}}}})
    assert config.as_wire("s", "m", "", 0, {})["audio"]["input"]["format"] == {"type": "audio/pcm", "rate": 24000}
    assert deep({"format": {"type": "a", "rate": 1}}, {"format": {"rate": 2}}) == {"format": {"type": "a", "rate": 2}}


def test_a_voice_may_be_an_object() -> None:
    assert SessionConfig().merged({"audio": {"output": {"voice": {"id": "mine"}}}}).audio.output.voice == "mine"


@pytest.mark.parametrize(
    ("update", "code", "param"),
    [
        ({"tool_choice": 7}, "invalid_value", "tool_choice"),
        ({"tool_choice": "never"}, "invalid_value", "tool_choice"),
        ({"max_output_tokens": "many"}, "invalid_type", "max_output_tokens"),
        ({"max_output_tokens": 5000}, "invalid_value", "max_output_tokens"),
        ({"audio": {"output": {"voice": 7}}}, "invalid_type", "audio.output.voice"),
        ({"audio": {"output": {"speed": "fast"}}}, "invalid_type", "audio.output.speed"),
        (
            {"audio": {"input": {"turn_detection": {"create_response": "yes"}}}},
            "invalid_type",
            "audio.input.turn_detection.create_response",
        ),
        ({"audio": {"input": {"turn_detection": {"threshold": "0.7"}}}}, "invalid_type", "audio.input.turn_detection.threshold"),
        ({"include": 5}, "invalid_type", "include"),
        ({"prompt": "pmpt_1"}, "invalid_type", "prompt"),
    ],
)
def test_a_wrong_type_is_named(update: dict[str, Any], code: str, param: str) -> None:
    with pytest.raises(Refused) as refused:
        SessionConfig().merged(update)
    assert (refused.value.wire_code, refused.value.param) == (code, f"session.{param}")


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"audio": {"output": {"format": {"type": "mp3"}}}}, "audio.output.format.type"),
        ({"metadata": {"k": "v" * 513}}, "metadata.k"),
        ({"metadata": {"k" * 65: "v"}}, f"metadata.{'k' * 65}"),
        ({"metadata": {str(i): "v" for i in range(17)}}, "metadata"),
    ],
)
def test_a_response_is_held_to_the_bounds_of_the_protocol(given: dict[str, Any], param: str) -> None:
    with pytest.raises(Refused) as refused:
        response_config(given)
    assert refused.value.wire_code == "invalid_value"
    assert (refused.value.param or "").removesuffix(".[key]") == f"response.{param}"


def test_a_refused_update_changes_nothing() -> None:
    async def work(client: Stage) -> None:
        await client.send("session.update", session={"instructions": "Be brief."})
        await client.send("session.update", session={"instructions": "Be long.", "audio": {"output": {"speed": 9}}}, event_id="mine")
        await client.send("session.update", session={})
        await asyncio.sleep(1)
        assert client.error["event_id"] == "mine"
        assert client.of("session.updated")[-1]["session"]["instructions"] == "Be brief."
        assert client.types.count("session.updated") == 2

    play(work)
