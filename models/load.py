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
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from assistant.engines import Engines, Recognizer, Voice
from assistant.sections import ModelSettings
from models.life import Bounds
from models.missing import outages
from models.plan import Planned, begun, plan, ready_recognizer, ready_voice, recognizer_model, voices
from models.supervised import Supervised
from models.threads import MOST_OF_A_VOICE, Model, ThreadTable, measured
from models.worker import Workers, Working


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
    planned = await plan(listens, speaks, settings, partial(thread_table, settings=settings))
    async with Workers() as workers:
        houses = _Houses(workers, settings)
        SileroDetector()  # so that the first stream does not wait for its weights
        loaded = await begun(planned, houses.start)
        return Engines(
            detector=SileroDetector,
            recognizers=loaded.recognizers,
            language_model=loaded.language_model,
            voices=loaded.voices,
            turn_detector=loaded.turn_detector,
            queues=workers.queues(),
            outages=outages(houses.apart),
            close=workers.keep(),
        )


def supervised(engine: Planned, settings: ModelSettings) -> Supervised:
    """Start an engine in a process of its own."""
    bounds = Bounds(step_s=settings.step_s, memory_mb=settings.memory_mb)
    return Supervised(engine.make, engine.name, kind=engine.kind, attributes=engine.attributes, lasting=engine.lasting, bounds=bounds)


class _Houses:
    """Where engines work: on a thread here, or each in a process of its own."""

    def __init__(self, workers: Workers, settings: ModelSettings) -> None:
        self._workers, self._settings = workers, settings
        self.apart: list[tuple[Supervised, frozenset[str] | None]] = []
        """Those in processes, with the languages of a voice."""

    def start(self, engine: Planned) -> Working:
        """Start an engine where the settings want it; a voice, whose code is GPL-3, always in a process of its own."""
        if not self._settings.processes and engine.languages is None:
            return self._workers.start(engine.name, engine.make, engine.kind)
        worker = self._workers.add(supervised(engine, self._settings))
        self.apart.append((worker, engine.languages))
        return worker


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
        make = recognizer_model(language, settings or ModelSettings()).make
        return await ready_recognizer(workers.start(f"recognizer {language}", partial(make, 1))), workers.keep()


async def load_voice(language: str, settings: ModelSettings | None = None) -> tuple[Voice, Callable[[], Awaitable[None]]]:
    """Load the voice of one language alone; return it and what ends it."""
    async with Workers() as workers:
        settings = settings or ModelSettings()
        ((engine, before),) = voices([language], settings, min(cores(), MOST_OF_A_VOICE)).values()
        return await ready_voice(_Houses(workers, settings).start(engine), before), workers.keep()
