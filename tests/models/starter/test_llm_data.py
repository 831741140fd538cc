"""What the language model learns from: that answers are right, unseen phrasings are kept out, and nothing refers to what was not said."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from datetime import UTC, datetime

import pytest

from assistant.engines import Translation
from assistant.respond import SYSTEM
from assistant.tools import Toolbox
from models.starter.recipe import assisting, corpus, followups, lexicon, mishearing, requests, talk
from models.starter.recipe.conversation import ASSISTANT_PROMPT, CALL, DEFER, TRANSLATE_PROMPTS, UNFINISHED
from models.starter.recipe.followups import Earlier, follow_up
from models.starter.recipe.hearing import Mishearing, careless, punctuate, written
from models.starter.recipe.interpreting import Interpreting, Sentence
from models.starter.recipe.llm_train import mix
from models.starter.recipe.requests import Request
from models.translation import starter

CLEAR = Mishearing({})


def spelled_out(phrasing: str) -> set[str]:
    """Every text that a phrasing's choices give."""
    if not (choice := re.search(r"\(([^()]*)\)", phrasing)):
        return {" ".join(phrasing.split())}
    before, after = phrasing[: choice.start()], phrasing[choice.end() :]
    return {text for option in choice[1].split("|") for text in spelled_out(before + option + after)}


def said_by(*phrasings: str) -> set[str]:
    return {text for phrasing in phrasings for text in spelled_out(phrasing)}


# what is unseen


def test_unseen_phrasings_are_never_learned() -> None:
    for seen, unseen in (
        ([i.seen for i in requests.INTENTS], [i.unseen for i in requests.INTENTS]),
        ([f.seen for f in followups.FOLLOW_UPS], [f.unseen for f in followups.FOLLOW_UPS]),
        ([q.phrasings for q in (talk.FAR[0], talk.NEAR[0])], [q.phrasings for q in (talk.FAR[1], talk.NEAR[1])]),
        ([t.seen.split("|") for t in talk.TALK], [t.unseen.split("|") for t in talk.TALK]),
    ):
        learned, kept_out = (said_by(*(text for texts in side for text in texts)) for side in (seen, unseen))
        assert sorted(learned & kept_out) == []


def test_unseen_topics_are_never_learned() -> None:
    for near in (talk.FAR, talk.NEAR):
        for name, topics in near[0].topics.items():
            assert sorted(set(topics) & set(near[1].topics[name])) == []


def test_a_slot_is_filled_everywhere() -> None:
    rng = random.Random(0)
    texts = [talk.deferred(rng, unseen=unseen).text for unseen in (False, True) for _ in range(2000)]
    texts += [turn.user for c in assisting.assistance(1000, rng, CLEAR) for turn in c.turns]
    assert [text for text in texts if set("{}()|") & set(text)] == []


# follow-ups


def after(call: str, said: str, **arguments: object) -> Earlier:
    return Earlier(Request("", "", call, tuple(arguments.items())), said)


def follow_ups(earlier: Earlier, kind: str, count: int = 400) -> list[Request]:
    rng = random.Random(0)
    found = [follow_up(earlier, rng, unseen=bool(n % 2)) for n in range(count)]
    return [request for request in found if request and request.intent == kind]


def test_in_other_units_means_the_same_amount() -> None:
    earlier = after("convert", "3 miles is about 4.83 kilometers.", value=3, **{"from": "miles", "to": "kilometers"})
    found = follow_ups(earlier, "other unit")
    assert found
    for request in found:
        arguments = dict(request.arguments)
        assert (arguments["value"], arguments["from"]) == (3, "miles")
        assert arguments["to"] in request.text
        assert arguments["to"] not in ("miles", "kilometers")
    for request in follow_ups(earlier, "other way"):
        assert dict(request.arguments) == {"value": 3, "from": "kilometers", "to": "miles"}


@pytest.mark.parametrize(
    ("said", "number"),
    [("That's 56.", "56"), ("That's about 3.33.", "3.33"), ("That's minus 5.", "-5"), ("1 inch is 2.54 centimeters.", "2.54")],
)
def test_a_sum_goes_on_with_the_number_of_the_answer(said: str, number: str) -> None:
    found = follow_ups(after("calculate", said, expression="7 * 8"), "go on")
    assert found
    for request in found:
        expression = dict(request.arguments)["expression"]
        assert re.fullmatch(rf"{re.escape(number)} [*+/-] \d+", expression)
        assert Toolbox(lambda: datetime(2026, 1, 1, tzinfo=UTC)).call("calculate", {"expression": expression}).text.startswith("That's")


@pytest.mark.parametrize("said", ["That's...", "That's about...", "That's 1.5 times 10 to the power of 20.", "I can't divide by zero."])
def test_without_a_number_nothing_goes_on(said: str) -> None:
    assert follow_ups(after("calculate", said, expression="7 * 8"), "go on") == []


def test_every_follow_up_is_carried_out() -> None:
    rng = random.Random(0)
    kinds: Counter[str] = Counter()
    for _ in range(6000):
        talked = assisting.Talk(rng, CLEAR)
        talked.take(talked.any_request(0.0))
        if talked.earlier and (request := follow_up(talked.earlier, rng)):
            kinds[request.intent] += 1
            turn = talked.take(request)
            assert not turn.remembered.startswith(("I need", "I can't", "I don't know how", "I don't know the")), (request, turn)
    assert set(kinds) == {kind.name for kind in followups.FOLLOW_UPS}


def test_two_kinds_after_the_same_call_are_told_apart_by_their_words() -> None:
    for call in {call for kind in followups.FOLLOW_UPS for call in kind.after}:
        meant: dict[str, str] = {}
        for kind in followups.FOLLOW_UPS:
            if call in kind.after and kind.call:
                for text in said_by(*kind.seen, *kind.unseen) - {"{x}", "{d}", "{t}", "{i}", "{n}"}:
                    assert meant.setdefault(text, kind.call) == kind.call, (call, text)


# conversations with the assistant


def test_a_conversation_is_what_the_app_would_show() -> None:
    rng = random.Random(0)
    conversations = assisting.assistance(500, rng, CLEAR)
    assert {c.system for c in conversations} == {ASSISTANT_PROMPT} == {SYSTEM}
    assert {len(c.turns) for c in conversations} == set(range(1, assisting.MOST_EARLIER + 2))
    for turn in (turn for c in conversations for turn in c.turns):
        assert turn.user
        assert turn.remembered.endswith((".", "!", "?"))
        assert "<|" not in turn.user + turn.remembered
        if turn.answer.startswith(CALL):
            name, _, arguments = turn.answer.removeprefix(CALL).partition(" ")
            assert name in {intent.call for intent in requests.INTENTS}
            assert isinstance(json.loads(arguments), dict)
        else:
            assert turn.remembered == turn.answer.removeprefix(DEFER) or turn.remembered.endswith("...")


def test_small_talk_does_not_change_the_matter() -> None:
    rng = random.Random(0)
    talked = assisting.Talk(rng, CLEAR)
    talked.take(Request("three miles in kilometers", "units", "convert", (("value", 3), ("from", "miles"), ("to", "kilometers"))))
    talked.take(talk.small_talk(rng))
    assert talked.earlier is not None
    assert talked.earlier.request.call == "convert"
    talked.take(Request("what time is it", "time", "time"))
    assert talked.earlier.request.call == "time"


def test_to_repeat_is_to_say_the_last_sentence() -> None:
    talked = assisting.Talk(random.Random(0), CLEAR)
    talked.take(Request("seven times eight", "arithmetic", "calculate", (("expression", "7 * 8"),)))
    assert talked.take(Request("pardon", "repeat", "repeat")).remembered == "That's 56."


# how it was heard


def test_mishearing_keeps_marks_capitals_and_what_it_must() -> None:
    certain = Mishearing({"red": (0, {"bread": 1000}), "two miles": (0, {"to my else": 1000})})
    rng = random.Random(0)
    assert certain.hear("Red, two miles?", rng) == "Bread, to my else?"
    assert certain.hear("add red onions", rng, kept="red onions") == "add red onions"
    assert certain.hear("blue", rng) == "blue"
    assert Mishearing({"yes": (0, {"": 1000})}).hear("Yes.", rng) == "Yes."  # nothing was heard: that is no request


def test_mined_errors_are_put_in_as_often_as_they_were_made() -> None:
    rng, mined = random.Random(0), Mishearing.mined()
    sentences = corpus.sentences("dev", "en")
    heard = [mined.hear(sentence, rng) for sentence in sentences]
    changed = sum(a != b for a, b in zip(sentences, heard, strict=True)) / len(sentences)
    assert 0.1 < changed < 0.6
    assert all(text.strip() for text in heard)


def test_differences_are_phrases() -> None:
    assert list(mishearing.differences("set a timer".split(), "set the time or".split())) == [("a timer", "the time or")]
    assert list(mishearing.differences("one two".split(), "one a two".split())) == [("one", "one a")]
    assert list(mishearing.differences("one two".split(), ["two"])) == [("one", "")]


def test_what_nobody_could_repair_is_left_out() -> None:
    assert mishearing.repairable("for", "four")
    assert mishearing.repairable("five", "fine")
    assert mishearing.repairable("a", "")
    assert mishearing.repairable("mile", "miles")
    assert not mishearing.repairable("fifteen", "fifty")
    assert not mishearing.repairable("miles", "meters")
    assert not mishearing.repairable("five", "")
    assert not mishearing.repairable("in three", "any")
    assert mishearing.repairable("two hours", "to ours")
    assert not mishearing.repairable("afternoon", "")


def test_ways_of_writing_keep_the_words() -> None:
    rng = random.Random(0)
    for _ in range(200):
        assert lexicon.words(written("how much is seven times eight", rng))[:3] == ["how", "much", "is"]
        assert " ".join(lexicon.words(careless("¿Qué pasa, Tom?", rng))) == "qué pasa tom"
    assert punctuate("what is it") == "What is it?"


# interpreting


@pytest.fixture(scope="module")
def interpreter() -> Interpreting:
    pairs = corpus.pairs("dev") + corpus.pairs("test")
    return Interpreting(pairs, lexicon.mine(pairs), CLEAR)


def test_the_lexicon_knows_common_words() -> None:
    pairs = [
        ("the red house", "la casa roja"),
        ("a house", "una casa"),
        ("the red car", "el coche rojo"),
        ("a red car", "un coche rojo"),
        ("the car", "el coche"),
        ("my house", "mi casa"),
    ]
    learned = lexicon.mine(pairs * 3)
    assert learned.aligned("my red car house".split(), "mi casa coche".split()) == [(0, 0), (2, 2), (3, 1)]


def test_translations_go_both_ways(interpreter: Interpreting) -> None:
    found = interpreter.plain(500, random.Random(0))
    assert (
        {c.system for c in found}
        == set(TRANSLATE_PROMPTS.values())
        == {starter(Translation("", one, other))[0].content for one, other in (("en", "es"), ("es", "en"))}
    )
    assert len({(c.system, c.turns[0].user) for c in found}) > 480


def test_what_is_said_supports_no_more_of_the_translation(interpreter: Interpreting) -> None:
    sentence = Sentence("The red house is very old.", "La casa roja es muy vieja.", "es")
    house = Interpreting(
        [], lexicon.Lexicon(dict.fromkeys((("the", "la"), ("red", "roja"), ("house", "casa"), ("old", "vieja")), 0.9)), CLEAR
    )
    assert [house.supported(sentence, said) for said in range(1, 7)] == [0, 1, 2, 3, 4, 5]
    assert house.supported(Sentence("The red house is very old.", "Vieja es la casa roja.", "es"), 5) == 0
    assert house.supported(Sentence("Never mind that.", "Da igual.", "es"), 2) == -1
    for conversation in interpreter.unfinished(300, random.Random(0)):
        [turn] = conversation.turns
        assert turn.mark == UNFINISHED
        assert len(turn.answer.split()) < 2 * len(turn.user.split()) + 3


def test_given_terms_stand_in_the_source_and_the_translation(interpreter: Interpreting) -> None:
    rng, other = random.Random(0), 0
    for number in range(300):
        sentence = interpreter.sentence(number)
        if (given := interpreter.given_terms(sentence, rng)) is None:
            continue
        switched, terms = given
        assert 1 <= len(terms) <= 2
        for text in (switched.source, switched.target):
            plain = " ".join(lexicon.words(text))
            assert all(term.lower() in plain for term in terms)
        other += not any(term.lower() in " ".join(lexicon.words(sentence.target)) for term in terms)
    assert other > 50


def test_a_translation_with_terms_is_asked_for_like_any_other(interpreter: Interpreting) -> None:
    for conversation in interpreter.with_terms(50, random.Random(0)):
        assert conversation.system in TRANSLATE_PROMPTS.values()


def test_the_mix_is_whole() -> None:
    for progress in (0, 0.3, 0.65, 0.7, 0.8, 0.99, 1):
        assert sum(mix(progress)) == pytest.approx(1)
