"""The shape models as the engines of a session, with a script for what they say."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

from assistant.dictation import PRE_ROLL_S
from assistant.engines import Engines, Word
from assistant.sections import ModelSettings
from models.load import thread_table
from models.making import piper_voice
from models.plan import SPEAKS, writing
from models.shape.engines import ShapeWhisper
from models.shape.llama import ShapeLlama
from models.silero import SileroDetector
from models.supervised import Supervised
from models.threads import Model
from models.whisper import WhisperEngine
from models.worked import WorkedModel, WorkedRecognizer, WorkedVoice
from models.worker import Workers

Script = Callable[[Sequence[Word], str, Sequence[str]], Awaitable[None]]
"""Takes the words that are heard next with their times, their text, and the pieces of the answer."""

VOICE = "piper-medium"

CONTEXT_TOKENS = 2048


async def load_shape(recognizer_path: Path, model_path: Path, voice_path: Path, settings: ModelSettings) -> tuple[Engines, Script]:
    """Load a recognizer, a language model and a Piper voice, which do their work, and whose words are a script's.

    Raises:
        EngineUnavailable: one cannot be loaded.
    """
    heard_by = Model(recognizer_path / "model.bin", partial(_whisper, recognizer_path))
    written_by = Model(model_path, partial(_llama, model_path, settings.parallel))
    threads = await thread_table(written_by, heard_by, settings)
    async with Workers() as workers:
        ear = workers.start("recognizer", lambda: ShapeWhisper(heard_by.make(threads.recognizer)))
        model = workers.start("language model", partial(written_by.make, threads.language_model), writing(settings))
        voice = workers.add(Supervised(partial(piper_voice, voice_path, threads.voice), "voice", attributes=SPEAKS))
        hearing = (await ear.ready()).hearing
        written = await model.ready()
        rate_hz = (await voice.ready()).sample_rate_hz

        async def script(words: Sequence[Word], text: str, answer: Sequence[str]) -> None:
            await ear.call("script", words, PRE_ROLL_S)
            await model.call("script", text, answer)

        engines = Engines(
            detector=SileroDetector,
            recognizers={"en": WorkedRecognizer(ear, hearing)},
            language_model=WorkedModel(model, written.memory_turns, written.takes_tools, written.threads, written.wording),
            voices={"en": WorkedVoice(voice, rate_hz)},
            close=workers.keep(),
        )
        return engines, script


def _whisper(path: Path, threads: int) -> WhisperEngine:
    return WhisperEngine(path, "en", threads=threads)


def _llama(path: Path, parallel: int | None, threads: int) -> ShapeLlama:
    return ShapeLlama(path, threads=threads, context=CONTEXT_TOKENS, parallel=parallel)
