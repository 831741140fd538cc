"""A session of the OpenAI Agents SDK: `talk.py URL SCENE PCM`; prints what it told its application."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agents import function_tool
from agents.realtime import RealtimeAgent, RealtimeRunner, RealtimeSession

FRAME_BYTES = 1920
"""40 ms."""

called: list[float] = []


@function_tool
def set_timer(minutes: float) -> str:
    """Set a timer."""
    called.append(minutes)
    return "The timer is set."


class Application:
    """What is built on the SDK: talks, and takes its events."""

    def __init__(self, session: RealtimeSession, speech: bytes) -> None:
        self.session, self.speech = session, speech
        self.events: list[Any] = []

    async def until(self, enough: Callable[[Any], bool]) -> None:
        async for event in self.session:
            self.events.append(event)
            if enough(event):
                return

    async def say(self) -> None:
        for start in range(0, len(self.speech), FRAME_BYTES):
            await self.session.send_audio(self.speech[start : start + FRAME_BYTES])
            await asyncio.sleep(0.04)

    def history(self) -> list[dict[str, Any]]:
        """Return the last state of the conversation: role or tool, status, and all words."""
        updates = [event.history for event in self.events if event.type == "history_updated"]
        return [_shown(item.model_dump()) for item in (updates[-1] if updates else [])]


def _shown(item: dict[str, Any]) -> dict[str, Any]:
    words = " ".join(part.get("transcript") or part.get("text") or "" for part in item.get("content", []))
    return {"of": item.get("role") or item.get("name"), "status": item.get("status"), "words": words, "output": item.get("output")}


def last_says(history: list[dict[str, Any]]) -> str:
    """Return the words of an assistant's complete item at the end."""
    last = history[-1] if history else {"of": None}
    return last["words"] if last["of"] == "assistant" and last["status"] == "completed" else ""


async def voice(app: Application) -> None:
    async with asyncio.TaskGroup() as both:
        both.create_task(app.say())
        # The SDK fetches the question's transcript itself, after the turn.
        await app.until(lambda _: last_says(app.history()) and app.history()[0]["words"])


async def tool(app: Application) -> None:
    await app.session.send_message("Set a timer for five minutes.")
    await app.until(lambda _: last_says(app.history()))


async def interruption(app: Application) -> None:
    await app.session.send_message("What can you do?")
    await app.until(lambda event: event.type == "audio")
    async with asyncio.TaskGroup() as both:
        both.create_task(app.say())
        await app.until(lambda event: event.type == "audio_interrupted")
        await app.until(lambda _: len(app.history()) == 4 and last_says(app.history()))


async def main(url: str, scene: str, speech: bytes) -> None:
    agent = RealtimeAgent(name="Parley", instructions="You are a helpful voice assistant.", tools=[set_timer])
    async with await RealtimeRunner(agent).run(model_config={"url": url}) as session:
        app = Application(session, speech)
        await {"voice": voice, "tool": tool, "interruption": interruption}[scene](app)
        found = {
            "types": [event.type for event in app.events if event.type != "raw_model_event"],
            "errors": [str(event.error) for event in app.events if event.type == "error"],
            "audio_bytes": sum(len(event.audio.data) for event in app.events if event.type == "audio"),
            "history": app.history(),
            "called": called,
        }
    print(json.dumps(found))


asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]).read_bytes()))
