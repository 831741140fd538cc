"""Which engine runs where: the models of the settings become the `Engines` of all sessions.

engine          works in                                    on 1 or 2 cores  on more
recognizer      a thread, or a process of its own           1 core           those that the language model leaves, if they help
language model  the same; requests share its steps          1 core           as many as help, at least one left
turn detector   the same, if the settings name one          1 core           1 core
Piper           a process of its own (GPL-3), one a voice   1 core           those that the language model leaves, at most 4
espeak-ng       a process of its own (GPL-3), for the rest  1 core           1 core

`models.processes` in the settings says whether the first three have processes; a server's do, unless it says otherwise.
What helps is measured at the first start (`threads.py`); `models.threads` in the settings decides for the language model.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from assistant.engines import Engines, LanguageModel, Recognizer, TurnDetector, Voice
from assistant.errors import InputError
from assistant.sections import ModelSettings
from models.batched import Batched
from models.catalogue import Kind
from models.espeak import VOICES, EspeakVoices
from models.installed import LLMS, located
from models.life import Bounds
from models.making import llama, piper_voice, smart_turn, starter_voice, whisper
from models.missing import outages
from models.starter import FOLDER, STARTER
from models.supervised import Supervised
from models.threads import MOST_OF_A_VOICE, Model, ThreadTable, measured
from models.worked import WorkedModel, WorkedRecognizer, WorkedTurnDetector, WorkedVoice
from models.worker import Worker, Workers, Working


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
    heard_by = {language: _recognizer(language, settings) for language in listens}
    written_by = _language_model(settings)
    hears_ends = settings.turn_detector and located(settings.turn_detector, (Kind.TURN,), "models.turn_detector", settings.catalogue)
    threads = await thread_table(written_by, next(iter(heard_by.values()), None), settings)
    async with Workers() as workers:
        houses = _Houses(workers, settings)
        recognizers = {
            language: houses.start(f"recognizer {language}", partial(recognizer.make, threads.recognizer), HEARS)
            for language, recognizer in heard_by.items()
        }
        model = houses.start(
            "language model", partial(written_by.make, threads.language_model), WRITES, kind=writing(settings), lasting=("limit_threads",)
        )
        voices = _start_voices(houses, speaks, settings, threads.voice)
        turn_detector = hears_ends and houses.start("turn detector", partial(smart_turn, hears_ends))
        SileroDetector()  # so that the first stream does not wait for its weights
        return Engines(
            detector=SileroDetector,
            recognizers={language: await _ready_recognizer(worker) for language, worker in recognizers.items()},
            language_model=await _ready_model(model),
            voices=await _ready_voices(voices),
            turn_detector=await _ready_turn_detector(turn_detector) if turn_detector else None,
            queues=workers.queues(),
            outages=outages(houses.apart),
            close=workers.keep(),
        )


HEARS = ("hearing",)
WRITES = ("memory_turns", "takes_tools", "threads", "wording")
SPEAKS = ("sample_rate_hz",)
"""What must be known of each engine where it is in another process."""


class _Houses:
    """Where engines work: on a thread here, or each in a process of its own."""

    def __init__(self, workers: Workers, settings: ModelSettings) -> None:
        self._workers, self._settings = workers, settings
        self.apart: list[tuple[Supervised, frozenset[str] | None]] = []
        """Those in processes, with the languages of a voice."""

    def start(
        self,
        name: str,
        make: Callable[[], object],
        attributes: Sequence[str] = (),
        *,
        kind: type[Worker] = Worker,
        lasting: Sequence[str] = (),
    ) -> Working:
        """Start an engine where the settings want it, at work in this way."""
        if not self._settings.processes:
            return self._workers.start(name, make, kind)
        return self._start_apart(name, make, attributes, None, kind, lasting)

    def start_voice(self, name: str, make: Callable[[], object], languages: Sequence[str]) -> Working:
        """Start a voice, whose code is GPL-3, in a process of its own."""
        return self._start_apart(name, make, SPEAKS, frozenset(languages))

    def _start_apart(
        self,
        name: str,
        make: Callable[[], object],
        attributes: Sequence[str],
        languages: frozenset[str] | None,
        kind: type[Worker] = Worker,
        lasting: Sequence[str] = (),
    ) -> Working:
        bounds = Bounds(step_s=self._settings.step_s, memory_mb=self._settings.memory_mb)
        worker = self._workers.add(Supervised(make, name, kind=kind, attributes=attributes, lasting=lasting, bounds=bounds))
        self.apart.append((worker, languages))
        return worker


def writing(settings: ModelSettings) -> type[Worker]:
    """Return how a language model works: requests share its steps, unless the settings want one after the other."""
    return Worker if settings.parallel == 1 else Batched


async def thread_table(language_model: Model, recognizer: Model | None, settings: ModelSettings) -> ThreadTable:
    """Return how many threads each engine gets; where that must be measured first, it takes some seconds.

    Raises:
        ModelMissing: a file is not there.
        ModelCorrupt: a starter model is not the one that was shipped.
        EngineUnavailable: a model cannot be loaded.
    """
    async with Workers() as workers:
        measuring = workers.start("threads", partial(measured, language_model, recognizer, cores(), settings.threads))
        found: ThreadTable = await measuring.ready()
        return found


async def load_recognizer(language: str, settings: ModelSettings | None = None) -> tuple[Recognizer, Callable[[], Awaitable[None]]]:
    """Load the recognizer of one language alone; return it and what ends it."""
    async with Workers() as workers:
        make = _recognizer(language, settings or ModelSettings()).make
        return await _ready_recognizer(workers.start(f"recognizer {language}", partial(make, 1))), workers.keep()


async def load_voice(language: str, settings: ModelSettings | None = None) -> tuple[Voice, Callable[[], Awaitable[None]]]:
    """Load the voice of one language alone; return it and what ends it."""
    async with Workers() as workers:
        settings = settings or ModelSettings()
        voices = await _ready_voices(_start_voices(_Houses(workers, settings), [language], settings, min(cores(), MOST_OF_A_VOICE)))
        return voices[language], workers.keep()


def _recognizer(language: str, settings: ModelSettings) -> Model:
    given = settings.recognizers.get(language)
    path = given and located(given, (Kind.RECOGNITION,), f"models.recognizers.{language}", settings.catalogue)
    if path is None and language not in STARTER.recognizers:
        raise InputError(
            f"There is no recognizer for {language!r}; the starter models know {', '.join(STARTER.recognizers)}. "
            f'Name one in the settings: models.recognizers.{language} = "folder".'
        )

    file = (path or FOLDER / STARTER.recognizers[language]) / "model.bin"
    return Model(file, partial(whisper, path, language))


def _language_model(settings: ModelSettings) -> Model:
    given = settings.language_model
    path = given and located(given, LLMS, "models.language_model", settings.catalogue)
    return Model(path or FOLDER / STARTER.language_model, partial(llama, path, settings.context_tokens, settings.parallel))


def _start_voices(
    houses: _Houses, languages: Sequence[str], settings: ModelSettings, threads: int
) -> Mapping[str, tuple[Working, tuple[str, ...]]]:
    started: dict[str, tuple[Working, tuple[str, ...]]] = {}
    plain: list[str] = []
    for language in languages:
        if language in settings.voices:
            path = located(settings.voices[language], (Kind.VOICE,), f"models.voices.{language}", settings.catalogue)
            make = partial(piper_voice, path, threads)
        elif language in STARTER.voices:
            make = partial(starter_voice, language, threads)
        else:
            plain.append(language)
            continue
        started[language] = (houses.start_voice(f"voice {language}", make, [language]), ())
    if unknown := [language for language in plain if language not in VOICES]:
        raise InputError(f"There is no voice for {unknown[0]!r}; choose from {', '.join(VOICES)}.")
    if plain:
        espeak = houses.start_voice("espeak-ng", EspeakVoices, plain)
        started |= {language: (espeak, (language,)) for language in plain}
    return started


async def _ready_recognizer(worker: Working) -> Recognizer:
    recognizer = await worker.ready()
    return WorkedRecognizer(worker, recognizer.hearing)


async def _ready_model(worker: Working) -> LanguageModel:
    model = await worker.ready()
    return WorkedModel(worker, model.memory_turns, model.takes_tools, model.threads, model.wording)


async def _ready_voices(voices: Mapping[str, tuple[Working, tuple[str, ...]]]) -> Mapping[str, Voice]:
    return {language: WorkedVoice(worker, (await worker.ready()).sample_rate_hz, before) for language, (worker, before) in voices.items()}


async def _ready_turn_detector(worker: Working) -> TurnDetector:
    await worker.ready()
    return WorkedTurnDetector(worker)
