"""A session of LiveKit Agents around its OpenAI Realtime plugin: `talk.py URL SCENE PCM`; prints what it told its application."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import aiohttp
from livekit.agents import Agent, AgentSession, ChatContext, function_tool
from livekit.agents.stt import SpeechEventType
from livekit.plugins import openai
from sound import Microphone, Speaker

URL, SCENE, PCM = sys.argv[1:]
SPEECH = Path(PCM).read_bytes()

called: list[float] = []


@function_tool
async def set_timer(minutes: float) -> str:
    """Set a timer."""
    called.append(minutes)
    return "The timer is set."


class Talk:
    """A session with a microphone and a speaker, and what its application is told. Runs inside `async with`."""

    def __init__(self, *, chat_ctx: ChatContext | None = None, manual: bool = False, **settings: Any) -> None:
        if manual:
            settings["turn_detection"] = None
        turns: dict[str, Any] = {"turn_handling": {"turn_detection": "manual"}} if manual else {}
        model = openai.realtime.RealtimeModel(base_url=URL, **settings)
        self.session: AgentSession[None] = AgentSession(
            llm=model, aec_warmup_duration=None, **turns
        )  # no echo: it may be interrupted at once
        self.agent = Agent(instructions="You are a helpful voice assistant.", chat_ctx=chat_ctx, tools=[set_timer])
        self.microphone, self.speaker = Microphone(), Speaker()
        self.session.input.audio, self.session.output.audio = self.microphone, self.speaker
        self.errors: list[str] = []
        self.messages: list[dict[str, Any]] = []
        self.raw: list[dict[str, Any]] = []
        self._earlier = 0
        """Events of the connections before this one."""
        self._added, self._came, self._reconnected = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.session.on("error", lambda event: self.errors.append(str(event.error)))
        self.session.on("conversation_item_added", self._note)

    def _note(self, event: Any) -> None:
        if event.item.type == "message":
            self.messages.append({"of": event.item.role, "words": event.item.text_content, "interrupted": event.item.interrupted})
            self._added.set()

    async def __aenter__(self) -> Talk:
        await self.session.start(self.agent, record=False)
        self.agent.realtime_llm_session.on("openai_server_event_received", self._hear)
        self.agent.realtime_llm_session.on("session_reconnected", self._begin_anew)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.aclose()

    async def say(self) -> None:
        await self.microphone.say(SPEECH)

    async def until(self, count: int) -> None:
        """Wait for so many messages."""
        while len(self.messages) < count:
            self._added.clear()
            await self._added.wait()

    async def told(self, kind: str) -> dict[str, Any]:
        """Return the server's first own event of a type."""
        while not (found := [event for event in self.raw if event["type"] == kind]):
            self._came.clear()
            await self._came.wait()
        return found[0]

    async def brought_along(self, count: int) -> None:
        """Wait until a new connection has confirmed so many items: what is said before, LiveKit puts in front of them."""
        await self._reconnected.wait()
        while sum(event["type"] == "conversation.item.done" for event in self.raw[self._earlier :]) < count:
            self._came.clear()
            await self._came.wait()

    def _begin_anew(self, _: object) -> None:
        self._earlier = len(self.raw)
        self._reconnected.set()

    def _hear(self, event: dict[str, Any]) -> None:
        self.raw.append(event)
        self._came.set()

    async def kept(self) -> str:
        """Return what the server remembers of the reply that was truncated."""
        item = (await self.told("conversation.item.truncated"))["item_id"]
        self.agent.realtime_llm_session.send_event({"type": "conversation.item.retrieve", "item_id": item})
        transcript: str = (await self.told("conversation.item.retrieved"))["item"]["content"][0]["transcript"]
        return transcript

    def found(self, **more: Any) -> dict[str, Any]:
        return {"errors": self.errors, "messages": self.messages, "audio_s": self.speaker.seconds, "called": called} | more


async def voice() -> dict[str, Any]:
    async with Talk() as talk:
        await talk.say()
        await talk.until(2)
        return talk.found()


async def manual() -> dict[str, Any]:
    async with Talk(manual=True) as talk:
        await talk.say()
        await talk.session.commit_user_turn()
        await talk.until(2)
        return talk.found()


async def text() -> dict[str, Any]:
    async with Talk(modalities=["text"]) as talk:
        talk.session.output.audio = None
        talk.session.generate_reply(user_input="What is 12 times 12?")
        await talk.until(2)
        return talk.found()


async def tool() -> dict[str, Any]:
    async with Talk() as talk:
        talk.session.generate_reply(user_input="Set a timer for five minutes.")
        await talk.until(2)
        return talk.found()


async def cancel() -> dict[str, Any]:
    async with Talk() as talk:
        talk.session.generate_reply(user_input="What can you do?")
        await talk.speaker.sounding.wait()
        await asyncio.sleep(0.5)
        await talk.session.interrupt()
        await talk.until(2)
        talk.session.generate_reply(user_input="What is 12 times 12?")
        await talk.until(4)
        return talk.found(kept=await talk.kept())


async def interruption() -> dict[str, Any]:
    async with Talk() as talk:
        talk.session.generate_reply(user_input="What can you do?")
        await talk.speaker.sounding.wait()
        await talk.say()
        await talk.until(4)
        return talk.found(kept=await talk.kept())


async def transcription() -> dict[str, Any]:
    async with aiohttp.ClientSession() as http:
        recognizer = openai.STT(base_url=URL, model="gpt-4o-transcribe", use_realtime=True)
        recognizer._session = http  # which a job's context gives it otherwise
        async with recognizer.stream() as stream:
            microphone = Microphone()
            async with asyncio.TaskGroup() as both:
                both.create_task(microphone.say(SPEECH))
                both.create_task(hand_on(microphone, stream, len(SPEECH)))
                async for event in stream:
                    if event.type == SpeechEventType.FINAL_TRANSCRIPT:
                        break
        await recognizer.aclose()
    return {"errors": [], "heard": event.alternatives[0].text}


async def hand_on(microphone: Microphone, stream: Any, size: int) -> None:
    while size > 0:
        frame = await anext(microphone)
        size -= 2 * frame.samples_per_channel
        stream.push_frame(frame)


async def replay() -> dict[str, Any]:
    """A second session is given the first one's history."""
    async with Talk() as talk:
        talk.session.generate_reply(user_input="What is 12 times 12?")
        await talk.until(2)
        history = talk.session.history
    async with Talk(chat_ctx=history) as talk:
        talk.session.generate_reply(user_input="Say that again.")
        await talk.until(2)
        return talk.found()


async def reconnect() -> dict[str, Any]:
    """LiveKit connects anew after a while, and brings the conversation along."""
    async with Talk(max_session_duration=8) as talk:
        talk.session.generate_reply(user_input="What is 12 times 12?")
        await talk.until(2)
        await talk.brought_along(2)
        talk.session.generate_reply(user_input="Say that again.")
        await talk.until(4)
        return talk.found()


async def main() -> None:
    scenes = {each.__name__: each for each in (voice, manual, text, tool, cancel, interruption, transcription, replay, reconnect)}
    print(json.dumps(await scenes[SCENE]()))


asyncio.run(main())
