"""Who is let in: what is predicted from recent answers, how fast newcomers may come, who goes first, and how soon an overload is forgotten."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.admission import ALONE, LATELY_S, NEXT, OPEN_S, RETRY_S, SOON, TALKING_S, WINDOW_S, Admission, Verdict

BUDGET_S = 1.2


def admission(**changes: int) -> Admission:
    return Admission(BUDGET_S, **changes)


def serve(door: Admission, talkers: int, took_s: float, since_s: float, seconds: float = LATELY_S) -> float:
    """Let so many talk for so long, each answered after `took_s` every two seconds; return when that is over."""
    at_s = since_s
    while at_s < since_s + seconds:
        for conversation in range(talkers):
            door.spoken(conversation, at_s)
        for conversation in range(talkers):
            door.answered(conversation, at_s + took_s)
        at_s += 2.0
    return at_s - 2.0 + took_s


def judge(door: Admission, at_s: float, who: str = "new", places: int = 99, **held: int) -> Verdict:
    return door.judge(who, held, places, at_s)


def quick_first(door: Admission) -> None:
    """Let one be answered by an idle machine, long ago."""
    door.spoken(0, 0.0)
    door.answered(0, 0.3)


def test_the_first_one_is_let_in_whatever_was() -> None:
    door = admission()
    assert judge(door, 0.0) == Verdict("accept", 0.0)
    serve(door, 20, 9.0, 0.0)
    assert judge(door, 1000.0).outcome == "accept"


def test_while_answers_come_soon_anybody_is_let_in() -> None:
    door = admission()
    quick_first(door)
    now_s = serve(door, 4, 0.45, 100.0)
    verdict = judge(door, now_s, a=4)
    assert verdict.outcome == "accept"
    assert verdict.predicted_s == pytest.approx(0.3 + 0.15 * (8 / 7) ** 2)


def test_near_the_bound_one_is_let_in_with_less_and_beyond_it_nobody() -> None:
    door = admission()
    quick_first(door)
    now_s = serve(door, 4, 0.6, 100.0)  # four may take 0.3 + (0.3 + 0.7 / 4) * 0.9
    verdict = judge(door, now_s, a=4)
    assert verdict.outcome == "degrade"
    assert verdict.why == "the server is nearly full: an answer is expected after 692 ms, of 727 that it may take"
    now_s = serve(door, 4, 0.7, 200.0)
    verdict = judge(door, now_s, a=4)
    assert (verdict.outcome, verdict.after_s) == ("refuse", RETRY_S)
    assert verdict.why == "The server is busy: an answer is expected after 822 ms, of 727 that it may take; try again later."


def test_of_many_each_must_be_answered_sooner_than_one() -> None:
    for talkers, outcome in ((1, "accept"), (3, "degrade"), (30, "refuse")):
        door = admission()
        quick_first(door)
        assert judge(door, serve(door, talkers, 0.585, 100.0)).outcome == outcome


def test_who_waits_for_an_answer_too_long_counts_before_it_comes() -> None:
    door = admission()
    quick_first(door)
    now_s = serve(door, 2, 0.4, 100.0)
    door.spoken(0, now_s)
    assert judge(door, now_s + 1.0).outcome == "accept"
    assert judge(door, now_s + 2.0).outcome == "refuse"
    door.over(0)
    assert judge(door, now_s + 2.0).outcome == "accept"


def test_an_answer_that_never_comes_is_forgotten() -> None:
    door = admission()
    door.spoken(0, 0.0)
    assert judge(door, OPEN_S).outcome == "refuse"
    assert judge(door, OPEN_S + 0.1).outcome == "accept"


def test_steps_that_wait_make_the_prediction_longer() -> None:
    door, busier = admission(), admission()
    for each in (door, busier):
        quick_first(each)
        now_s = serve(each, 4, 0.6, 100.0)
    busier.waiting(8, now_s)
    busier.waiting(8, now_s + 3.0)
    assert busier.predicted_s(now_s) > door.predicted_s(now_s)
    busier.waiting(0, now_s + 30.0)
    assert busier._queued == pytest.approx(0.0, abs=1e-3)


def test_an_overload_that_nobody_has_left_is_forgotten_after_a_while() -> None:
    door = admission()
    quick_first(door)
    now_s = serve(door, 20, 6.0, 100.0, 20.0)
    assert judge(door, now_s).outcome == "refuse"
    assert judge(door, now_s + WINDOW_S + 0.01).outcome == "accept"


def test_when_most_have_gone_there_is_room_at_once() -> None:
    door = admission()
    quick_first(door)
    now_s = serve(door, 20, 1.6, 100.0)
    assert judge(door, now_s).outcome == "refuse"
    for conversation in range(2, 20):
        door.gone(conversation)
    assert judge(door, now_s).outcome == "accept"


def test_few_come_at_once_and_then_a_part_of_those_who_talk() -> None:
    door = admission(newcomers=2)
    for at_s in (0.0, 0.1):
        assert judge(door, at_s).outcome == "accept"
        door.came("a", at_s)
    verdict = judge(door, 1.0)
    assert (verdict.outcome, verdict.after_s) == ("refuse", 4)
    assert "at once" in verdict.why
    now_s = serve(door, 2 * NEXT, 0.3, 10.0)
    for _ in range(2 * NEXT // SOON):
        assert judge(door, now_s).outcome == "accept"
        door.came("a", now_s)
    assert judge(door, now_s).outcome == "refuse"


def test_a_silence_that_is_waited_for_on_purpose_is_no_load() -> None:
    worked, waited = admission(), admission()
    for number in range(40):
        at_s, silence_s = number * 0.5, 0.2 if number % 10 else 0.7
        for door in (worked, waited):
            door.spoken(number % 8, at_s, silence_s if door is waited else 0.2)
            door.answered(number % 8, at_s + silence_s + 0.05)
    assert judge(waited, 20.5).outcome == "accept"
    assert judge(worked, 20.5).outcome != "accept", "the same answers, late for another reason"


def test_a_server_whose_own_thread_is_busy_lets_nobody_in() -> None:
    door = admission()
    now_s = serve(door, 8, 0.3, 100.0)
    for share, outcome in ((0.5, "accept"), (0.7, "refuse")):
        for tenth in range(11):
            door.worked(share * (now_s + tenth / 2), now_s + tenth / 2)
        verdict = judge(door, now_s + 5.0)
        assert verdict.outcome == outcome
        now_s += LATELY_S + 1
    assert "79%" in verdict.why, "with one more than eight"


def test_newcomers_who_have_not_spoken_count_as_talkers() -> None:
    door = admission()
    quick_first(door)
    now_s = serve(door, 4, 0.5, 100.0) + 0.1
    before_s = door.predicted_s(now_s)
    for number in range(6):
        door.came(f"{number}", now_s)
    assert door.predicted_s(now_s) > before_s


def test_near_the_limit_who_has_fewer_goes_first() -> None:
    door = admission()
    quick_first(door)
    now_s = serve(door, 4, 0.6, 100.0)
    assert judge(door, now_s, "few", many=4, few=1).outcome == "degrade"
    verdict = judge(door, now_s, "many", many=4, few=1)
    assert verdict.outcome == "refuse"
    assert "others have fewer" in verdict.why
    assert judge(door, now_s, "many", many=4).outcome == "degrade"  # there is nobody else


def test_a_place_is_kept_for_who_was_refused_and_has_fewer() -> None:
    door = admission()
    door.refused("few", 0.0)
    assert judge(door, 1.0, "many", places=1, many=3).outcome == "refuse"
    assert judge(door, 1.0, "few", places=1, many=3).outcome == "accept"
    assert judge(door, 1.0, "many", places=2, many=3).outcome == "accept"
    assert judge(door, 2 * RETRY_S + 0.1, "many", places=1, many=3).outcome == "accept"
    door.refused("few", 20.0)
    door.came("few", 21.0)
    assert judge(door, 22.0, "many", places=1, many=3).outcome == "accept"


def test_where_the_quickest_answer_is_late_that_is_the_measure() -> None:
    door = admission()
    now_s = serve(door, 1, 2.0, 0.0)
    assert judge(door, now_s, a=1).outcome == "accept"
    assert 2.0 * ALONE > 2.0  # what one talker is answered in, a second may be answered in, too


def test_who_says_nothing_for_long_is_no_load() -> None:
    door = admission()
    quick_first(door)
    now_s = serve(door, 8, 0.9, 100.0)
    assert door._talking(now_s) == 8
    assert door._talking(now_s + TALKING_S) == 0


@given(
    st.lists(st.tuples(st.floats(0, 5), st.integers(0, 9), st.sampled_from(["spoken", "answered", "over", "gone", "came"])), max_size=60),
    st.integers(0, 50),
)
def test_once_all_have_gone_the_next_is_let_in(steps: list[tuple[float, int, str]], queued: int) -> None:
    door, now_s = admission(), 0.0
    for wait_s, conversation, what in steps:
        now_s += wait_s
        door.waiting(queued, now_s)
        if what == "came":
            door.came(f"{conversation}", now_s)
        elif what in ("spoken", "answered"):
            getattr(door, what)(conversation, now_s)
        else:
            getattr(door, what)(conversation)
        verdict = judge(door, now_s)
        assert verdict.predicted_s >= 0
        assert verdict.after_s >= 1
    for conversation in range(10):
        door.gone(conversation)
    assert judge(door, now_s + LATELY_S + 0.1).outcome == "accept"
