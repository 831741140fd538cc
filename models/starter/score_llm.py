"""How good the language model is on what it never saw: sentences of the test split, requests in phrasings kept out of training."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from assistant.engines import Defer, Message, Piece, ToolCall
from assistant.errors import EngineError
from assistant.respond import SYSTEM
from models.calls import STARTER_DEFER
from models.llama import LlamaEngine
from models.starter.measure import Score, auroc, normalised, percent, texts
from models.starter.recipe import requests, talk
from models.starter.recipe.assisting import FOLLOWING, MOST_EARLIER, Talk
from models.starter.recipe.conversation import TRANSLATE_PROMPTS, UNFINISHED
from models.starter.recipe.corpus import Lang, pairs
from models.starter.recipe.followups import call_of, follow_up
from models.starter.recipe.hearing import Mishearing, written
from models.starter.recipe.interpreting import Interpreting, Sentence
from models.starter.recipe.lexicon import MARKS, Lexicon, mine
from models.starter.recipe.phrasebook import PHRASES
from models.starter.recipe.requests import Request

INTENTS = {
    "time": ("time",),
    "date": ("date", "date tomorrow", "date yesterday"),
    "arithmetic": ("arithmetic", "roots and percent"),
    "timers": ("timer", "timer left", "timer off"),
    "units": ("units",),
    "lists and notes": ("list add", "list read", "list clear", "note", "notes read"),
}
"""Line of the table -> the intents of `requests` that it sums up."""

STEPS = (1 / 3, 2 / 3)
"""Shares of a sentence that were said when it is interpreted for the first and the second time."""

LEAST_WORDS = 6
"""Of a sentence that is worth being interpreted while it is said."""

FOLLOWED = {
    "units": ("convert",),
    "sums": ("calculate",),
    "timers and alarms": ("set_timer", "read_timers", "set_alarm", "read_alarms"),
    "time and date": ("time", "date"),
    "lists and notes": ("add_item", "read_list", "clear_list", "add_note", "read_notes"),
    "passed on": ("defer",),
}
"""Line of the table -> what the follow-ups that it sums up follow on."""

_CLEAR = Mishearing({})
_OTHER: dict[Lang, Lang] = {"en": "es", "es": "en"}


def answer(engine: LlamaEngine, messages: Sequence[Message]) -> list[Piece]:
    """Return the pieces of the model's answer; none if it cannot be read."""
    try:
        return [piece for piece in engine.generate(messages) if piece]
    except EngineError:
        return []


def right(engine: LlamaEngine, request: Request, asked: str, earlier: Iterable[Message] = ()) -> bool:
    """Tell whether the model does what is wanted: the same call with the same arguments, or to pass it on."""
    pieces = answer(engine, [Message("system", SYSTEM), *earlier, Message("user", asked)])
    if request.call:
        return pieces == [ToolCall(request.call, dict(request.arguments))]
    return pieces[:1] == [Defer()]


@cache
def unseen_sentences(source: Lang) -> tuple[Sentence, ...]:
    """Return the sentences of the test split that do not also stand in the training or its phrasebook, perhaps with other marks or another translation."""
    side = 0 if source == "en" else 1
    known = {normalised(pair[side]) for pair in (*pairs("train"), *(phrase.split("|") for phrase in PHRASES))}
    return tuple(Sentence(pair[side], pair[1 - side], _OTHER[source]) for pair in pairs("test") if normalised(pair[side]) not in known)


def _some(source: Lang, n: int | None, seed: int, least_words: int = 1) -> list[Sentence]:
    found = [s for s in unseen_sentences(source) if len(s.source.split()) >= least_words]
    return found if n is None or n >= len(found) else random.Random(seed).sample(found, n)


def _text(engine: LlamaEngine, system: str, *said: Message) -> str:
    return "".join(piece for piece in answer(engine, [Message("system", system), *said]) if isinstance(piece, str))


def translation(engine: LlamaEngine, source: Lang, n: int | None, seed: int) -> list[Score]:
    """Score the translations out of `source` on the test split, or on `n` of its sentences."""
    chosen, system = _some(source, n, seed), TRANSLATE_PROMPTS[_OTHER[source]]
    translated = [_text(engine, system, Message("user", s.source)) for s in chosen]
    return texts(f"llm {source}->{_OTHER[source]}", translated, [s.target for s in chosen], "Tatoeba test")


def in_steps(engine: LlamaEngine, source: Lang, n: int, seed: int) -> list[Score]:
    """Score interpreting while somebody speaks: what was said first stays, and the rest of the translation goes on from there."""
    chosen, system = _some(source, n, seed, LEAST_WORDS), TRANSLATE_PROMPTS[_OTHER[source]]
    interpreted, early = [], []
    for sentence in chosen:
        words, begun = sentence.source.split(), ""
        for share in STEPS:
            said = " ".join(words[: round(len(words) * share)]).rstrip(MARKS)
            begun += _text(engine, system, Message("user", said + UNFINISHED), *_begun(begun))
        whole = begun + _text(engine, system, Message("user", sentence.source), *_begun(begun))
        interpreted.append(whole)
        early.append(len(begun.split()) / max(len(whole.split()), 1))
    at_once = [_text(engine, system, Message("user", s.source)) for s in chosen]
    name, how = f"llm {source}->{_OTHER[source]}", f"Tatoeba test, sentences of {LEAST_WORDS} words and more"
    references = [s.target for s in chosen]
    return [
        *texts(f"{name} in three steps", interpreted, references, f"{how}; after 1/3, 2/3 and all of it", ["CHRF"]),
        *texts(f"{name} at once", at_once, references, how, ["CHRF"]),
        percent(f"{name} said after 2/3 of the source, %", early, "share of the words of the translation"),
    ]


def _begun(text: str) -> list[Message]:
    return [Message("assistant", text)] if text else []


@cache
def _lexicon() -> Lexicon:
    return mine(pairs("train"))


def terms(engine: LlamaEngine, source: Lang, n: int, seed: int) -> list[Score]:
    """Score whether given terms stand in the translation as they were given."""
    rng, interpreting = random.Random(seed), Interpreting(pairs("test"), _lexicon(), _CLEAR)
    there: dict[str, list[float]] = {"usual": [], "other": []}
    for sentence in rng.sample(unseen_sentences(source), len(unseen_sentences(source))):
        if (given := interpreting.given_terms(sentence, rng)) is None:
            continue
        switched, words = given
        translated = f" {_plain(_text(engine, switched.system, Message('user', switched.source)))} "
        for wanted in (f" {_plain(word)} " for word in words):
            kind = "usual" if wanted in f" {_plain(sentence.target)} " else "other"
            there[kind].append(wanted in translated)
        if sum(map(len, there.values())) >= n:
            break
    name = f"llm {source}->{_OTHER[source]} terms right %"
    return [
        percent(f"{name}, {kind} translation", found, "Tatoeba test, 1 or 2 terms in the source") for kind, found in there.items() if found
    ]


def _plain(text: str) -> str:
    return " ".join(word.strip(MARKS).lower() for word in text.split())


def calls(engine: LlamaEngine, n: int, seed: int) -> list[Score]:
    """Score the tool calls for `n` requests in unseen phrasings."""
    rng = random.Random(seed)
    found: defaultdict[str, list[float]] = defaultdict(list)
    for _ in range(n):
        request = requests.sample(rng, unseen=True)
        found[request.intent].append(right(engine, request, written(request.text, rng)))
    return _by_kind("llm calls right %", found, INTENTS, "unseen phrasings; name and arguments equal")


def after_others(engine: LlamaEngine, n: int, seed: int) -> list[Score]:
    """Score the calls for `n` requests in unseen phrasings behind 1 to 4 turns that have nothing to do with them."""
    rng = random.Random(seed)
    found: defaultdict[str, list[float]] = defaultdict(list)
    for number in range(n):
        talked, turns = Talk(rng, _CLEAR), number % MOST_EARLIER + 1
        earlier = _shown(talked, turns, FOLLOWING)
        request = requests.sample(rng, unseen=True)
        found[f"{turns} turns"].append(right(engine, request, written(request.text, rng), earlier))
    return _by_kind("llm calls right % behind other turns", found, {kind: (kind,) for kind in sorted(found)}, "unseen phrasings")


def follow_ups(engine: LlamaEngine, n: int, seed: int) -> list[Score]:
    """Score what follows on the turn before, in unseen phrasings, behind up to two more turns of another matter."""
    rng = random.Random(seed)
    found: defaultdict[str, list[float]] = defaultdict(list)
    while sum(map(len, found.values())) < n:
        talked = Talk(rng, _CLEAR)
        earlier = _shown(talked, rng.randint(0, 2), 0.0) + _shown(talked, 1, 0.0)
        if talked.earlier and (request := follow_up(talked.earlier, rng, unseen=True)):
            before = call_of(talked.earlier.request)
            found[before].append(right(engine, request, written(request.text, rng), earlier))
    return _by_kind("llm follow-ups right %", found, FOLLOWED, "unseen phrasings; name and arguments equal")


def _shown(talked: Talk, turns: int, following: float) -> list[Message]:
    """Let `turns` more turns be talked; return them as a prompt shows them."""
    messages = []
    for _ in range(turns):
        turn = talked.take(talked.any_request(following))
        messages += [Message("user", turn.user), Message("assistant", turn.remembered)]
    return messages


def _by_kind(what: str, found: Mapping[str, list[float]], lines: Mapping[str, Sequence[str]], how: str) -> list[Score]:
    every = {"in total": tuple(found), **lines}
    judged = {line: [value for kind in kinds for value in found.get(kind, [])] for line, kinds in every.items()}
    return [percent(f"{what}, {line}", values, how) for line, values in judged.items() if values]


def deferral(engine: LlamaEngine, n: int, seed: int) -> list[Score]:
    """Score how well the chance of `<|defer|>` tells `n` unseen questions that no tool answers from `n` unseen requests and small talk."""
    rng = random.Random(seed)

    def chance(request: Request) -> float:
        asked = written(request.text, rng)
        return engine.chance([Message("system", SYSTEM), Message("user", asked)], STARTER_DEFER)

    passed: defaultdict[str, list[float]] = defaultdict(list)
    for _ in range(n):
        request = talk.deferred(rng, unseen=True)
        passed[request.intent].append(chance(request))
    answered = [talk.small_talk(rng, unseen=True) if rng.random() < 0.15 else requests.sample(rng, unseen=True) for _ in range(n)]
    kept, how = [chance(request) for request in answered], "unseen questions and topics against unseen phrasings"
    lines = {"all": passed["far"] + passed["near"], "far from the tools": passed["far"], "near them": passed["near"]}
    return [auroc(f"llm defer AUROC, {line}", values, kept, how) for line, values in lines.items() if values]


def ends(engine: LlamaEngine, n: int, seed: int) -> list[Score]:
    """Score how well `anticipate` tells complete texts from ones that are cut between two words, both without marks behind them."""
    rng = random.Random(seed)
    kinds: dict[str, tuple[str, list[str]]] = {
        "en": (TRANSLATE_PROMPTS["es"], [s.source for s in _some("en", n, seed)]),
        "es": (TRANSLATE_PROMPTS["en"], [s.source for s in _some("es", n, seed)]),
        "requests": (SYSTEM, [written(requests.sample(rng, unseen=True).text, rng) for _ in range(n)]),
    }
    found = []
    for kind, (system, said) in kinds.items():
        texts = [text.rstrip(MARKS) for text in said if len(text.split()) > 1]
        cut = [" ".join(text.split()[: rng.randint(1, len(text.split()) - 1)]).rstrip(MARKS) for text in texts]
        whole, broken = ([_end(engine, system, text) for text in side] for side in (texts, cut))
        found.append(auroc(f"llm P(end) AUROC, {kind}", whole, broken, "the same texts whole and cut, without marks at their ends"))
    return found


def _end(engine: LlamaEngine, system: str, text: str) -> float:
    return list(engine.anticipate([Message("system", system), Message("user", text)]))[-1]
