"""Which engine runs where: the models of the settings become the `Engines` of all sessions.

recognizer      thread, 1 core: short audio is decoded faster on one than on two
language model  thread, the cores that are left, at least 1
espeak-ng       process of its own (GPL-3), all languages in one
Piper           process of its own (GPL-3), one a voice
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from assistant.audio import Samples
from assistant.engines import Engines, LanguageModel, Message, Piece, Recognition, Recognizer, Sound, ToolSpec, Voice
from assistant.errors import InputError
from assistant.settings import ModelSettings
from models.child import Child
from models.espeak import VOICES, EspeakVoices
from models.starter import STARTER, verified
from models.worker import Worker


@dataclass(frozen=True)
class _WorkedRecognizer:
    worker: Worker
    window_s: float

    async def recognize(self, samples: Samples, *, language: str, times: bool = False) -> Recognition:
        found: Recognition = await self.worker.call("recognize", samples, times=times)
        return found


@dataclass(frozen=True)
class _WorkedModel:
    worker: Worker
    memory_turns: int

    async def generate(
        self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = (), most_tokens: int = 200
    ) -> AsyncGenerator[Piece, None]:
        async with aclosing(self.worker.stream("generate", messages, tools, most_tokens)) as pieces:
            async for piece in pieces:
                if piece:  # a slice of the prompt was computed otherwise
                    yield piece

    async def anticipate(self, messages: Sequence[Message], *, tools: Sequence[ToolSpec] = ()) -> float:
        async with aclosing(self.worker.stream("anticipate", messages, tools)) as steps:
            return [float(step) async for step in steps][-1]

    async def limit_threads(self, most: int | None) -> None:
        await self.worker.call("limit_threads", most)


@dataclass(frozen=True)
class _WorkedVoice:
    """A voice in a process of its own; `before` goes before the text in each call."""

    worker: Worker
    sample_rate_hz: int
    before: tuple[str, ...] = ()

    def speak(self, text: str) -> AsyncGenerator[Sound, None]:
        return self.worker.stream("stream", "speak", *self.before, text)


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
    async with _Workers() as workers:
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
    async with _Workers() as workers:
        recognizer = await _ready_recognizer(workers.start(f"recognizer {language}", _recognizer(language, settings or ModelSettings())))
        return recognizer, workers.keep()


async def load_voice(language: str, settings: ModelSettings | None = None) -> tuple[Voice, Callable[[], Awaitable[None]]]:
    """Load the voice of one language alone; return it and what ends it."""
    async with _Workers() as workers:
        voices = await _ready_voices(_start_voices(workers, [language], settings or ModelSettings()))
        return voices[language], workers.keep()


class _Workers:
    """The workers started so far; leaving the block closes them, unless they were kept."""

    def __init__(self) -> None:
        self._all: list[Worker] = []

    async def __aenter__(self) -> _Workers:
        return self

    async def __aexit__(self, *_: object) -> None:
        await _close(self._all)

    def start(self, name: str, make: Callable[[], object]) -> Worker:
        self._all.append(Worker(make, name))
        return self._all[-1]

    def keep(self) -> Callable[[], Awaitable[None]]:
        kept, self._all = self._all, []
        return partial(_close, kept)


async def _close(workers: Sequence[Worker]) -> None:
    async with asyncio.TaskGroup() as group:
        for worker in workers:
            group.create_task(worker.close())


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


def _start_voices(workers: _Workers, languages: Sequence[str], settings: ModelSettings) -> Mapping[str, tuple[Worker, tuple[str, ...]]]:
    started: dict[str, tuple[Worker, tuple[str, ...]]] = {}
    plain = [language for language in languages if language not in settings.voices]
    if unknown := [language for language in plain if language not in VOICES]:
        raise InputError(f"There is no voice for {unknown[0]!r}; choose from {', '.join(VOICES)}.")
    if plain:
        espeak = workers.start("espeak-ng", partial(Child, EspeakVoices, "espeak-ng"))
        started |= {language: (espeak, (language,)) for language in plain}
    for language, path in settings.voices.items():
        if language in languages:
            started[language] = (workers.start(f"voice {language}", partial(Child, partial(_piper, path), f"voice {language}")), ())
    return started


def _piper(path: Path) -> object:
    from models.piper import PiperVoice

    return PiperVoice(path)


async def _ready_recognizer(worker: Worker) -> Recognizer:
    return _WorkedRecognizer(worker, (await worker.ready()).window_s)


async def _ready_model(worker: Worker) -> LanguageModel:
    return _WorkedModel(worker, (await worker.ready()).memory_turns)


async def _ready_voices(voices: Mapping[str, tuple[Worker, tuple[str, ...]]]) -> Mapping[str, Voice]:
    return {
        language: _WorkedVoice(worker, await worker.call("get", "sample_rate_hz"), before) for language, (worker, before) in voices.items()
    }
