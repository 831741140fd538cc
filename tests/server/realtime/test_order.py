"""Random scripts of a client, with scripted engines on virtual time: the canonical order holds, and the session always rests again."""

from __future__ import annotations

import asyncio
import base64
import json
import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.audio import LISTEN_RATE_HZ, Samples, silence
from assistant.engines import ToolCall
from assistant.manners import Manners
from assistant.tools import Toolbox
from models.scripted import Vocabulary, scripted_engines
from server.realtime import incoming
from server.realtime.dialogue import Begun, Dialogue
from server.realtime.outbox import Outbox
from server.realtime.refusals import Refused
from tests.conftest import NOON, on_virtual_time
from tests.server.order import check
from tests.server.spoken import LevelRecognizer
from tests.server.serving import as_stock_clients_read_it

TOOL = {"type": "function", "name": "look", "parameters": {}}
LONG = ["Well, ", "that is ", "a long ", "story. ", "It began ", "in a small ", "town by ", "the sea."]
ANSWERS = {"tell me": LONG, "look it up": [ToolCall("look", {"where": "here"})], "both please": ["Let me see. ", ToolCall("look", {})]}


class Script:
    """A client that does what it is told, in turn."""

    def __init__(self) -> None:
        engines, *_ = scripted_engines(Vocabulary(), ANSWERS, otherwise=("Yes, ", "of course."))
        self.speech = LevelRecognizer()
        engines = replace(engines, recognizers={"en": self.speech})
        self.outbox = Outbox()
        self.dialogue = Dialogue(engines, Toolbox(lambda: NOON), Manners(), self.outbox, model="m", now_s=0.0, begun=Begun())
        self.events: list[dict[str, Any]] = []

    async def run(self, steps: list[str], seed: int) -> None:
        rng = random.Random(seed)
        async with self.dialogue:
            reading = asyncio.get_running_loop().create_task(self._read())
            for step in steps:
                await self._do(step, rng)
            await self._hear(silence(LISTEN_RATE_HZ))
            await asyncio.sleep(60)
            reading.cancel()
            await asyncio.wait([reading])
            assert not any(kind == "response.created" for kind in self._left_open())

    def _left_open(self) -> list[str]:
        created = {event["response"]["id"] for event in self.events if event["type"] == "response.created"}
        done = {event["response"]["id"] for event in self.events if event["type"] == "response.done"}
        return ["response.created"] * len(created - done)

    async def _read(self) -> None:
        while True:
            self.events.append(json.loads(await self.outbox.take()))

    async def _send(self, **event: Any) -> None:
        try:
            await self.dialogue.push(incoming.read(json.dumps(event)))
        except Refused as refused:
            self.outbox.put(refused.as_event(None))

    async def _hear(self, samples: Samples) -> None:
        pcm = (soxr.resample(samples, LISTEN_RATE_HZ, 24_000) * 32_767).clip(-32_768, 32_767).astype("<i2")
        for start in range(0, pcm.size, 2_400):
            await self._send(type="input_audio_buffer.append", audio=base64.b64encode(pcm[start : start + 2_400].tobytes()).decode())
            await asyncio.sleep(0.1)

    async def _do(self, step: str, rng: random.Random) -> None:
        match step:
            case "say":
                await self._hear(self.speech.say(rng.choice(["tell me", "mhm", "stop it now please", "look it up", "both please"])))
            case "pause":
                await self._hear(silence(round(LISTEN_RATE_HZ * rng.choice([0.1, 0.4, 1.5, 4.0]))))
            case "noise":
                await self._hear((np.random.default_rng(rng.randrange(99)).normal(0, 0.3, rng.randrange(200, 9000))).astype(np.float32))
            case "wait":
                await asyncio.sleep(rng.choice([0.0, 0.05, 0.3, 2.0]))
            case "write":
                text = rng.choice(["tell me", "hello", "both please"])
                await self._send(type="conversation.item.create", item=_message(text))
            case "text" | "audio":
                await self._send(type="response.create", response={"output_modalities": [step]})
            case "beside":
                told = [_message("tell me")]
                await self._send(type="response.create", response={"conversation": "none", "input": told})
            case "manual" | "automatic" | "patient" | "silent":
                turns = {
                    "manual": None,
                    "automatic": {"type": "server_vad"},
                    "patient": {"interrupt_response": False},
                    "silent": {"create_response": False},
                }
                await self._send(type="session.update", session={"audio": {"input": {"turn_detection": turns[step]}}})
            case "tools":
                await self._send(type="session.update", session={"tools": rng.choice([[], [TOOL]])})
            case "output":
                await self._send(type="conversation.item.create", item={"type": "function_call_output", "call_id": "x", "output": "Seen."})
            case "truncate":
                items = [event["item"]["id"] for event in self.events if event["type"] == "response.output_item.added"]
                await self._send(
                    type="conversation.item.truncate",
                    item_id=rng.choice(items or ["none"]),
                    content_index=0,
                    audio_end_ms=rng.randrange(5000),
                )
            case "commit" | "clear":
                await self._send(type=f"input_audio_buffer.{step}")
            case "cancel":
                await self._send(type="response.cancel")


def _message(text: str) -> dict[str, Any]:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


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
