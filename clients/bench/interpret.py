"""`parley bench interpret`: how far the translation trails the speaker, and what it loses by not waiting; beside waiting for the end.

The audio comes as a microphone would give it; the clock runs while anything works and is put forward when nothing does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, get_args

import numpy as np
from rich.console import Console
from rich.table import Table

from assistant.audio import CHUNK_S, CHUNK_SAMPLES, silence
from assistant.engines import Engines, LanguageModel, Translation
from assistant.events import Event, ReplyAudio, Stamped, Translated, WritingFailed, Written
from assistant.interpret import Interpret
from assistant.interpreter import LISTENS, Interpreter
from assistant.sentences import sentences
from assistant.session import Session
from assistant.settings import Settings
from assistant.simultaneous import Patience
from clients.bench.jump import WorkingLoop
from clients.bench.lag import laal, word_lags
from clients.bench.machine import fingerprint
from clients.bench.percentiles import percentiles
from clients.bench.utterances import DIRECTIONS, Utterance, utterances
from clients.cli.paced import paced
from clients.cli.running import engines, manners, print_json
from clients.cli.stderr import counted
from models.starter.measure import scorer
from models.starter.recipe.corpus import Lang

LEAD_S, TAIL_S = 0.5, 2.5
"""Silence before and behind an utterance."""

WAYS = ("live", "at the end")

READ = "from its text"
"""What the language model makes of the sentences as they are written: what the recognizer costs is the difference."""


@dataclass
class Interpreted:
    """What became of one utterance; times are seconds after the speaker's first sound."""

    texts: dict[int, str] = field(default_factory=dict)
    """The translation, by turn: the speaker's pauses may make several."""
    written_s: list[float] = field(default_factory=list)
    """When each word of the translation was certain."""
    spoken_s: list[float] = field(default_factory=list)
    """When each word of it was heard."""
    revised: int = 0
    """Times that certain words were not what they had been."""

    @property
    def text(self) -> str:
        """The whole translation."""
        return " ".join(self.texts.values())


def bench_interpret(settings: Settings, n: int, *, seed: int, patience: Patience, as_json: bool) -> None:
    """Interpret `n` utterances each way and print how that went.

    Raises:
        InputError: what measures the quality is not installed.
    """
    chrf = scorer("sacrebleu.metrics").CHRF()
    with asyncio.Runner(loop_factory=WorkingLoop) as runner:
        found = runner.run(_bench(settings, n, seed, patience, chrf))
    result = {"n": n, "seed": seed, "machine": fingerprint(), **found}
    if as_json:
        print_json(result)
    else:
        _show(result)


async def _bench(settings: Settings, n: int, seed: int, patience: Patience, chrf: Any) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, WorkingLoop)
    found: dict[str, Any] = {}
    async with engines(settings, get_args(Lang)) as loaded:
        loop.busy = lambda: any(loaded.queues().values())
        for source, target in DIRECTIONS:
            spoken = [each async for each in utterances(source, loaded.voices[source], n, seed)]
            results: dict[str, list[Interpreted]] = {}
            for way in WAYS:
                results[way] = []
                with counted(f"Interpreting {source}-{target} {way}", n) as done:
                    for utterance in spoken:
                        results[way].append(await _interpret(settings, loaded, utterance, source, target, patience, way == WAYS[1]))
                        done()
            read = [await _translated(loaded.language_model, utterance.text, source, target) for utterance in spoken]
            found[f"{source}-{target}"] = {
                **{way: _figures(chrf, spoken, results[way]) for way in WAYS},
                READ: {"chrf": _chrf(chrf, read, spoken)},
            }
    return found


async def _interpret(
    settings: Settings, loaded: Engines, utterance: Utterance, source: Lang, target: str, patience: Patience, at_end: bool
) -> Interpreted:
    """Play one utterance to an interpreter, at the pace of a microphone."""
    loop, made, began_s = asyncio.get_running_loop(), Interpreted(), 0.0
    audio = np.concatenate(
        [silence(round(LEAD_S / CHUNK_S) * CHUNK_SAMPLES), utterance.samples, silence(round(TAIL_S / CHUNK_S) * CHUNK_SAMPLES)]
    )
    played_until_s = 0.0

    def tell(event: Event) -> None:
        nonlocal played_until_s
        now_s = loop.time() - began_s
        match event:
            case Translated(turn=turn, committed=committed):
                before = made.texts.get(turn, "")
                made.revised += not committed.startswith(before)
                made.written_s += [now_s] * (len(committed.split()) - len(before.split()))
                made.texts[turn] = committed
            case ReplyAudio(samples=samples, sample_rate_hz=rate_hz, words=words):
                starts_s = max(now_s, played_until_s)
                made.spoken_s += [starts_s + word.start_s for word in words]
                played_until_s = starts_s + samples.size / rate_hz

    async with AsyncExitStack() as stack:
        interpreter = await stack.enter_async_context(
            Interpreter(loaded, source, target, tell, patience=patience, lag_s=settings.budget.lag_s)
        )

        def observe(stamped: Stamped) -> None:
            if not at_end or isinstance(stamped.event, Written | WritingFailed):
                interpreter.push(stamped)

        session = await stack.enter_async_context(
            Session(
                loaded,
                Interpret(loaded.language_model, source, target),
                [observe],
                manners(settings, listens=source, speaks=None, policy=LISTENS),
            )
        )
        began_s = loop.time() + round(LEAD_S / CHUNK_S) * CHUNK_S
        async for chunk in paced([audio]):
            session.hear(chunk)
        session.hear_no_more()
        await session.written()
        await interpreter.done()
    return made


async def _translated(model: LanguageModel, text: str, source: Lang, target: Lang) -> str:
    """Return what becomes of a text without the recognizer's mistakes, sentence by sentence."""

    async def one(sentence: str) -> str:
        return "".join([piece async for piece in model.translate(Translation(sentence, source, target))]).strip()

    return " ".join([await one(sentence) for sentence in sentences(text)])


def _chrf(chrf: Any, translated: Sequence[str], spoken: Sequence[Utterance]) -> float:
    score: float = chrf.corpus_score(list(translated), [[utterance.reference for utterance in spoken]]).score
    return score


def _figures(chrf: Any, spoken: Sequence[Utterance], results: Sequence[Interpreted]) -> dict[str, Any]:
    lags, written, heard = list[float](), list[float](), list[float]()
    for utterance, made in zip(spoken, results, strict=True):
        duration_s, words = utterance.samples.size * CHUNK_S / CHUNK_SAMPLES, len(utterance.reference.split())
        if made.written_s:
            lags.append(laal(made.written_s, duration_s, words))
        written += word_lags(made.written_s, duration_s, words)
        heard += word_lags(made.spoken_s, duration_s, words)
    return {
        "laal_s": float(np.mean(lags)) if lags else None,
        "written_s": percentiles(written),
        "spoken_s": percentiles(heard),
        "revised": sum(made.revised for made in results),
        "chrf": _chrf(chrf, [made.text for made in results], spoken),
        "empty": sum(not made.text for made in results),
    }


def _show(result: dict[str, Any]) -> None:
    console = Console(emoji=False, highlight=False)
    console.print(f"{result['n']} utterances of 5 to 10 s each way, seed {result['seed']}; {result['machine']}", soft_wrap=True)
    table = Table("", "", "LAAL", "written", "p95", "spoken", "p95", "revised", "empty", "chrF", box=None, pad_edge=False)
    for direction in map("-".join, DIRECTIONS):
        for way in WAYS:
            found = result[direction][way]
            spreads = [_seconds(found[what].get(share)) for what in ("written_s", "spoken_s") for share in ("p50", "p95")]
            counts = (str(found[what]) for what in ("revised", "empty"))
            table.add_row(direction, way, _seconds(found["laal_s"]), *spreads, *counts, f"{found['chrf']:.1f}")
        table.add_row(direction, READ, *[""] * 7, f"{result[direction][READ]['chrf']:.1f}")
    console.print(table)


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"
