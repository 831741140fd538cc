"""`parley bench glossary`: how often a term is translated as the glossary says, and what that does to the rest of the sentence.

Each case is a test sentence with a word whose place in the translation is known; the glossary asks for another word there.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from assistant.engines import LanguageModel
from assistant.errors import InputError
from assistant.glossary import Glossary, Term, inline
from assistant.interpret import Interpret
from assistant.settings import Settings
from clients.bench.machine import fingerprint
from clients.bench.utterances import DIRECTIONS, unseen_pairs
from clients.cli.running import engines, print_json
from clients.cli.stderr import counted
from models.starter.measure import scorer
from models.starter.recipe.corpus import Lang, pairs
from models.starter.recipe.lexicon import Lexicon, mine, words

LEAST_STRENGTH, LEAST_LETTERS = 0.3, 4
"""Of the word and its counterpart: how surely they belong together, and how long they are."""


@dataclass(frozen=True)
class Case:
    """A sentence and what it should be with the term."""

    text: str
    reference: str
    """As a person translated it."""
    wanted: str
    """The same with the term in its place."""
    glossary: Glossary
    term: str


async def bench_glossary(settings: Settings, n: int, *, seed: int, as_json: bool) -> None:
    """Translate `n` sentences each way with and without their terms, and print how that went.

    Raises:
        InputError: what measures the quality is not installed, or there are fewer sentences.
    """
    chrf = scorer("sacrebleu.metrics").CHRF()
    lexicon = mine(pairs("train"))
    result: dict[str, Any] = {"n": n, "seed": seed, "machine": fingerprint()}
    async with engines(settings, ["en"], speaks=()) as loaded:
        for source, target in DIRECTIONS:
            chosen = list(cases(lexicon, source, target, n, seed))
            with counted(f"Translating {source}-{target}", 2 * len(chosen)) as done:
                plain, given = list[str](), list[str]()
                for case in chosen:
                    for glossary, into in ((Glossary(), plain), (case.glossary, given)):
                        into.append(await _translated(loaded.language_model, case.text, source, target, glossary))
                        done()
            result[f"{source}-{target}"] = _figures(chrf, chosen, plain, given)
    if as_json:
        print_json(result)
    else:
        _show(result)


def cases(lexicon: Lexicon, source: Lang, target: Lang, n: int, seed: int) -> Iterator[Case]:
    """Yield `n` cases, each of another sentence.

    Raises:
        InputError: there are not so many.
    """
    rng, given = random.Random(seed), 0
    sentences = unseen_pairs(source)
    others = sorted({entry[target == "es"] for entry in lexicon.entries})
    for text, reference in rng.sample(sentences, len(sentences)):
        if given == n:
            return
        said, meant = words(text), words(reference)
        links = lexicon.aligned(said, meant, LEAST_STRENGTH) if source == "en" else _turned(lexicon.aligned(meant, said, LEAST_STRENGTH))
        fit = [(a, b) for i, j in links if min(len(a := said[i]), len(b := meant[j])) >= LEAST_LETTERS]
        fit = [(a, b) for a, b in fit if said.count(a) == 1 and meant.count(b) == 1]
        if fit:
            word, counterpart = rng.choice(fit)
            term = rng.choice(others)
            exchange = Glossary([Term({target: (counterpart,), "x": (term,)})])
            wanted = inline(reference, exchange.pairs(reference, target, "x"))
            given += 1
            yield Case(text, reference, wanted, Glossary([Term({source: (word,), target: (term,)})]), term)
    raise InputError(f"There are {given} sentences with a word that can be a term; take -n {given} or less.")


def _turned(links: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(j, i) for i, j in links]


async def _translated(model: LanguageModel, text: str, source: Lang, target: Lang, glossary: Glossary) -> str:
    async def released() -> None:
        return None

    async with aclosing(Interpret(model, source, target, glossary).respond(text, released)) as pieces:
        return "".join([piece async for piece in pieces if isinstance(piece, str)]).strip()


def _figures(chrf: Any, chosen: list[Case], plain: list[str], given: list[str]) -> dict[str, float]:
    def right(translated: list[str]) -> float:
        return 100 * sum(case.term in words(text) for case, text in zip(chosen, translated, strict=True)) / len(chosen)

    return {
        "right_without": right(plain),
        "right_with": right(given),
        "chrf_without": chrf.corpus_score(plain, [[case.reference for case in chosen]]).score,
        "chrf_with": chrf.corpus_score(given, [[case.wanted for case in chosen]]).score,
    }


def _show(result: dict[str, Any]) -> None:
    console = Console(emoji=False, highlight=False)
    console.print(f"{result['n']} sentences each way, a term in each, seed {result['seed']}; {result['machine']}", soft_wrap=True)
    for direction in map("-".join, DIRECTIONS):
        found = result[direction]
        console.print(
            f"{direction}  term right {found['right_with']:5.1f} %  (without the glossary {found['right_without']:.1f} %)"
            f"   chrF {found['chrf_with']:.1f}  (without {found['chrf_without']:.1f})",
            soft_wrap=True,
        )
