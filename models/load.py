"""Which engine runs where: the models of the settings become the `Engines` of all sessions.

recognizer      thread, 1 core: short audio is decoded faster on one than on two
language model  thread, the cores that are left, at least 1
espeak-ng       process of its own (GPL-3), all languages in one
Piper           process of its own (GPL-3), one a voice
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from assistant.engines import Engines, LanguageModel, Recognizer, Voice
from assistant.errors import InputError
from assistant.settings import ModelSettings
from models.child import Child
from models.espeak import VOICES, EspeakVoices
from models.starter import STARTER, verified
from models.worked import WorkedModel, WorkedRecognizer, WorkedVoice
from models.worker import Worker, Workers


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


async def load(listens: Sequence[str] = ("en",), *, speaks: Sequence[str] = ("en",), settings: ModelSettings | None = None) -> Engines:
    """Load everything a conversation needs, at once, each engine on its own worker.

    Args:
        listens: languages to recognise, ISO 639-1.
        speaks: languages to speak.
        settings: which models; the starter models where it names none.

    Raises:
        ModelMissing: a file is not there.
        ModelCorrupt: a starter model is not the one that was shipped.
        EngineUnavailable: a model cannot be loaded.
        InputError: a language that no model at hand knows.
    """
    from models.silero import SileroDetector  # onnxruntime: only where somebody listens

    settings = settings or ModelSettings()
    async with Workers() as workers:
        recognizers = {language: workers.start(f"recognizer {language}", _recognizer(language, settings)) for language in listens}
        model = workers.start("language model", _language_model(settings))
        voices = _start_voices(workers, speaks, settings)
        SileroDetector()  # so that the first stream does not wait for its weights
        return Engines(
            detector=SileroDetector,
            recognizers={language: await _ready_recognizer(worker) for language, worker in recognizers.items()},
            language_model=await _ready_model(model),
            voices=await _ready_voices(voices),
            close=workers.keep(),
        )


async def load_recognizer(language: str, settings: ModelSettings | None = None) -> tuple[Recognizer, Callable[[], Awaitable[None]]]:
    """Load the recognizer of one language alone; return it and what ends it."""
    async with Workers() as workers:
        recognizer = await _ready_recognizer(workers.start(f"recognizer {language}", _recognizer(language, settings or ModelSettings())))
        return recognizer, workers.keep()


async def load_voice(language: str, settings: ModelSettings | None = None) -> tuple[Voice, Callable[[], Awaitable[None]]]:
    """Load the voice of one language alone; return it and what ends it."""
    async with Workers() as workers:
        voices = await _ready_voices(_start_voices(workers, [language], settings or ModelSettings()))
        return voices[language], workers.keep()


def _recognizer(language: str, settings: ModelSettings) -> Callable[[], object]:
    path = settings.recognizers.get(language)
    if path is None and language not in STARTER.recognizers:
        raise InputError(
            f"There is no recognizer for {language!r}; the starter models know {', '.join(STARTER.recognizers)}. "
            f'Name one in the settings: models.recognizers.{language} = "folder".'
        )

    def make() -> object:
        from models.whisper import WhisperEngine

        return WhisperEngine(path or verified(STARTER.recognizers[language]), language)

    return make


def _language_model(settings: ModelSettings) -> Callable[[], object]:
    def make() -> object:
        from models.llama import LlamaEngine

        path = settings.language_model or verified(STARTER.language_model)
        return LlamaEngine(path, threads=settings.threads or max(1, cores() - 1), context=settings.context_tokens)

    return make


def _start_voices(workers: Workers, languages: Sequence[str], settings: ModelSettings) -> Mapping[str, tuple[Worker, tuple[str, ...]]]:
    started: dict[str, tuple[Worker, tuple[str, ...]]] = {}
    plain = [language for language in languages if language not in settings.voices]
    if unknown := [language for language in plain if language not in VOICES]:
        raise InputError(f"There is no voice for {unknown[0]!r}; choose from {', '.join(VOICES)}.")
    if plain:
        espeak = workers.start("espeak-ng", partial(Child, EspeakVoices, "espeak-ng"))
        started |= {language: (espeak, (language,)) for language in plain}
    for language, path in settings.voices.items():
        if language in languages:
            started[language] = (workers.start(f"voice {language}", partial(Child, partial(piper_voice, path), f"voice {language}")), ())
    return started


def piper_voice(path: Path) -> object:
    """Make a Piper voice: a factory for a process of its own, the only one that may load the package."""
    from models.piper import PiperVoice

    return PiperVoice(path)


async def _ready_recognizer(worker: Worker) -> Recognizer:
    return WorkedRecognizer(worker, (await worker.ready()).window_s)


async def _ready_model(worker: Worker) -> LanguageModel:
    return WorkedModel(worker, (await worker.ready()).memory_turns)


async def _ready_voices(voices: Mapping[str, tuple[Worker, tuple[str, ...]]]) -> Mapping[str, Voice]:
    return {
        language: WorkedVoice(worker, await worker.call("get", "sample_rate_hz"), before) for language, (worker, before) in voices.items()
    }
