"""The steps of the recipe, by name: what each makes, from what, and where it goes.

What a step needs is imported when it runs: PyTorch takes seconds to load, and half of the steps do without.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from assistant.errors import InputError
from models.starter import FOLDER, STARTER
from models.starter.recipe.corpus import Lang
from models.starter.recipe.hearing import TABLE
from models.starter.recipe.scale import FULL, Scale

if TYPE_CHECKING:
    from models.starter.recipe.llm_gguf import Quantization

RECORDINGS = FOLDER.parent.parent / "clients" / "cli" / "recordings"


class Job(NamedTuple):
    """One run of a step."""

    work: Path
    """Folder for features and checkpoints."""
    pack: Path | None
    """Folder of the domain pack that an adapter is for."""
    out: Path
    """Where the result goes: a file or a folder, as `Step.out`."""
    scale: Scale
    minutes: float
    """Compute to spend on training in total, over all runs."""
    threads: int
    shards: int
    makers: int
    """Processes that make what is learned from while it is learned; without one it is made first, or when it is needed."""
    goes_on: bool
    """Begin the first run with the weights that ship, not with random ones."""
    rate: float
    """A factor for llm's learning rates."""
    trains: bool
    """Else the checkpoint that is there is exported."""
    quantization: Quantization


class Step(NamedTuple):
    """What can be made."""

    run: Callable[[Job], None]
    makes: str
    """For the list of steps."""
    out: Path | None
    """Where its result belongs; a step without it prints its result."""
    ships: bool = False
    """Whether the result is a model of the manifest."""
    trains: bool = False
    """Whether it leaves a checkpoint, from which it goes on."""
    minutes: float | None = None
    """Compute to spend in full, if that is another time than for a model."""


def _recognizer(job: Job, *, lang: Lang) -> None:
    from models.starter.recipe import asr_ct2, asr_data, asr_train, making

    if job.trains:
        own = FOLDER / STARTER.recognizers[lang]
        shipped = (own if own.exists() else FOLDER / STARTER.recognizers["en"]) if job.goes_on else None
        with making.files(job.work, asr_data.shards(lang, job.scale, job.shards), job.makers):
            asr_train.train(job.work, lang, minutes=job.minutes, threads=job.threads, shipped=shipped, texts=job.scale.texts)
    asr_ct2.export(job.work, lang, job.out)


def _language_model(job: Job) -> None:
    from models.starter.recipe import llm_gguf, llm_train

    if job.trains:
        shipped = FOLDER / STARTER.language_model if job.goes_on else None
        llm_train.train(
            job.work, minutes=job.minutes, threads=job.threads, scale=job.scale, makers=job.makers, shipped=shipped, rate=job.rate
        )
    llm_gguf.export(job.work, job.out, job.quantization)


def _voice(job: Job, *, lang: Lang) -> None:
    from models.starter.recipe import making, voice_data, voice_export, voice_train

    if job.trains:
        makes = {
            f"shard-{number:03d}.npz": partial(voice_data.make_shard, lang, job.scale.sentences, seed=4000 + number)
            for number in range(job.scale.voice_shards)
        }
        with making.files(job.work, makes, 0):
            voice_train.train(job.work, minutes=job.minutes, threads=job.threads)
    voice_export.export(job.work, lang, job.out)


def _tiny_voice(job: Job) -> None:
    from models.starter.recipe import piper_tiny

    piper_tiny.make(job.out)


def _mishearing(job: Job) -> None:
    from models.starter.recipe import mishearing

    mishearing.make(job.out, job.scale.sittings, job.scale.sitting)


def _adapter(job: Job) -> None:
    from models.starter.recipe import adapter

    if job.pack is None:
        raise InputError("An adapter is for a pack; name its folder: python -m models.starter.recipe adapter FOLDER.")
    out = job.out if job.out != job.work else (job.pack if job.scale is FULL else job.work) / adapter.FILE
    adapter.train(job.pack, out, minutes=job.minutes, threads=job.threads)
    print(f'{out}: with adapter = "{out.name}" in pack.toml it is used; parley pack eval {job.pack} shows what it gains')


def _endpoint(job: Job) -> None:
    from models.starter.recipe import endpoint

    asyncio.run(endpoint.calibrate(job.scale.paused, job.scale.read))


def _recordings(job: Job) -> None:
    from models.starter.recipe import recordings

    recordings.make(job.out)


STEPS: Mapping[str, Step] = {
    "asr-en": Step(partial(_recognizer, lang="en"), "the English recognizer", FOLDER / STARTER.recognizers["en"], True, True),
    "asr-es": Step(partial(_recognizer, lang="es"), "the Spanish recognizer", FOLDER / STARTER.recognizers["es"], True, True),
    "mishearing": Step(_mishearing, "what asr-en mishears, which llm learns to read: after a new asr-en", TABLE),
    "llm": Step(_language_model, "the language model", FOLDER / STARTER.language_model, True, True),
    "endpoint": Step(_endpoint, "the weights of assistant/completeness.py, printed: after a new asr-en or llm", None),
    "voice-en": Step(partial(_voice, lang="en"), "the English voice; needs flite", FOLDER / "voice-en", True, True),
    "voice-es": Step(partial(_voice, lang="es"), "the Spanish voice", FOLDER / "voice-es", True, True),
    "voice-tiny": Step(_tiny_voice, "a voice of tones, for tests; nothing is trained", FOLDER / "voice-tiny"),
    "adapter": Step(_adapter, "the adapter of a domain pack, in its FOLDER", None, minutes=3),
    "recordings": Step(_recordings, "what `parley demo` plays; needs flite", RECORDINGS),
}
"""In the order in which one follows from another."""
