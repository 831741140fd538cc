from __future__ import annotations

import asyncio

import pytest

from assistant.audio import silence
from assistant.either import Either, Rated
from assistant.engines import Hearing, Recognition
from assistant.events import (
    Degraded,
    Event,
    Failed,
    Partial,
    PassBegun,
    Restored,
    SpeechEnded,
    SpeechStarted,
    Stamped,
    WritingFailed,
    Written,
)

ENDED = SpeechEnded(1, 1.0, 1.2)
SURE = {"I live here": 0.9, "Ay lip ner": 0.3, "No sé": 0.9, "Now say": 0.4, "No": 0.5}


def told(*facts: tuple[str, Event]) -> list[tuple[str, Event]]:
    found: list[tuple[str, Event]] = []
    either = Either(
        ("en", "es"), lambda _, text: SURE.get(text.strip(), 0.0), lambda language, stamped: found.append((language, stamped.event))
    )
    for language, event in facts:
        either.push(language, Stamped(0.0, event))
    return found


def written(language: str, text: str, turn: int = 1) -> tuple[str, Event]:
    return language, Written(turn, ENDED, text, language)


FAILED = "es", WritingFailed(1, ENDED, "No.", "engine")


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        ([written("en", "I live here"), written("es", "Ay lip ner")], [written("en", "I live here")]),
        ([written("es", "No sé"), written("en", "Now say")], [written("es", "No sé")]),
        ([("en", Degraded(1, "no voice", "x")), ("es", Degraded(1, "no voice", "x")), ("es", Restored(1, "no voice"))], [("en", Degraded(1, "no voice", "x"))]),
        ([written("es", "No sé")], []),  # the other one is still at it
        ([written("en", ""), written("es", "No sé")], [written("es", "No sé")]),
        ([written("en", ""), written("es", "")], [written("en", "")]),
        ([written("en", "Now say"), FAILED], [written("en", "Now say")]),
        ([("en", WritingFailed(1, ENDED, "No.", "engine")), FAILED], [("en", WritingFailed(1, ENDED, "No.", "engine"))]),
        ([written("en", "Now say"), written("en", "I live here", 2), written("es", "No sé"), written("es", "Ay lip ner", 2)],
         [written("es", "No sé"), written("en", "I live here", 2)]),
    ],
)  # fmt: skip
def test_the_surer_one_is_believed(facts: list[tuple[str, Event]], wanted: list[tuple[str, Event]]) -> None:
    assert told(*facts) == wanted


def test_words_so_far_are_those_of_the_likelier_language() -> None:
    facts = [
        ("en", Partial(1, "", "Now say")),
        ("es", Partial(1, "", "No")),
        ("en", Partial(1, "Now", "say")),
        ("es", Partial(1, "No", "sé")),
    ]
    assert told(*facts) == [facts[0], facts[1], facts[3]]


def test_what_is_true_of_both_is_told_once() -> None:
    facts = [("en", SpeechStarted(1, 0.0, 0.0)), ("es", SpeechStarted(1, 0.0, 0.0)), ("es", PassBegun(1)), ("es", Failed(1, "x", "y"))]
    assert told(*facts) == [facts[0], facts[3]]


def test_nothing_piles_up_if_a_transcript_never_comes() -> None:
    found = told(*[written("en", "I live here", turn) for turn in range(100)], written("es", "Ay lip ner", 99))
    assert found == [written("en", "I live here", 99)]


class Scripted:
    hearing = Hearing(window_s=9.5)

    async def recognize(self, samples: object, *, language: str, known: str = "", times: bool = False, expected: str = "") -> Recognition:
        return Recognition(known, language, probability=0.25 if known == "I live" else 0.75)


def test_how_sure_a_recognizer_was_of_the_end_of_a_text() -> None:
    rated = Rated(Scripted())

    async def recognize() -> None:
        for text in ("I live", "over  there", ""):
            assert (await rated.recognize(silence(1), language="en", known=text)).text == text

    asyncio.run(recognize())
    assert rated.hearing is Scripted.hearing
    assert rated.probability("I live") == 0.25
    assert rated.probability("I live over there") == 0.75
    assert rated.probability("") == 0.0
    assert rated.probability("somewhere else") == 0.0


def test_the_language_is_known_once_one_recognizer_is_clearly_surer() -> None:
    either = Either(("en", "es"), lambda _, text: SURE.get(text.strip(), 0.0), lambda *_: None)
    for language, text, wanted in (
        ("en", "I live here", None),  # the other one has not tried
        ("es", "Ay lip ner", None),
        ("en", "I live here", "en"),
        ("es", "No sé", "en"),  # it stays at that
    ):
        either.push(language, Stamped(0.0, Partial(1, text, "")))
        assert either.known(1) == wanted
    for language, text in (("en", "No"), ("es", "Now say"), ("en", "No")):
        either.push(language, Stamped(0.0, Partial(2, text, "")))
    assert either.known(2) is None, "neither clearly, and a single word is too little"
