"""What is heard of a reply while it is spoken, by words: the reply itself, or somebody."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from assistant.events import ReplyAudio, ReplyPhrase, ReplyStopped, SpeechStarted, Stamped
from assistant.guard import Guard

PHRASE = "The weather in Madrid is sunny today."
SECOND = np.zeros(16_000, np.float32)


def speaking(at_s: float = 10.0) -> Guard:
    """Return a guard that has seen two seconds of a phrase begin, and speech a second later."""
    guard = Guard()
    guard(Stamped(at_s, ReplyPhrase(1, PHRASE)))
    for _ in range(2):
        guard(Stamped(at_s, ReplyAudio(1, SECOND, 16_000, PHRASE)))
    guard(Stamped(at_s + 1.0, SpeechStarted(2, 0.0, 0.0)))
    return guard


@pytest.mark.parametrize("text", ["The weather", "weather in Madrid", "the weather in the drid is sunny"])
def test_the_replys_own_words_are_its_own(text: str) -> None:
    assert speaking().own(text, whole=False)


@pytest.mark.parametrize("text", ["", "stop", "no, wait", "what about Friday", "set a timer for ten minutes"])
@pytest.mark.parametrize("whole", [True, False])
def test_other_words_are_somebodys(text: str, whole: bool) -> None:
    assert not speaking().own(text, whole=whole)


def test_one_word_of_it_may_be_its_own_until_it_is_all() -> None:
    assert speaking().own("Madrid", whole=False)
    assert not speaking().own("Madrid", whole=True)


@pytest.mark.parametrize(("after_s", "own"), [(0.0, True), (2.6, False)])
def test_words_that_are_played_at_another_time_are_somebodys(after_s: float, own: bool) -> None:
    guard = Guard()
    guard(Stamped(10.0, ReplyPhrase(1, PHRASE)))
    for _ in range(4):
        guard(Stamped(10.0, ReplyAudio(1, SECOND, 16_000, PHRASE)))
    guard(Stamped(10.3 + after_s, SpeechStarted(2, 0.0, 0.0)))
    assert guard.own("the weather", whole=False) is own


def test_what_was_said_long_ago_is_somebodys() -> None:
    guard = speaking()
    guard(Stamped(20.0, SpeechStarted(3, 0.0, 0.0)))
    assert not guard.own("the weather in Madrid is sunny", whole=True)


def test_what_was_stopped_is_not_heard_any_more() -> None:
    guard = Guard()
    guard(Stamped(10.0, ReplyPhrase(1, PHRASE)))
    guard(Stamped(10.0, ReplyAudio(1, SECOND, 16_000, PHRASE)))
    guard(Stamped(10.1, ReplyStopped(1, "")))
    guard(Stamped(13.0, SpeechStarted(2, 0.0, 0.0)))
    assert not guard.own("the weather in Madrid is sunny", whole=True)


@pytest.mark.parametrize(("text", "said"), [("the weather in Madrid is sunny", ""), ("stop it", "stop it")])
def test_an_utterance_that_is_an_echo_says_nothing(text: str, said: str) -> None:
    async def transcript() -> str:
        return text

    assert asyncio.run(speaking().foreign(transcript)()) == said
