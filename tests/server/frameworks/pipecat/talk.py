"""A pipeline of pipecat around its OpenAI Realtime services: `talk.py URL SCENE PCM`; prints what came through it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from loguru import logger
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import (
    ErrorFrame,
    Frame,
    InputAudioRawFrame,
    LLMRunFrame,
    ProposedUserStartedSpeakingFrame,
    ProposedUserStoppedSpeakingFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair, LLMUserAggregatorParams
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.llm_service import FunctionCallParams
from pipecat.services.openai.realtime.events import (
    AudioConfiguration,
    AudioInput,
    ConversationItem,
    ConversationItemCreateEvent,
    InputAudioTranscription,
    ItemContent,
    SessionProperties,
)
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from pipecat.services.openai.stt import OpenAIRealtimeSTTService
from pipecat.turns.user_turn_strategies import ExternalUserTurnStrategies
from pipecat.workers.runner import WorkerRunner

RATE_HZ = 24_000
FRAME_BYTES = 1920
"""40 ms."""

URL, SCENE, PCM = sys.argv[1:]
SPEECH = Path(PCM).read_bytes()
TIMER = FunctionSchema("set_timer", "Set a timer.", {"minutes": {"type": "number"}}, ["minutes"])

logger.remove()
logger.add(sys.stderr, level="WARNING")


class Speaker(FrameProcessor):
    """Where the sound would be played, and the last that sees a frame."""

    def __init__(self) -> None:
        super().__init__()
        self.audio_bytes = 0
        self.sounding, self.heard = asyncio.Event(), asyncio.Event()
        self.transcripts: list[str] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, TTSAudioRawFrame):
            self.audio_bytes += len(frame.audio)
            self.sounding.set()
        elif isinstance(frame, TranscriptionFrame):
            self.transcripts.append(frame.text)
            self.heard.set()
        await self.push_frame(frame, direction)


class Bot:
    """A pipeline with a realtime service in it, and what its application is told."""

    def __init__(self, *first: str, tools: ToolsSchema | None = None, **properties: Any) -> None:
        listens = AudioInput(transcription=InputAudioTranscription(), turn_detection=properties.pop("turn_detection", None))
        session = SessionProperties(audio=AudioConfiguration(input=listens), **properties)
        settings = OpenAIRealtimeLLMService.Settings(session_properties=session)
        self.service = OpenAIRealtimeLLMService(api_key=os.environ["OPENAI_API_KEY"], base_url=URL, settings=settings)
        self.context = LLMContext(
            [{"role": ("user", "assistant")[n % 2], "content": words} for n, words in enumerate(first)],
            **({"tools": tools} if tools else {}),
        )
        # Whoever turns the server's turn detection off says so by frames, as a button would.
        pair = LLMContextAggregatorPair(
            self.context, user_params=LLMUserAggregatorParams(user_turn_strategies=ExternalUserTurnStrategies())
        )
        self.speaker = Speaker()
        self.worker = pipeline(pair.user(), self.service, self.speaker, pair.assistant())
        self.errors: list[str] = []
        self.items: list[Any] = []
        self.turns: list[dict[str, str]] = []
        self.called: list[Any] = []
        self._changed = asyncio.Event()
        pair.user().add_event_handler("on_user_turn_message_added", self._heard)
        pair.assistant().add_event_handler("on_assistant_turn_stopped", self._answered)
        self.service.add_event_handler("on_conversation_item_created", self._created)
        self.service.add_event_handler("on_error", self._failed)
        self.service.register_function("set_timer", self._set_timer)

    async def _heard(self, _: object, message: Any) -> None:
        self._told("user", message.content)

    async def _answered(self, _: object, message: Any) -> None:
        self._told("assistant", message.content)

    async def _created(self, _: object, name: str, item: Any) -> None:
        self.items.append(item)

    async def _failed(self, _: object, frame: ErrorFrame) -> None:
        self.errors.append(frame.error)

    async def _set_timer(self, call: FunctionCallParams) -> None:
        self.called.append(call.arguments["minutes"])
        await call.result_callback("The timer is set.")

    def _told(self, role: str, words: str) -> None:
        self.turns.append({"of": role, "words": words})
        self._changed.set()

    async def until(self, role: str, count: int) -> None:
        """Wait for so many turns of a role."""
        while sum(turn["of"] == role for turn in self.turns) < count:
            self._changed.clear()
            await self._changed.wait()

    async def say(self) -> None:
        await say(self.worker)

    async def say_by_hand(self) -> None:
        """Press the button, speak, and let go of it."""
        await self.worker.queue_frame(ProposedUserStartedSpeakingFrame())
        await self.say()
        await self.worker.queue_frame(ProposedUserStoppedSpeakingFrame())

    async def reply(self, which: int = 0) -> str:
        """Return what the server remembers of a reply."""
        replies = [item for item in self.items if item.role == "assistant"]
        content = (await self.service.retrieve_conversation_item(replies[which].id)).content
        return content[0].transcript if content else ""

    def found(self, **more: Any) -> dict[str, Any]:
        told = {"errors": self.errors, "turns": self.turns, "audio_bytes": self.speaker.audio_bytes, "called": self.called}
        return told | more


def pipeline(*processors: FrameProcessor) -> PipelineWorker:
    return PipelineWorker(Pipeline(list(processors)), params=PipelineParams(audio_in_sample_rate=RATE_HZ, audio_out_sample_rate=RATE_HZ))


@asynccontextmanager
async def running(worker: PipelineWorker) -> AsyncGenerator[None, None]:
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    async with asyncio.TaskGroup() as both:
        both.create_task(runner.run())
        yield
        await worker.cancel()


@asynccontextmanager
async def talking(*first: str, **settings: Any) -> AsyncGenerator[Bot, None]:
    """Begin a conversation with what was said before, by the user and the assistant in turn."""
    bot = Bot(*first, **settings)
    async with running(bot.worker):
        await bot.worker.queue_frame(LLMRunFrame())
        yield bot


async def say(worker: PipelineWorker) -> None:
    for start in range(0, len(SPEECH), FRAME_BYTES):
        await worker.queue_frame(InputAudioRawFrame(audio=SPEECH[start : start + FRAME_BYTES], sample_rate=RATE_HZ, num_channels=1))
        await asyncio.sleep(0.04)


async def voice() -> dict[str, Any]:
    async with talking("Hello.") as bot:
        await bot.until("assistant", 1)
        await bot.say()
        await bot.until("assistant", 2)
        return bot.found()


async def manual() -> dict[str, Any]:
    async with talking("Hello.", turn_detection=False) as bot:
        await bot.until("assistant", 1)
        await bot.say_by_hand()
        await bot.until("assistant", 2)
        return bot.found()


async def text() -> dict[str, Any]:
    async with talking("What is 12 times 12?", output_modalities=["text"]) as bot:
        await bot.until("assistant", 1)
        return bot.found()


async def tool() -> dict[str, Any]:
    async with talking("Set a timer for five minutes.", tools=ToolsSchema([TIMER])) as bot:
        while not (bot.turns and bot.turns[-1]["words"]):
            await bot.until("assistant", len(bot.turns) + 1)
        return bot.found()


async def cancel() -> dict[str, Any]:
    """With turns by hand, it is the client that cancels a reply, and truncates it."""
    async with talking("What can you do?", turn_detection=False) as bot:
        await bot.speaker.sounding.wait()
        await bot.say_by_hand()
        await bot.until("assistant", 2)
        return bot.found(kept=await bot.reply())


async def interruption() -> dict[str, Any]:
    async with talking("What can you do?") as bot:
        await bot.speaker.sounding.wait()
        await bot.say()
        await bot.until("assistant", 2)
        return bot.found(kept=await bot.reply())


async def transcription() -> dict[str, Any]:
    settings = OpenAIRealtimeSTTService.Settings(model="gpt-transcribe")
    detects = {"type": "server_vad"}
    service = OpenAIRealtimeSTTService(api_key=os.environ["OPENAI_API_KEY"], base_url=URL, turn_detection=detects, settings=settings)
    speaker, errors = Speaker(), []

    @service.event_handler("on_error")
    async def _failed(_: object, frame: ErrorFrame) -> None:
        errors.append(frame.error)

    worker = pipeline(service, speaker)
    async with running(worker):
        await say(worker)
        await speaker.heard.wait()
    return {"errors": errors, "heard": speaker.transcripts}


async def packed() -> dict[str, Any]:
    """The service hands over a context with more than one message in its own way: as one text."""
    async with talking("What is 12 times 12?", "That's 144.", "Say that again.") as bot:
        await bot.until("assistant", 1)
        brought = await bot.service.retrieve_conversation_item(bot.items[0].id)
        return bot.found(brought=brought.content[0].text)


async def replay() -> dict[str, Any]:
    """The application brings the items of an earlier conversation, and the context what is asked now."""
    bot, started = Bot("Say that again.", output_modalities=["text"]), asyncio.Event()

    @bot.worker.event_handler("on_pipeline_started")
    async def _started(*_: object) -> None:
        started.set()

    async with running(bot.worker):
        await started.wait()  # the service drops what it is to send before it is connected
        for role, kind, words in (("user", "input_text", "What is 12 times 12?"), ("assistant", "output_text", "That's 144.")):
            item = ConversationItem(type="message", role=role, content=[ItemContent(type=kind, text=words)])
            await bot.service.send_client_event(ConversationItemCreateEvent(item=item))
        await bot.worker.queue_frame(LLMRunFrame())
        await bot.until("assistant", 1)
        return bot.found()


async def main() -> None:
    scenes = {each.__name__: each for each in (voice, manual, text, tool, cancel, interruption, transcription, packed, replay)}
    print(json.dumps(await scenes[SCENE]()))


asyncio.run(main())
