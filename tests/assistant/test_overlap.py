"""Speech into a reply, judged by its sound, its length and its words."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.audio import CHUNK_S, CHUNK_SAMPLES, Samples
from assistant.events import Verdict
from assistant.overlap import DECIDE_S, LAST_WORDS_S, LONGEST_BACKCHANNEL_S, LONGEST_S, OverlapJudge

ROOM = 0.001
"""The level of the noise in the room."""


def chunk(level: float) -> Samples:
    return np.full(CHUNK_SAMPLES, level, np.float32)


def judge(language: str = "en") -> OverlapJudge:
    """Return one that knows the room and has just been told that somebody speaks."""
    judge = OverlapJudge(language)
    for _ in range(100):
        assert hear(judge, "_") == []
    judge.begin()
    return judge


def hear(judge: OverlapJudge, sound: str, *, words_due: bool = False, alone: bool = False) -> list[tuple[float, Verdict]]:
    """Push one chunk a letter: `S` speech, `.` silence inside it, `_` silence after it, `q` speech no louder than the room.

    Returns the verdicts, each with the seconds so far.
    """
    verdicts: list[tuple[float, Verdict]] = []
    for number, letter in enumerate(sound, 1):
        level, probability = {"S": (0.1, 0.95), ".": (ROOM, 0.05), "_": (ROOM, 0.05), "q": (1.5 * ROOM, 0.96)}[letter]
        verdict = judge.push(chunk(level), probability, active=letter != "_", words_due=words_due, alone=alone)
        if verdict:
            verdicts.append((number * CHUNK_S, verdict))
    return verdicts


def of(seconds: float) -> str:
    return "S" * round(seconds / CHUNK_S)


@pytest.mark.parametrize(
    ("sound", "verdict"),
    [
        (of(0.2) + "_", "backchannel"),
        (of(0.8) + "_", "backchannel"),
        ("S....._", "noise"),
        ("S.....S...." + "_", "noise"),
        ("q" * 20 + "_", "noise"),
    ],
)
def test_what_ends_soon_and_says_nothing_lets_the_reply_go_on(sound: str, verdict: Verdict) -> None:
    ((at_s, found),) = hear(judge(), sound)
    assert found == verdict
    assert at_s <= DECIDE_S + 1e-9


def test_what_a_canceller_left_of_speech_may_be_faint() -> None:
    judge = OverlapJudge("en", cancelled=True)
    hear(judge, "_" * 100)
    judge.begin()
    assert [verdict for _, verdict in hear(judge, "q" * 20 + "_")] == ["backchannel"]


def test_the_first_verdict_comes_in_time_whatever_is_still_to_come() -> None:
    ((at_s, _),) = hear(judge(), of(0.5), words_due=True)
    assert at_s == pytest.approx(DECIDE_S)


def test_speech_that_goes_on_interrupts_whatever_it_says() -> None:
    verdicts = hear(judge(), of(3))
    assert [verdict for _, verdict in verdicts] == ["backchannel", "barge-in"]
    assert verdicts[1][0] == pytest.approx(LONGEST_S, abs=2 * CHUNK_S)


def test_pauses_and_what_is_no_louder_than_the_room_do_not_count_as_speech() -> None:
    assert [verdict for _, verdict in hear(judge(), "SSSS...." * 8)] == ["backchannel"]
    assert [verdict for _, verdict in hear(judge(), "q" * 200)] == ["noise"]


@pytest.mark.parametrize(
    ("language", "text", "interrupts"),
    [
        ("en", "Stop.", True),
        ("en", "No.", True),
        ("en", "Wait a", True),
        ("en", "Yes, but", True),
        ("en", "Okay, what about Friday?", True),
        ("en", "Mm-hmm.", False),
        ("en", "Uh-huh.", False),
        ("en", "Yeah, yeah.", False),
        ("en", "Oh, I see!", False),
        ("en", "OK. Right. Sure.", False),
        ("en", "I", False),
        ("es", "Espera.", True),
        ("es", "No, mañana.", True),
        ("es", "¿Qué?", True),
        ("es", "Sí, sí.", False),
        ("es", "Ajá.", False),
        ("es", "Vale, de acuerdo.", False),
        ("de", "Einen Moment bitte", True),
    ],
)
def test_words_decide(language: str, text: str, interrupts: bool) -> None:
    overlap = judge(language)
    hear(overlap, of(0.26))
    assert overlap.read(text, 0.9, whole=False) == ("barge-in" if interrupts else None)
    assert overlap.open is not interrupts


def test_words_are_weighed_with_how_sure_the_recognizer_is() -> None:
    def read(text: str, probability: float, *, whole: bool) -> Verdict | None:
        overlap = judge()
        hear(overlap, of(0.6))
        return overlap.read(text, probability, whole=whole)

    assert read("Don't", 0.35, whole=False) is None  # perhaps "okay"
    assert read("Don't", 0.4, whole=True) == "barge-in"
    assert read("Don't", 0.1, whole=True) is None
    assert read("Each a m.", 0.4, whole=True) is None  # a hum
    assert read("Tom had tea.", 0.5, whole=True) == "barge-in"


@pytest.mark.parametrize(
    ("heard", "interrupts"),
    [
        ([("Tom", 0.8), ("Tom", 0.8), ("Tom", 0.8)], True),
        ([("Tom", 0.8), ("Tom", 0.8)], False),
        ([("Tom", 0.8), ("Tom", 0.6), ("Tom", 0.8), ("Tom", 0.8)], False),  # not sure each time
        ([("Tom", 0.8), ("Dom", 0.8), ("Tom", 0.8), ("Tom", 0.8)], False),
        ([("I", 0.9), ("I", 0.9), ("I", 0.9), ("I", 0.9)], False),  # what is made of a hum
        ([("All", 0.9), ("All", 0.9), ("All", 0.9), ("All right", 0.9)], False),  # the beginning of a backchannel
        ([("All", 0.9), ("All of", 0.9), ("All of", 0.9), ("All of", 0.9)], True),
    ],
)
def test_a_short_word_counts_once_it_is_heard_again_and_again(heard: list[tuple[str, float]], interrupts: bool) -> None:
    overlap = judge()
    hear(overlap, of(0.26))
    verdicts = [overlap.read(text, probability, whole=False) for text, probability in heard]
    assert verdicts == [None] * (len(heard) - 1) + ["barge-in" if interrupts else None]


def test_more_letters_than_anybody_says_in_the_time_do_not_count() -> None:
    overlap = judge()
    hear(overlap, of(0.26))
    assert overlap.read("Great eight times great great.", 0.4, whole=False) is None
    hear(overlap, of(0.4))
    assert overlap.read("Great eight times great great.", 0.4, whole=False) == "barge-in"


def test_a_recognizer_that_writes_more_than_can_have_been_said_gives_no_command() -> None:
    overlap = judge()
    hear(overlap, of(0.2))
    assert overlap.read("Please give me a", 0.37, whole=True) is None
    assert overlap.read("Wait, eight", 0.41, whole=False) == "barge-in"  # begun before the detector noticed


def test_words_read_into_noise_say_nothing() -> None:
    overlap = judge()
    hear(overlap, "S...S....")
    assert overlap.read("Don't count it.", 0.6, whole=True) is None
    assert overlap.read("Cancel that.", 0.8, whole=True) == "barge-in"  # a voice that the detector hardly knows


def test_a_long_backchannel_may_last_a_little_longer() -> None:
    overlap = judge()
    verdicts = hear(overlap, of(0.6))
    assert overlap.read("Oh, really?", 0.9, whole=False) is None
    verdicts += hear(overlap, of(LONGEST_BACKCHANNEL_S - 0.65))
    assert [verdict for _, verdict in verdicts] == ["backchannel"]
    assert [verdict for _, verdict in hear(overlap, of(0.2))] == ["barge-in"]


def test_last_words_may_still_overturn_a_verdict_and_are_not_waited_for_in_vain() -> None:
    overlap = judge()
    assert [verdict for _, verdict in hear(overlap, of(0.4) + "_" * 10, words_due=True)] == ["backchannel"]
    assert overlap.read("Stop.", 0.9, whole=True) == "barge-in"

    overlap = judge()
    hear(overlap, of(0.4) + "_" * round(LAST_WORDS_S / CHUNK_S + 1), words_due=True)
    assert not overlap.open
    assert overlap.read("Stop.", 0.9, whole=True) is None


def test_other_speech_is_not_judged_unasked() -> None:
    overlap = judge()
    hear(overlap, of(0.4) + "_", words_due=True)
    assert hear(overlap, of(3)) == []
    assert not overlap.open


def test_speech_that_outlasts_the_reply_is_an_utterance() -> None:
    overlap = judge()
    hear(overlap, of(0.4))
    assert [verdict for _, verdict in hear(overlap, "S", alone=True)] == ["barge-in"]
    overlap = judge()
    hear(overlap, of(0.4))
    assert hear(overlap, "......_", alone=True) == []


def test_the_next_overlap_begins_anew() -> None:
    overlap = judge()
    hear(overlap, of(1.0) + "_")
    overlap.begin()
    assert [verdict for _, verdict in hear(overlap, of(0.4) + "_")] == ["backchannel"]


@given(
    st.text("S._q", max_size=150),
    st.lists(st.tuples(st.integers(0, 149), st.sampled_from(["Stop.", "Mhm.", "", "Tom had tea."])), max_size=5),
)
def test_there_is_one_verdict_in_time_and_at_most_a_barge_in_after_it(sound: str, words: Iterable[tuple[int, str]]) -> None:
    overlap, said = judge(), dict(words)
    verdicts: list[tuple[float, Verdict]] = []
    for number, letter in enumerate(sound):
        verdicts += [(number * CHUNK_S, verdict) for _, verdict in hear(overlap, letter)]
        if number in said and (verdict := overlap.read(said[number], 0.9, whole=letter == "_")):
            verdicts.append((number * CHUNK_S, verdict))
    kinds = [verdict for _, verdict in verdicts]
    assert kinds in ([], ["noise"], ["backchannel"], ["barge-in"], ["noise", "barge-in"], ["backchannel", "barge-in"])
    if len(sound) * CHUNK_S >= DECIDE_S:
        assert verdicts[0][0] <= DECIDE_S
    assert overlap.open is not ("barge-in" in kinds) or "_" in sound
