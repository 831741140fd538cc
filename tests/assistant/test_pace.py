from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.pace import CALM_S, HURRIED_S, LEAST_WORDS, MOST_RATE, READY_S, Pace, Phrase


def test_a_phrase_waits_for_words_only_while_something_is_heard() -> None:
    pace = Pace()
    pace.push(1, ["la", "casa", "roja"], 0.0, over=False)
    assert pace.take(0.0) == Phrase(1, "la casa roja")
    pace.spoke(2.0, 0.0)
    pace.push(1, ["es", "muy", "vieja", "y"], 1.5, over=False)
    assert pace.take(1.5) is None
    assert pace.wait_s(1.5) == 2.0 - READY_S - 1.5
    pace.push(1, ["fría.", "Vamos", "a"], 1.6, over=False)
    assert pace.take(1.8) == Phrase(1, "es muy vieja y fría.")
    assert pace.take(1.8) is None, f"two words are fewer than {LEAST_WORDS}"


def test_whole_sentences_wait_and_are_not_hurried() -> None:
    pace = Pace(whole=True)
    pace.push(1, ["La", "casa", "es", "roja."], 0.0, over=False)
    assert pace.take(0.0) is None, "it may go on"
    pace.push(1, ["Es", "muy", "vieja"], 5.0, over=False)
    assert pace.take(5.0) == Phrase(1, "La casa es roja.")
    assert pace.take(5.0) is None
    pace.push(1, ["y", "fría."], 9.0, over=True)
    assert [pace.take(9.0) for _ in range(2)] == [Phrase(1, "Es muy vieja y fría."), Phrase(1, "")]


def test_a_mark_belongs_to_the_word_before() -> None:
    pace = Pace()
    pace.push(1, ["La", "casa", "es", "roja"], 0.0, over=False)
    pace.push(1, [".", "Es"], 0.0, over=False)
    assert pace.take(0.0) == Phrase(1, "La casa es roja.")
    pace.push(1, ["muy", "vieja"], 0.0, over=False)
    assert pace.take(0.0) == Phrase(1, "Es muy vieja")
    pace.push(1, ["."], 0.0, over=True)
    assert pace.take(0.0) == Phrase(1, ""), "what has been spoken needs none"


def test_the_end_of_a_turn_is_told_once() -> None:
    pace = Pace()
    pace.push(1, ["Sí."], 0.0, over=True)
    pace.push(2, [], 0.0, over=True)
    assert [pace.take(0.0) for _ in range(4)] == [Phrase(1, "Sí."), Phrase(1, ""), Phrase(2, ""), None]
    assert pace.silent


def test_who_is_behind_speaks_faster() -> None:
    rates = []
    for waited_s in (0.0, CALM_S, 1.0, HURRIED_S, 9.0):
        pace = Pace()
        pace.push(1, ["Vamos."], 0.0, over=True)
        phrase = pace.take(waited_s)
        assert phrase is not None
        rates.append(phrase.rate)
    assert rates == sorted(rates)
    assert rates[:2] == [1.0, 1.0]
    assert rates[3:] == [MOST_RATE, MOST_RATE]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.lists(st.sampled_from(["a", "b.", "c"]), max_size=4), st.booleans()), max_size=10), st.data()
)
def test_nothing_is_lost_and_the_order_stays(pushed: list[tuple[int, list[str], bool]], data: st.DataObject) -> None:
    pace, now_s, turn = Pace(), 0.0, 1
    wanted: list[str] = []
    said: list[str] = []
    for wait, words, over in pushed:
        now_s += wait
        pace.push(turn, words, now_s, over=over)
        wanted += words
        turn += over
        while phrase := pace.take(now_s):
            said += phrase.text.split()
            assert 1 <= phrase.rate <= MOST_RATE
            pace.spoke(data.draw(st.floats(0, 3)), now_s)
    pace.push(turn, [], now_s, over=True)
    now_s += 1000
    while phrase := pace.take(now_s):
        said += phrase.text.split()
    assert said == wanted
    assert pace.silent
