from __future__ import annotations

import pytest

from assistant.knowledge import (
    AHEAD,
    CLAIMED,
    IN_ANSWER,
    LIFT,
    SURE,
    By,
    Hit,
    Passage,
    answered_by,
    claimed,
    covered,
    lifted,
    scored,
    undecided,
    worded,
)


def hit(score: float, name: str = "A?", language: str = "en") -> Hit:
    return Hit(Passage(name, language, (name,), "Yes."), score)


def test_what_fits_best_is_claimed_from_a_score_on() -> None:
    assert claimed([]) is None
    assert claimed([hit(CLAIMED - 0.01)]) is None
    assert claimed([best := hit(CLAIMED)]) is best


def test_of_two_that_fit_alike_neither_is_claimed() -> None:
    assert claimed([hit(0.9), hit(0.9 - AHEAD / 2, "B?")]) is None
    assert claimed([best := hit(0.9), hit(0.9 - 2 * AHEAD, "B?")]) is best
    assert claimed([best := hit(0.9), hit(0.9, "¿A?", "es")]) is best  # the same in another language is no rival


@pytest.mark.parametrize(
    ("score", "tool", "by"),
    [
        (None, 0.0, By.MODEL),
        (None, 0.9, By.TOOL),
        (CLAIMED, 0.0, By.PASSAGE),
        (CLAIMED, 0.9, By.TOOL),
        (SURE, 0.9, By.PASSAGE),
    ],
)
def test_who_answers(score: float | None, tool: float, by: By) -> None:
    assert answered_by(None if score is None else hit(score), tool) is by


def test_a_word_in_the_question_counts_more_than_one_in_the_answer() -> None:
    assert covered(["return"], ["return"], [], lambda _: 1.0) == 1.0
    assert covered(["return"], [], ["return"], lambda _: 1.0) == IN_ANSWER
    assert covered(["return", "moon"], ["return"], [], lambda _: 1.0) == 0.5
    assert covered([], ["return"], [], lambda _: 1.0) == 0.0


def test_the_same_question_is_worded_alike() -> None:
    assert worded(["where", "is", "shop"], ["where", "is", "shop"], lambda _: 1.0) == 1.0
    assert worded(["where"], ["when"], lambda _: 1.0) == 0.0
    assert scored(1.0, [1.0, 0.2]) == 1.0
    assert scored(1.0, []) < 1.0


def test_what_an_adapter_takes_to_be_meant_is_put_higher() -> None:
    below, other = hit(CLAIMED - LIFT / 2), hit(CLAIMED - LIFT / 2 - 0.01, "B?")
    assert claimed([below, other]) is None
    first, second = lifted([below, other], [0.05, 0.95])
    assert (first.passage, second.passage) == (other.passage, below.passage)
    assert claimed([first, second]) is first
    assert lifted([hit(0.99)], [1.0]) == [hit(1.0)]
    assert lifted([], []) == []


def test_an_adapter_decides_only_what_words_leave_open() -> None:
    assert not undecided([])
    assert not undecided([hit(CLAIMED)])
    assert undecided([hit(CLAIMED - 0.01)])
    assert undecided([hit(SURE), hit(SURE - AHEAD / 2, "B?")])
    assert not undecided([hit(CLAIMED - LIFT - 0.01)])  # all its certainty would not be enough
