"""Which engines the settings ask for, and how each is made: what `load.py` starts on this machine, and a cluster on several."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from assistant.engines import LanguageModel, Recognizer, TurnDetector, Voice
from assistant.errors import InputError
from assistant.sections import ModelSettings
from models.batched import Batched
from models.catalogue import Kind
from models.espeak import VOICES, EspeakVoices
from models.installed import LLMS, located
from models.making import llama, piper_voice, smart_turn, starter_voice, whisper
from models.starter import FOLDER, STARTER
from models.threads import Model, ThreadTable
from models.worked import WorkedModel, WorkedRecognizer, WorkedTurnDetector, WorkedVoice
from models.worker import Worker, Working

HEARS = ("hearing",)
WRITES = ("memory_turns", "takes_tools", "threads", "wording")
SPEAKS = ("sample_rate_hz",)
"""What must be known of each engine where it is in another process."""


@dataclass(frozen=True)
class Planned:
    """One engine; all of it can be pickled."""

    name: str
    make: Callable[[], object]
    attributes: tuple[str, ...] = ()
    """Of the engine, that must be known where it is in another process."""
    kind: type[Worker] = Worker
    """How it works."""
    lasting: tuple[str, ...] = ()
    """Methods whose last call says how it works from then on."""
    languages: frozenset[str] | None = None
    """Of a voice, whose code is GPL-3, so that it always has a process of its own; None for any other engine."""
    threads: int = 1


@dataclass(frozen=True)
class Plan:
    """Those of a conversation."""

    recognizers: Mapping[str, Planned]
    """By language."""
    language_model: Planned
    voices: Mapping[str, tuple[Planned, tuple[str, ...]]]
    """By language, with what goes before the text; several languages may have one."""
    turn_detector: Planned | None

    @property
    def engines(self) -> tuple[Planned, ...]:
        """Return each once."""
        every = [*self.recognizers.values(), self.language_model, *(voice for voice, _ in self.voices.values())]
        if self.turn_detector is not None:
            every.append(self.turn_detector)
        return tuple({engine.name: engine for engine in every}.values())


@dataclass(frozen=True)
class Loaded:
    """Those that are at work."""

    recognizers: Mapping[str, Recognizer]
    language_model: LanguageModel
    voices: Mapping[str, Voice]
    turn_detector: TurnDetector | None


async def plan(
    listens: Sequence[str],
    speaks: Sequence[str],
    settings: ModelSettings,
    threads_of: Callable[[Model, Model | None], Awaitable[ThreadTable]],
) -> Plan:
    """Return the engines for these languages; `threads_of` tells how many threads each gets, of a language model and a recognizer.

    Raises:
        ModelMissing: a file is not there.
        InputError: a language that no model at hand knows.
    """
    heard_by = {language: recognizer_model(language, settings) for language in listens}
    written_by = language_model(settings)
    hears_ends = settings.turn_detector and located(settings.turn_detector, (Kind.TURN,), "models.turn_detector", settings.catalogue)
    threads = await threads_of(written_by, next(iter(heard_by.values()), None))
    return Plan(
        {
            language: Planned(f"recognizer {language}", partial(model.make, threads.recognizer), HEARS, threads=threads.recognizer)
            for language, model in heard_by.items()
        },
        Planned(
            "language model", partial(written_by.make, threads.language_model), WRITES, kind=writing(settings),
            lasting=("limit_threads",), threads=threads.language_model,
        ),
        voices(speaks, settings, threads.voice),
        Planned("turn detector", partial(smart_turn, hears_ends)) if hears_ends else None,
    )  # fmt: skip


async def begun(plan: Plan, start: Callable[[Planned], Working]) -> Loaded:
    """Start all engines of a plan at once; return them when each is ready.

    Raises:
        EngineUnavailable: one cannot be made; or another ParleyError that making it raised.
    """
    started = {engine.name: start(engine) for engine in plan.engines}
    turns = plan.turn_detector and started[plan.turn_detector.name]
    return Loaded(
        {language: await ready_recognizer(started[engine.name]) for language, engine in plan.recognizers.items()},
        await ready_model(started[plan.language_model.name]),
        {language: await ready_voice(started[engine.name], before) for language, (engine, before) in plan.voices.items()},
        await ready_turn_detector(turns) if turns else None,
    )


def writing(settings: ModelSettings) -> type[Worker]:
    """Return how a language model works: requests share its steps, unless the settings want one after the other."""
    return Worker if settings.parallel == 1 else Batched


def recognizer_model(language: str, settings: ModelSettings) -> Model:
    """Return the recognizer of a language.

    Raises:
        InputError: there is none.
    """
    given = settings.recognizers.get(language)
    path = given and located(given, (Kind.RECOGNITION,), f"models.recognizers.{language}", settings.catalogue)
    if path is None and language not in STARTER.recognizers:
        raise InputError(
            f"There is no recognizer for {language!r}; the starter models know {', '.join(STARTER.recognizers)}. "
            f'Name one in the settings: models.recognizers.{language} = "folder".'
        )

    file = (path or FOLDER / STARTER.recognizers[language]) / "model.bin"
    return Model(file, partial(whisper, path, language))


def language_model(settings: ModelSettings) -> Model:
    """Return the language model."""
    given = settings.language_model
    path = given and located(given, LLMS, "models.language_model", settings.catalogue)
    return Model(path or FOLDER / STARTER.language_model, partial(llama, path, settings.context_tokens, settings.parallel))


def voices(languages: Sequence[str], settings: ModelSettings, threads: int) -> Mapping[str, tuple[Planned, tuple[str, ...]]]:
    """Return the voice of each language, with what goes before a text.

    Raises:
        InputError: a language that none speaks.
    """
    planned: dict[str, tuple[Planned, tuple[str, ...]]] = {}
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
        planned[language] = (Planned(f"voice {language}", make, SPEAKS, languages=frozenset({language}), threads=threads), ())
    if unknown := [language for language in plain if language not in VOICES]:
        raise InputError(f"There is no voice for {unknown[0]!r}; choose from {', '.join(VOICES)}.")
    if plain:
        espeak = Planned("espeak-ng", EspeakVoices, SPEAKS, languages=frozenset(plain))
        planned |= {language: (espeak, (language,)) for language in plain}
    return planned


async def ready_recognizer(worker: Working) -> Recognizer:
    """Return a recognizer once it is ready."""
    recognizer = await worker.ready()
    return WorkedRecognizer(worker, recognizer.hearing)


async def ready_model(worker: Working) -> LanguageModel:
    """Return a language model once it is ready."""
    model = await worker.ready()
    return WorkedModel(worker, model.memory_turns, model.takes_tools, model.threads, model.wording)


async def ready_voice(worker: Working, before: tuple[str, ...]) -> Voice:
    """Return a voice once it is ready."""
    return WorkedVoice(worker, (await worker.ready()).sample_rate_hz, before)


async def ready_turn_detector(worker: Working) -> TurnDetector:
    """Return a turn detector once it is ready."""
    await worker.ready()
    return WorkedTurnDetector(worker)
