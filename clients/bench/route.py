"""`parley bench route`: who answers better for less: the routing against chance and against the length of a question."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from assistant.engines import Defer, LanguageModel, Message, Piece, ToolCall
from assistant.errors import EngineError
from assistant.respond import SYSTEM
from assistant.route import Doubt, difficulty
from assistant.settings import Settings
from clients.bench.machine import fingerprint
from clients.cli.running import engines, print_json
from clients.cli.stderr import counted
from models.starter.measure import auroc
from models.starter.recipe import requests, talk
from models.starter.recipe.hearing import written
from models.starter.recipe.requests import Request

KINDS = ("in the domain", "near it", "far from it")

SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Of the questions that are sent to the large model, the hardest first."""

SMALL_TALK = 0.15
"""Of what is in the domain."""


@dataclass(frozen=True)
class Judged:
    """A question, and what the small model made of it."""

    kind: str
    text: str
    doubt: Doubt
    right: bool
    """It did what was wanted by itself: the call with its arguments, or an answer where no tool is wanted."""

    @property
    def difficulty(self) -> float:
        return difficulty(self.doubt)


async def bench_route(settings: Settings, n: int, *, seed: int, as_json: bool) -> None:
    """Ask `n` questions in phrasings and of topics that the starter model never saw; print how well it is known which it cannot answer."""
    rng = random.Random(seed)
    async with engines(settings, ["en"], speaks=()) as loaded:
        judged = []
        with counted("Asking", n) as done:
            for number in range(n):
                judged.append(await _judge(loaded.language_model, KINDS[number % len(KINDS)], rng))
                done()
    result = _summary(judged, seed)
    if as_json:
        print_json(result | {"questions": [_row(each) for each in judged]})
    else:
        _show(result)


async def _judge(model: LanguageModel, kind: str, rng: random.Random) -> Judged:
    request = _request(kind, rng)
    text = written(request.text, rng)
    asked = [Message("system", SYSTEM), Message("user", text)]
    doubt, pieces = await model.doubt(asked), list[Piece]()
    try:
        async with aclosing(model.generate(asked)) as answer:
            pieces += [piece async for piece in answer]
    except EngineError:
        pass  # it said nothing that can be read
    return Judged(kind, text, doubt, _right(request, pieces))


def _request(kind: str, rng: random.Random) -> Request:
    if kind == KINDS[0]:
        return talk.small_talk(rng, unseen=True) if rng.random() < SMALL_TALK else requests.sample(rng, unseen=True)
    wanted = {"near it": "near", "far from it": "far"}[kind]
    while (request := talk.deferred(rng, unseen=True)).intent != wanted:
        pass
    return request


def _right(request: Request, pieces: Sequence[Piece]) -> bool:
    if request.call:
        return list(pieces) == [ToolCall(request.call, dict(request.arguments))]
    if Defer() in pieces or request.intent in ("near", "far"):
        return False
    return bool(pieces) and not any(isinstance(piece, ToolCall) for piece in pieces)


def _summary(judged: Sequence[Judged], seed: int) -> dict[str, Any]:
    known = auroc("", [each.difficulty for each in judged if not each.right], [each.difficulty for each in judged if each.right], "")
    orders = {
        "route": np.argsort([-each.difficulty for each in judged], kind="stable"),
        "length": np.argsort([-len(each.text) for each in judged], kind="stable"),
    }
    right = np.array([each.right for each in judged], float)
    curves = {name: [_quality(right, order, share) for share in SHARES] for name, order in orders.items()}
    curves["chance"] = [float(right.mean() + share * (1 - right.mean())) for share in SHARES]
    area = {name: float(np.trapezoid(values, SHARES)) for name, values in curves.items()}
    kinds = {kind: float(np.mean([each.right for each in judged if each.kind == kind])) for kind in KINDS}
    return {
        "n": len(judged), "seed": seed, "machine": fingerprint(), "auroc": known.value, "auroc_95": [known.low, known.high],
        "right_alone": float(right.mean()), "right_by_kind": kinds, "shares": list(SHARES), "quality": curves, "area": area,
    }  # fmt: skip


def _quality(right: np.ndarray[Any, Any], order: np.ndarray[Any, Any], share: float) -> float:
    """Return the share of questions that somebody answers who can, if the first of `order` are sent to the large model."""
    sent = order[: round(share * right.size)]
    mixed = right.copy()
    mixed[sent] = 1.0
    return float(mixed.mean())


def _row(each: Judged) -> dict[str, Any]:
    return {
        "kind": each.kind, "text": each.text, "right": each.right, "defer": each.doubt.defer, "tool": each.doubt.tool,
        "entropy_nats": each.doubt.entropy_nats, "difficulty": each.difficulty,
    }  # fmt: skip


def _show(result: dict[str, Any]) -> None:
    console = Console(emoji=False, highlight=False)
    console.print(f"{result['n']} questions, a third each {', '.join(KINDS)}, seed {result['seed']}; {result['machine']}", soft_wrap=True)
    low, high = result["auroc_95"]
    known = f"AUROC {result['auroc']:.3f} ({low:.3f} to {high:.3f})"
    console.print(f"What the small model cannot answer is known before its first word: {known}.", soft_wrap=True)
    by_kind = ", ".join(f"{share:.0%} {kind}" for kind, share in result["right_by_kind"].items())
    console.print(f"Alone it answers {result['right_alone']:.1%} rightly: {by_kind}. The large one is taken to answer all.", soft_wrap=True)
    table = Table("sent to the large model", "answered: by doubt", "the longest first", "by chance", box=None)
    for column in table.columns:
        column.justify = "right"
    for number, share in enumerate(SHARES):
        table.add_row(f"{share:.0%}", *(f"{result['quality'][name][number]:.1%}" for name in ("route", "length", "chance")))
    console.print(table)
