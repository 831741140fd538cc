"""The table of threads: how many each engine gets, so that those at work at the same time never have more than there are cores.

The recognizer and the language model work while somebody speaks, the language model and the voice while an answer is given.
Where that leaves a choice, on more than two cores, it is made by measurement, once for each machine and model.
"""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from assistant.audio import LISTEN_RATE_HZ, Samples
from assistant.engines import Message

GAIN = 0.05
"""Share of the time that more threads must save: less is noise, and they leave fewer to the others."""

MOST_RUNS, ENOUGH_S = 5, 0.2
"""How often and how long a step is tried; the fastest one counts, as others use the machine too."""

SLOW_S = 0.5
"""A word for which the language model takes longer tells enough: so it is where others are at work on cores that it waits for."""

PROMPT_WORDS, ANSWER_WORDS = 16, 8
"""What is expected of the language model: the end of a prompt, computed at once, and a first phrase, word by word."""

WINDOW_S, WINDOW_TOKENS = 3, 12
"""What is expected of the recognizer: a short utterance."""

MOST_OF_A_VOICE = 4
"""A phrase takes a voice a tenth of a second on one core: more threads than these win nothing that can be heard."""

Engine: TypeAlias = Literal["recognizer", "language model"]
Measure: TypeAlias = Callable[[Engine, int], float]
"""Gives the seconds that an engine takes on so many threads for what is expected of it; infinity for what is not worth a try."""


@dataclass(frozen=True, slots=True)
class Model:
    """Where the weights of an engine lie, and what makes it work on so many threads."""

    file: Path
    make: Callable[[int], Any]


@dataclass(frozen=True, slots=True)
class ThreadTable:
    """How many threads each engine gets, at least 1."""

    recognizer: int
    language_model: int
    voice: int


def choose(cores: int, measure: Measure, language_model: int | None = None) -> ThreadTable:
    """Return the table for so many cores; `language_model` threads if that many are asked for, but not more than cores.

    The language model comes first, as most of an answer's time is its; the recognizer and the voice share the cores it leaves,
    never being at work together with more than it.
    """
    first = min(language_model, cores) if language_model else _worthwhile(cores - 1, partial(measure, "language model"))
    left = max(1, cores - first)
    return ThreadTable(_worthwhile(left, partial(measure, "recognizer")), first, min(left, MOST_OF_A_VOICE))


def _worthwhile(most: int, seconds: Callable[[int], float]) -> int:
    """Return how many threads to use: 1, and twice as many up to `most` as long as that saves enough."""
    chosen = 1
    fastest = seconds(chosen) if most > 1 else 0.0
    while chosen < most:
        more = min(2 * chosen, most)
        took = seconds(more)
        if took > (1 - GAIN) * fastest:
            break
        chosen, fastest = more, took
    return chosen


class Times:
    """A `Measure` that asks the engines, made for that alone. What it was told is kept in a file, for the next start."""

    def __init__(self, models: Mapping[Engine, Model], cores: int, cache: Path | None = None) -> None:
        """Measure a `WhisperEngine` and a `LlamaEngine`; what was measured counts as long as their files stay the same.

        Args:
            models: of the engines; one that is not there takes no time.
            cores: of this machine.
            cache: where times are kept; in the user's cache, if not given.
        """
        self._models, self._cores = models, cores
        self._cache = cache or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "parley" / "threads.json"
        self._known = _read(self._cache)
        self._language_model: Any = None

    def __call__(self, engine: Engine, threads: int) -> float:
        """Return the seconds, from the file or measured now.

        Raises:
            EngineUnavailable: the model cannot be loaded.
        """
        if engine not in self._models:
            return 0.0
        key = f"{processor()}, {self._cores} cores: {_stamp(self._models[engine].file)}: {engine} {threads}"
        if key not in self._known:
            self._known[key] = self._hear(threads) if engine == "recognizer" else self._answer(threads)
            _write(self._cache, self._known)
        return self._known[key]

    def close(self) -> None:
        """Free the engine that was made to be measured."""
        if self._language_model is not None:
            self._language_model.close()

    def _hear(self, threads: int) -> float:
        engine = self._models["recognizer"].make(threads)
        noise: Samples = np.random.default_rng(0).normal(0, 0.05, WINDOW_S * LISTEN_RATE_HZ).astype(np.float32)
        return fastest(lambda: engine.decode(engine.encode(noise), WINDOW_TOKENS, to_the_most=True))

    def _answer(self, threads: int) -> float:
        engine, words = self._language_model, [str(threads)]  # unlike any prompt before

        def read(more: int) -> None:
            words.extend(["one"] * more)
            for _ in engine.anticipate([Message("user", " ".join(words))]):
                pass

        if engine is None:
            engine = self._language_model = self._models["language model"].make(self._cores)
            engine.limit_threads(1)
            read(1)  # what is done for the first time takes longer
        engine.limit_threads(threads)
        word_s = fastest(partial(read, 1))
        return float("inf") if word_s > SLOW_S else fastest(partial(read, PROMPT_WORDS)) + ANSWER_WORDS * word_s


def fastest(step: Callable[[], object], enough_s: float = ENOUGH_S) -> float:
    """Return how many seconds a step takes that nothing else holds up: the least of some tries, which take `enough_s` or little more."""
    took_s: list[float] = []
    while len(took_s) < MOST_RUNS and sum(took_s) < enough_s:
        began_s = time.perf_counter()
        step()
        took_s.append(time.perf_counter() - began_s)
    return min(took_s)


def measured(language_model: Model, recognizer: Model | None, cores: int, given: int | None, cache: Path | None = None) -> ThreadTable:
    """Return the table that `choose` makes of the engines' `Times`; `given` and `cache` are as there."""
    models: dict[Engine, Model] = {"language model": language_model}
    if recognizer:
        models["recognizer"] = recognizer
    times = Times(models, cores, cache)
    try:
        return choose(cores, times, given)
    finally:
        times.close()


def processor() -> str:
    """Return the name of this machine's processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _stamp(file: Path) -> str:
    """Return what tells a model from another in its place."""
    try:
        found = file.stat()
    except OSError:
        return str(file)  # loading it will say what is wrong
    return f"{file} {found.st_size} {found.st_mtime_ns}"


def _read(cache: Path) -> dict[str, float]:
    """Return the times that are known; a file that cannot be read knows none."""
    try:
        known = json.loads(cache.read_text())
        return {str(key): float(seconds) for key, seconds in known.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _write(cache: Path, known: Mapping[str, float]) -> None:
    """Keep the times; where nothing can be written, the next start measures again."""
    with suppress(OSError):
        cache.parent.mkdir(parents=True, exist_ok=True)
        partial_ = cache.with_suffix(f".{os.getpid()}")
        partial_.write_text(json.dumps(known, indent=1))
        partial_.replace(cache)
