"""`parley bench endpoint`: how long one waits for an end, against how often one is cut off; by silence alone and by what is known.

The test half of the paused utterances goes through the real detector, recognizer and language model as fast as they can: time is the audio's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from assistant.audio import CHUNK_S
from assistant.completeness import Completeness
from assistant.endpoint import EndpointTiming
from assistant.latency import percentile
from assistant.patience import Patience, Waits
from assistant.scribe import HUSH_CHUNKS
from assistant.settings import Settings
from clients.bench.machine import fingerprint
from clients.bench.percentiles import percentiles
from clients.cli.running import engines, errors, manners, print_json
from models.starter.recipe.logistic import auroc
from models.starter.recipe.moments import Moment, moments
from models.starter.recipe.pauses import paused_speech

RATES = (0.02, 0.05, 0.1)
"""Shares of the pauses that are cut, at which delays are shown."""

HEADLINE = 0.05

FIXED = "fixed silence"
LONGEST_S = 1.6
"""The longest fixed silence that is tried: no pause is as long."""

EAGERNESS = tuple(round(number / 10, 1) for number in range(-80, 121))


@dataclass(frozen=True)
class Point:
    """What one setting gives."""

    setting: float
    """The silence in seconds, or the eagerness."""
    cut: float
    """Share of the pauses inside utterances that are taken for an end."""
    utterances_cut: float
    """Share of the utterances in which that happens."""
    mean_s: float
    """Endpoint delay, from the end of the sound to the decision."""
    p50_s: float
    p95_s: float


async def bench_endpoint(settings: Settings, n: int, *, seed: int, as_json: bool) -> None:
    """Listen to `n` utterances and print the trade-off.

    Raises:
        InputError: there are not so many.
    """
    async with engines(settings, speaks=()) as loaded:
        with errors.status(f"Listening to {n} utterances …"):
            heard = [found async for found in moments(paused_speech("test", n, seed), loaded)]
    result = {"n": n, "seed": seed, "machine": fingerprint(), **judge(heard, manners(settings).waits)}
    if as_json:
        print_json(result)
    else:
        _show(result)


def judge(heard: Sequence[Sequence[Moment]], waits: Waits) -> dict[str, Any]:
    """Return the figures for the moments of each utterance; `waits` bounds the delays, its eagerness is what is varied."""
    every = [moment for found in heard for moment in found]
    complete = [moment.complete for moment in every]
    inside = [moment.silence_s for moment in every if not moment.complete]
    learned = replace(waits, pause_s=float(np.mean(inside)))  # what `Patience` comes to with whoever speaks like that
    known_s = np.array([HUSH_CHUNKS * CHUNK_S + moment.took_s for moment in every])
    trial, silences = _Trial(heard), CHUNK_S * np.arange(1, round(LONGEST_S / CHUNK_S) + 1)
    curves = {FIXED: [trial.point(float(silence_s), np.full(len(every), silence_s)) for silence_s in silences]}
    combined = _combined(every)
    for name, probabilities in combined.items():
        rules = {eagerness: Patience(replace(learned, eagerness=eagerness)) for eagerness in EAGERNESS}
        curves[name] = [
            trial.point(eagerness, np.maximum(known_s, [rule.wait_s(p) for p in probabilities])) for eagerness, rule in rules.items()
        ]
    took = [moment.took_s for moment in every]
    headline = {name: _best(points, HEADLINE) for name, points in curves.items()}
    return {
        "pauses": len(inside),
        "ends": sum(complete),
        "pause_s": learned.pause_s,
        "took_s": percentiles(took),
        "auroc": {name: auroc(scores, complete) for name, scores in {**_single(every), **combined}.items()},
        "headline": {
            name: asdict(point) | {"share_of_fixed": point.mean_s / _mean_s(curves[FIXED], point.cut)} for name, point in headline.items()
        },
        "curves": {name: [asdict(point) for point in points] for name, points in curves.items()},
    }


class _Trial:
    """Moments as arrays, on which any waits can be tried."""

    def __init__(self, heard: Sequence[Sequence[Moment]]) -> None:
        every = [moment for found in heard for moment in found]
        self._utterances = len(heard)
        self._utterance = np.array([number for number, found in enumerate(heard) for _ in found])
        self._complete = np.array([moment.complete for moment in every])
        self._silence_s = np.array([moment.silence_s for moment in every])
        self._late_s = np.array([moment.late_s for moment in every])

    def point(self, setting: float, wait_s: NDArray[np.float64]) -> Point:
        """Return what happens if each silence must last so long: at least a pause, and up to the next chunk."""
        decided_s = CHUNK_S * np.ceil(np.maximum(wait_s, EndpointTiming().pause_s) / CHUNK_S - 1e-9)
        cut = ~self._complete & (decided_s < self._silence_s)
        delays = (decided_s + self._late_s)[self._complete]
        return Point(
            setting,
            float(cut.sum() / (~self._complete).sum()),
            len(set(self._utterance[cut])) / self._utterances,
            float(delays.mean()),
            percentile(delays.tolist(), 0.5),
            percentile(delays.tolist(), 0.95),
        )


def _combined(every: Sequence[Moment]) -> dict[str, list[float]]:
    """Return the rule's probability at each moment, by the sources that it is given."""
    plain, marked = Completeness("en", marks=False), Completeness("en", marks=True)
    found = {
        "words": [plain.probability(m.text) for m in every],
        "words, marks": [marked.probability(m.text) for m in every],
        "words, P(end)": [plain.probability(m.text, anticipated=m.anticipated) for m in every],
        "words, marks, P(end)": [marked.probability(m.text, anticipated=m.anticipated) for m in every],
    }
    if any(m.turn is not None for m in every):
        found["all, sound"] = [marked.probability(m.text, anticipated=m.anticipated, turn=m.turn) for m in every]
    return found


def _single(every: Sequence[Moment]) -> dict[str, list[float]]:
    """Return what each source alone says at each moment; more is more complete."""
    features = [Completeness("en", marks=True).features(moment.text) for moment in every]
    found = {
        "no open word": [-open_word for open_word, _, _ in features],
        "number of words": [words for _, words, _ in features],
        "final mark": [final for _, _, final in features],
        "P(end)": [moment.anticipated for moment in every],
    }
    return found | ({"sound": [m.turn for m in every if m.turn is not None]} if all(m.turn is not None for m in every) else {})


def _best(points: Sequence[Point], rate: float) -> Point:
    """Return the point with the shortest mean delay among those that cut at most `rate` of the pauses, else the one that cuts least."""
    return min(points, key=lambda point: (max(point.cut - rate, 0.0), point.mean_s, point.cut))


def _mean_s(points: Sequence[Point], rate: float) -> float:
    """Return the mean delay at which exactly `rate` of the pauses are cut, between the nearest points."""
    shortest: dict[float, float] = {}
    for point in points:
        shortest[point.cut] = min(point.mean_s, shortest.get(point.cut, inf))
    rates = sorted(shortest)
    return float(np.interp(rate, rates, [shortest[one] for one in rates]))


def _show(result: Mapping[str, Any]) -> None:
    console = Console(emoji=False, highlight=False)
    console.print(
        f"{result['n']} utterances, seed {result['seed']}, {result['pauses']} pauses inside of {result['pause_s']:.2f} s on average; {result['machine']}",
        soft_wrap=True,
    )
    took = result["took_s"]
    console.print(
        f"Known {HUSH_CHUNKS * CHUNK_S * 1000:.0f} ms into a silence + {took['p50'] * 1000:.0f} ms of computing (p95 {took['p95'] * 1000:.0f} ms)."
    )
    areas = "; ".join(f"{name} {area:.3f}" for name, area in result["auroc"].items())
    console.print(f"How well ends are told from pauses (AUROC): {areas}.", soft_wrap=True)
    curves = {name: [Point(**point) for point in points] for name, points in result["curves"].items()}
    table = Table(title="Endpoint delay in ms, by the share of pauses that are cut: mean/p50/p95")
    table.add_column("known")
    for rate in RATES:
        table.add_column(f"{rate:.0%}", justify="right")
    for name, points in curves.items():
        best = [_best(points, rate) for rate in RATES]
        table.add_row(name, *(_delays(point) if point.cut <= rate else "" for point, rate in zip(best, RATES, strict=True)))
    console.print(table)
    for name, point in result["headline"].items():
        console.print(
            f"{name}, at {point['cut']:.1%} of pauses and {point['utterances_cut']:.1%} of utterances cut: {point['share_of_fixed']:.0%} of the "
            f"delay of {FIXED} that cuts as many ({'silence' if name == FIXED else 'eagerness'} {point['setting']:.2f}).",
            soft_wrap=True,
        )


def _delays(point: Point) -> str:
    return "/".join(f"{seconds * 1000:.0f}" for seconds in (point.mean_s, point.p50_s, point.p95_s))
