"""Random scripts of a client, with scripted engines on virtual time: the canonical order holds, and the session always rests again."""

from __future__ import annotations

import asyncio
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.audio import LISTEN_RATE_HZ, silence
from assistant.engines import ToolCall
from tests.conftest import on_virtual_time
from tests.server.order import check
from tests.server.realtime.stage import Stage, message
from tests.server.serving import as_stock_clients_read_it

TOOL = {"type": "function", "name": "look", "parameters": {}}
LONG = ["Well, ", "that is ", "a long ", "story. ", "It began ", "in a small ", "town by ", "the sea."]
ANSWERS = {"tell me": LONG, "look it up": [ToolCall("look", {"where": "here"})], "both please": ["Let me see. ", ToolCall("look", {})]}


class Script(Stage):
    """A client that does what it is told, in turn."""

    def __init__(self) -> None:
        super().__init__(ANSWERS)

    async def run(self, steps: list[str], seed: int) -> None:
        rng = random.Random(seed)
        async with self.connected():
            for step in steps:
                await self._do(step, rng)
            await self.hear(silence(LISTEN_RATE_HZ))
            await asyncio.sleep(60)
        assert not any(kind == "response.created" for kind in self._left_open())

    def _left_open(self) -> list[str]:
        created = {event["response"]["id"] for event in self.events if event["type"] == "response.created"}
        done = {event["response"]["id"] for event in self.events if event["type"] == "response.done"}
        return ["response.created"] * len(created - done)

    async def _do(self, step: str, rng: random.Random) -> None:
        match step:
            case "say":
                await self.hear(self.speech.say(rng.choice(["tell me", "mhm", "stop it now please", "look it up", "both please"])))
            case "pause":
                await self.hear(silence(round(LISTEN_RATE_HZ * rng.choice([0.1, 0.4, 1.5, 4.0]))))
            case "noise":
                await self.hear((np.random.default_rng(rng.randrange(99)).normal(0, 0.3, rng.randrange(200, 9000))).astype(np.float32))
            case "wait":
                await asyncio.sleep(rng.choice([0.0, 0.05, 0.3, 2.0]))
            case "write":
                text = rng.choice(["tell me", "hello", "both please"])
                await self.send("conversation.item.create", item=message(text))
            case "text" | "audio":
                await self.send("response.create", response={"output_modalities": [step]})
            case "beside":
                told = [message("tell me")]
                await self.send("response.create", response={"conversation": "none", "input": told})
            case "manual" | "automatic" | "patient" | "silent":
                turns = {
                    "manual": None,
                    "automatic": {"type": "server_vad"},
                    "patient": {"interrupt_response": False},
                    "silent": {"create_response": False},
                }
                await self.send("session.update", session={"audio": {"input": {"turn_detection": turns[step]}}})
            case "tools":
                await self.send("session.update", session={"tools": rng.choice([[], [TOOL]])})
            case "output":
                await self.send("conversation.item.create", item={"type": "function_call_output", "call_id": "x", "output": "Seen."})
            case "truncate":
                items = [event["item"]["id"] for event in self.events if event["type"] == "response.output_item.added"]
                await self.send(
                    "conversation.item.truncate",
                    item_id=rng.choice(items or ["none"]),
                    content_index=0,
                    audio_end_ms=rng.randrange(5000),
                )
            case "commit" | "clear":
                await self.send(f"input_audio_buffer.{step}")
            case "cancel":
                await self.send("response.cancel")


STEPS = [
    "say", "pause", "noise", "wait", "write", "text", "audio", "beside", "manual", "automatic", "patient", "silent", "tools", "output", "truncate",
    "commit", "clear", "cancel", "say", "pause", "say", "pause",
]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(STEPS), max_size=16), st.integers(0, 10**6))
def test_the_order_holds_over_random_scripts(steps: list[str], seed: int) -> None:
    script = Script()
    on_virtual_time(script.run(steps, seed))
    check(script.events)
    for event in script.events:
        as_stock_clients_read_it(event)


@pytest.mark.parametrize("step", STEPS)
def test_each_step_alone(step: str) -> None:
    script = Script()
    on_virtual_time(script.run([step, "pause"], 1))
    check(script.events)
