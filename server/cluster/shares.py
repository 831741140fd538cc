"""What each engine and the fronts get: how many replicas, and how much of a machine for each."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.sections import ModelSettings
from models.plan import Plan
from server.cluster.asked import FRONT

SEATS = 8
"""Answers that a language model writes at once, where the settings do not say; it may be less where memory is short."""

FRONT_CPUS = 0.25
"""A conversation takes a front 1.5 % of a core (`README.md`): this is for fifteen."""

LIGHT_CPUS = 0.5
"""Of a recognizer's or a voice's thread: one works while somebody speaks, the other while he is answered."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How many replicas there are at least and at most."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Scales:
    """Of each kind; an engine of each language has as many."""

    front: Scale
    recognition: Scale
    language_model: Scale
    voice: Scale


@dataclass(frozen=True)
class Share:
    """What an engine or the fronts get."""

    name: str
    scale: Scale
    cpus: float
    """Of a machine, for each replica."""
    seats: int = 1
    """Requests that a replica answers at once."""


def shares(plan: Plan, models: ModelSettings, scales: Scales) -> list[Share]:
    """Return what each engine of a plan gets, in its order, and then the fronts."""
    found = []
    for engine in plan.engines:
        if engine is plan.language_model:  # half of its seats: with more, a step takes so much longer that it is a wait, too
            seats = max(1, (models.parallel or SEATS) // 2)
            found.append(Share(engine.name, scales.language_model, float(engine.threads), seats))
        else:
            scale = scales.recognition if engine.languages is None else scales.voice
            found.append(Share(engine.name, scale, LIGHT_CPUS * engine.threads))
    return [*found, Share(FRONT, scales.front, FRONT_CPUS)]
