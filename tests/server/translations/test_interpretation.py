"""A translation session with scripted engines on virtual time."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import replace
from typing import Any

import numpy as np

from assistant.audio import LISTEN_RATE_HZ, silence
from assistant.engines import Message
from assistant.manners import Manners
from models.scripted import Vocabulary, scripted_engines
from server.realtime.outbox import Outbox
from server.translations import incoming
from server.translations.incoming import TranslationConfig
from server.translations.interpretation import MOST_AT_ONCE, Interpretation
from tests.conftest import Run
from tests.server.rooms.stage import translated
from tests.server.serving import pcm24
from tests.server.spoken import LevelRecognizer


def test_who_changes_languages_while_he_speaks_hears_what_he_says_next(virtual: Run) -> None:
    async def work() -> None:
        speech = LevelRecognizer()
        engines, _, model, _ = scripted_engines(Vocabulary(), {})
        model.answer = translated
        model.translation = lambda asked: [Message("user", f"{asked.text}|{asked.begun}")]  # type: ignore[method-assign]
        engines = replace(engines, recognizers={"en": speech, "es": speech})
        outbox, events = Outbox(1_000_000), list[dict[str, Any]]()

        async def read() -> None:
            while True:
                events.append(json.loads(await outbox.take()))

        async def send(kind: str, **fields: Any) -> None:
            await session.push(incoming.read(json.dumps({"type": kind} | fields)))

        async def say(text: str, quiet_s: float = 0.0) -> None:
            samples = np.concatenate([speech.say(text), silence(round(quiet_s * LISTEN_RATE_HZ))])
            data = pcm24(samples)
            for start in range(0, len(data), 4800):
                await send("session.input_audio_buffer.append", audio=base64.b64encode(data[start : start + 4800]).decode())
                await asyncio.sleep(0.1)

        reading = asyncio.create_task(read())
        session = Interpretation(engines, Manners(), outbox, model="parley", now_s=0.0, config=TranslationConfig())
        async with session:
            await say("we shall meet at the old house")
            for number in range(MOST_AT_ONCE + 1):
                await send("session.update", session={"audio": {"output": {"language": ("en", "es")[number % 2]}}})
            await say("near the river", 2.0)
            await say("good morning to you", 2.0)
            await send("session.close")
            await session.ended()
        reading.cancel()
        said = "".join(event["delta"] for event in events if event["type"] == "session.output_transcript.delta")
        assert "good-o morning-o to-o you-o" in said
        assert events[-1]["type"] == "session.closed"

    virtual(work())
