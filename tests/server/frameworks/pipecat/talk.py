"""A pipeline of pipecat around its OpenAI Realtime service: `talk.py URL SCENE PCM`; prints what came through it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from loguru import logger
from pipecat.frames.frames import ErrorFrame, Frame, InputAudioRawFrame, LLMRunFrame, TTSAudioRawFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.openai.realtime.events import AudioConfiguration, AudioInput, InputAudioTranscription, SessionProperties
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from pipecat.workers.runner import WorkerRunner

RATE_HZ = 24_000
FRAME_BYTES = 1920
"""40 ms."""

logger.remove()
logger.add(sys.stderr, level="WARNING")


class Speaker(FrameProcessor):
    """Where the sound would be played."""

    def __init__(self) -> None:
        super().__init__()
        self.audio_bytes = 0
        self.sounding = asyncio.Event()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, TTSAudioRawFrame):
            self.audio_bytes += len(frame.audio)
            self.sounding.set()
        await self.push_frame(frame, direction)


async def say(worker: PipelineWorker, speech: bytes) -> None:
    for start in range(0, len(speech), FRAME_BYTES):
        await worker.queue_frame(InputAudioRawFrame(audio=speech[start : start + FRAME_BYTES], sample_rate=RATE_HZ, num_channels=1))
        await asyncio.sleep(0.04)


async def main(url: str, scene: str, speech: bytes) -> None:
    properties = SessionProperties(audio=AudioConfiguration(input=AudioInput(transcription=InputAudioTranscription())))
    service = OpenAIRealtimeLLMService(
        api_key=os.environ["OPENAI_API_KEY"], base_url=url, settings=OpenAIRealtimeLLMService.Settings(session_properties=properties)
    )  # fmt: skip
    context = LLMContext([{"role": "user", "content": "What can you do?" if scene == "interruption" else "Hello."}])
    pair, speaker = LLMContextAggregatorPair(context), Speaker()
    errors: list[str] = []
    items: list[str] = []
    turns: list[dict[str, object]] = []
    greeted, answered = asyncio.Event(), asyncio.Event()

    @pair.user().event_handler("on_user_turn_message_added")
    async def _heard(_: object, message: object) -> None:
        turns.append({"of": "user", "words": message.content})

    @pair.assistant().event_handler("on_assistant_turn_stopped")
    async def _answered(_: object, message: object) -> None:
        greeted.set()
        turns.append({"of": "assistant", "words": message.content})
        if len(turns) == 3:
            answered.set()

    @service.event_handler("on_conversation_item_created")
    async def _created(_: object, name: str, item: object) -> None:
        if item.role == "assistant":
            items.append(name)

    worker = PipelineWorker(
        Pipeline([pair.user(), service, speaker, pair.assistant()]),
        params=PipelineParams(audio_in_sample_rate=RATE_HZ, audio_out_sample_rate=RATE_HZ),
    )

    @service.event_handler("on_error")
    async def _failed(_: object, frame: ErrorFrame) -> None:
        errors.append(frame.error)

    first = ""

    async def scenes() -> None:
        nonlocal first
        await worker.queue_frame(LLMRunFrame())
        await (speaker.sounding if scene == "interruption" else greeted).wait()
        await say(worker, speech)
        await answered.wait()
        first = (await service.retrieve_conversation_item(items[0])).content[0].transcript
        await worker.cancel()

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    async with asyncio.TaskGroup() as both:
        both.create_task(runner.run())
        both.create_task(scenes())
    print(json.dumps({"errors": errors, "turns": turns, "audio_bytes": speaker.audio_bytes, "first": first}))


asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]).read_bytes()))
