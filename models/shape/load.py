"""The shape models as the engines of a session, with a script for what they say."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

from assistant.dictation import PRE_ROLL_S
from assistant.engines import Engines, Word
from assistant.settings import ModelSettings
from models.child import Child
from models.load import cores, piper_voice
from models.shape import shape_model
from models.silero import SileroDetector
from models.worked import WorkedModel, WorkedRecognizer, WorkedVoice
from models.worker import Workers

Script = Callable[[Sequence[Word], str, Sequence[str]], Awaitable[None]]
"""Takes the words that are heard next with their times, their text, and the pieces of the answer."""

RECOGNIZER, LANGUAGE_MODEL, VOICE = "whisper-base.en", "qwen2.5-0.5b-q4_0", "piper-medium"

CONTEXT_TOKENS = 2048


async def load_shape(settings: ModelSettings, *, tell: Callable[[str], None]) -> tuple[Engines, Script]:
    """Load base.en, Qwen2.5 0.5 B and a medium Piper voice, all with random weights; the first time they are made.

    Args:
        settings: how many threads the language model has.
        tell: takes the progress of making them.

    Raises:
        EngineUnavailable: what they are made with is not installed.
        InputError: there is no room for them.
    """
    recognizer_path, model_path, voice_path = (shape_model(name, tell=tell) for name in (RECOGNIZER, LANGUAGE_MODEL, VOICE))
    async with Workers() as workers:
        recognizer = workers.start("recognizer", partial(_recognizer, recognizer_path))
        model = workers.start("language model", partial(_language_model, model_path, settings.threads or max(1, cores() - 1)))
        voice = workers.start("voice", partial(Child, partial(piper_voice, voice_path), "voice"))
        window_s = (await recognizer.ready()).window_s
        memory_turns = (await model.ready()).memory_turns
        rate_hz = await voice.call("get", "sample_rate_hz")

        async def script(words: Sequence[Word], text: str, answer: Sequence[str]) -> None:
            await recognizer.call("script", words, PRE_ROLL_S)
            await model.call("script", text, answer)

        engines = Engines(
            detector=SileroDetector,
            recognizers={"en": WorkedRecognizer(recognizer, window_s)},
            language_model=WorkedModel(model, memory_turns),
            voices={"en": WorkedVoice(voice, rate_hz)},
            close=workers.keep(),
        )
        return engines, script


def _recognizer(path: Path) -> object:
    from models.shape.engines import ShapeWhisper
    from models.whisper import WhisperEngine

    return ShapeWhisper(WhisperEngine(path, "en"))


def _language_model(path: Path, threads: int) -> object:
    from models.shape.llama import ShapeLlama

    return ShapeLlama(path, threads=threads, context=CONTEXT_TOKENS)
