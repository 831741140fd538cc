"""A session of the OpenAI Agents SDK: `talk.py URL SCENE PCM`; prints what it told its application."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from agents import function_tool
from agents.realtime import RealtimeAgent, RealtimeModelSendRawMessage, RealtimeRunner, RealtimeSession

FRAME_BYTES = 1920
"""40 ms."""

URL, SCENE, PCM = sys.argv[1:]

called: list[float] = []


@function_tool
def set_timer(minutes: float) -> str:
    """Set a timer."""
    called.append(minutes)
    return "The timer is set."


class Application:
    """What is built on the SDK: talks, and takes its events."""

    def __init__(self, session: RealtimeSession) -> None:
        self.session, self.speech = session, Path(PCM).read_bytes()
        self.events: list[Any] = []

    async def until(self, enough: Callable[[Any], bool]) -> None:
        async for event in self.session:
            self.events.append(event)
            if enough(event):
                return

    async def say(self, *, commit: bool = False) -> None:
        for start in range(0, len(self.speech), FRAME_BYTES):
            last = start + FRAME_BYTES >= len(self.speech)
            await self.session.send_audio(self.speech[start : start + FRAME_BYTES], commit=commit and last)
            await asyncio.sleep(0.04)

    async def send(self, kind: str, **fields: Any) -> None:
        """Send what the SDK has no method for."""
        await self.session.model.send_event(RealtimeModelSendRawMessage(message={"type": kind, "other_data": fields}))

    def told(self, kind: str) -> list[dict[str, Any]]:
        """Return the server's own events of one type."""
        raw = [event.data.data for event in self.events if event.type == "raw_model_event" and event.data.type == "raw_server_event"]
        return [event for event in raw if event["type"] == kind]

    def history(self) -> list[dict[str, Any]]:
        """Return the last state of the conversation: role or tool, status, and all words."""
        updates = [event.history for event in self.events if event.type == "history_updated"]
        return [_shown(item.model_dump()) for item in (updates[-1] if updates else [])]

    def found(self) -> dict[str, Any]:
        return {
            "types": [event.type for event in self.events if event.type != "raw_model_event"],
            "errors": [str(event.error) for event in self.events if event.type == "error"],
            "audio_bytes": sum(len(event.audio.data) for event in self.events if event.type == "audio"),
            "history": self.history(),
            "called": called,
        }


def _shown(item: dict[str, Any]) -> dict[str, Any]:
    words = " ".join(part.get("transcript") or part.get("text") or "" for part in item.get("content", []))
    return {"of": item.get("role") or item.get("name"), "status": item.get("status"), "words": words, "output": item.get("output")}


def last_says(history: list[dict[str, Any]]) -> str:
    """Return the words of an assistant's complete item at the end."""
    last = history[-1] if history else {"of": None}
    return last["words"] if last["of"] == "assistant" and last["status"] == "completed" else ""


@asynccontextmanager
async def connected(**settings: Any) -> AsyncGenerator[Application, None]:
    agent = RealtimeAgent(name="Parley", instructions="You are a helpful voice assistant.", tools=[set_timer])
    async with await RealtimeRunner(agent).run(model_config={"url": URL, "initial_model_settings": settings}) as session:
        yield Application(session)


async def voice() -> dict[str, Any]:
    async with connected() as app:
        async with asyncio.TaskGroup() as both:
            both.create_task(app.say())
            # The SDK fetches the question's transcript itself, after the turn.
            await app.until(lambda _: last_says(app.history()) and app.history()[0]["words"])
        return app.found()


async def manual() -> dict[str, Any]:
    async with connected(turn_detection=None) as app:
        await app.say(commit=True)
        await app.send("response.create")
        await app.until(lambda _: last_says(app.history()))
        return app.found() | {"noticed": app.told("input_audio_buffer.speech_started")}


async def text() -> dict[str, Any]:
    async with connected(output_modalities=["text"]) as app:
        await app.session.send_message("What is 12 times 12?")
        await app.until(lambda _: last_says(app.history()))
        return app.found()


async def tool() -> dict[str, Any]:
    async with connected() as app:
        await app.session.send_message("Set a timer for five minutes.")
        await app.until(lambda _: last_says(app.history()))
        return app.found()


async def cancel() -> dict[str, Any]:
    # Where the server interrupts by itself, the SDK only truncates; it cancels where that is off.
    async with connected(turn_detection={"type": "server_vad", "interrupt_response": False}) as app:
        await app.session.send_message("What can you do?")
        await app.until(lambda event: event.type == "audio")
        await app.session.interrupt()
        await app.until(lambda _: app.told("response.done"))
        await app.session.send_message("What is 12 times 12?")
        await app.until(lambda _: len(app.told("response.done")) == 2)
        return app.found() | {"ended": [event["response"]["status"] for event in app.told("response.done")]}


async def interruption() -> dict[str, Any]:
    async with connected() as app:
        await app.session.send_message("What can you do?")
        await app.until(lambda event: event.type == "audio")
        async with asyncio.TaskGroup() as both:
            both.create_task(app.say())
            await app.until(lambda event: event.type == "audio_interrupted")
            await app.until(lambda _: len(app.history()) == 4 and last_says(app.history()))
        return app.found() | {"truncated": app.told("conversation.item.truncated")}


async def replay() -> dict[str, Any]:
    async with connected() as app:
        await app.session.send_message("What is 12 times 12?")
        await app.until(lambda _: last_says(app.history()))
        before = app.history()
    async with connected() as app:
        for item in before:
            content = {"type": "output_text" if item["of"] == "assistant" else "input_text", "text": item["words"]}
            await app.send("conversation.item.create", item={"type": "message", "role": item["of"], "content": [content]})
        await app.session.send_message("Say that again.")
        await app.until(lambda _: len(app.history()) == 4 and last_says(app.history()))
        return app.found()


async def main() -> None:
    scenes = {each.__name__: each for each in (voice, manual, text, tool, cancel, interruption, replay)}
    print(json.dumps(await scenes[SCENE]()))


asyncio.run(main())
