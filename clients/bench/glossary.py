"""`parley bench glossary`: how often a term is translated as the glossary says, and what that does to the rest of the sentence.

Each case is a test sentence with a noun whose place in the translation is known; the glossary asks there for another noun of the same
gender and number, so that the rest of the sentence can stay as it is.
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
from clients.bench.nouns import Nouns
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
    usual: str
    """The word of the reference whose place the term takes."""
    term: str


async def bench_glossary(settings: Settings, n: int, *, seed: int, as_json: bool) -> None:
    """Translate `n` sentences each way with and without their terms, and print how that went.

    Raises:
        InputError: what measures the quality is not installed, or there are fewer sentences.
    """
    chrf = scorer("sacrebleu.metrics").CHRF()
    corpus = pairs("train")
    lexicon = mine(corpus)
    nouns = Nouns(lexicon, corpus)
    result: dict[str, Any] = {"n": n, "seed": seed, "machine": fingerprint()}
    async with engines(settings, ["en"], speaks=()) as loaded:
        for source, target in DIRECTIONS:
            chosen = list(cases(lexicon, nouns, source, target, n, seed))
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


def cases(lexicon: Lexicon, nouns: Nouns, source: Lang, target: Lang, n: int, seed: int) -> Iterator[Case]:
    """Yield `n` cases, each of another sentence.

    Raises:
        InputError: there are not so many.
    """
    rng, given = random.Random(seed), 0
    sentences = unseen_pairs(source)
    for text, reference in rng.sample(sentences, len(sentences)):
        if given == n:
            return
        said, meant = words(text), words(reference)
        links = lexicon.aligned(said, meant, LEAST_STRENGTH) if source == "en" else _turned(lexicon.aligned(meant, said, LEAST_STRENGTH))
        fit = [(a, b) for i, j in links if min(len(a := said[i]), len(b := meant[j])) >= LEAST_LETTERS]
        fit = [(a, b) for a, b in fit if said.count(a) == 1 and meant.count(b) == 1 and (b if target == "es" else a) in nouns]
        if fit:
            word, counterpart = rng.choice(fit)
            term = rng.choice(nouns.like(counterpart if target == "es" else word))[target == "es"]
            exchange = Glossary([Term({target: (counterpart,), "x": (term,)})])
            wanted = inline(reference, exchange.pairs(reference, target, "x"))
            given += 1
            yield Case(text, reference, wanted, Glossary([Term({source: (word,), target: (term,)})]), counterpart, term)
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

    def rest(text: str, word: str) -> str:
        return " ".join(each for each in text.split() if words(each) != [word])

    def quality(translated: list[str], references: list[str], without: list[str]) -> tuple[float, float]:
        """Return the chrF of the whole, and of the rest, without the words that the glossary is about."""
        rests = [[rest(text, word) for text, word in zip(texts, without, strict=True)] for texts in (translated, references)]
        return chrf.corpus_score(translated, [references]).score, chrf.corpus_score(rests[0], [rests[1]]).score

    chrf_without, rest_without = quality(plain, [case.reference for case in chosen], [case.usual for case in chosen])
    chrf_with, rest_with = quality(given, [case.wanted for case in chosen], [case.term for case in chosen])
    return {
        "right_without": right(plain),
        "right_with": right(given),
        "chrf_without": chrf_without,
        "chrf_with": chrf_with,
        "rest_without": rest_without,
        "rest_with": rest_with,
    }


def _show(result: dict[str, Any]) -> None:
    console = Console(emoji=False, highlight=False)
    console.print(f"{result['n']} sentences each way, a term in each, seed {result['seed']}; {result['machine']}", soft_wrap=True)
    for direction in map("-".join, DIRECTIONS):
        found = result[direction]
        console.print(
            f"{direction}  term right {found['right_with']:5.1f} %  (without the glossary {found['right_without']:.1f} %)"
            f"   chrF {found['chrf_with']:.1f}  (without {found['chrf_without']:.1f}),"
            f" of the rest {found['rest_with']:.1f}  (without {found['rest_without']:.1f})",
            soft_wrap=True,
        )
