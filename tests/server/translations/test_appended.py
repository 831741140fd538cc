from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.translations.appended import Appended


def test_the_next_utterance_waits_for_the_rest_of_the_one_before() -> None:
    text = Appended()
    assert text.push(1, "good", over=False) == "good"
    assert text.push(2, "how", over=False) == ""
    assert text.push(1, "good morning.", over=True) == " morning. how"
    assert text.push(2, "how are you", over=True) == " are you"
    assert text.push(3, "", over=True) == ""
    assert text.push(4, "I", over=False) == " I"


def test_what_was_told_stays_also_where_the_transcript_turns_out_otherwise() -> None:
    text = Appended()
    assert text.push(1, "good mourning", over=False) == "good mourning"
    assert text.push(1, "good morning", over=True) == ""
    assert text.push(2, "next", over=True) == " next"


@given(st.lists(st.lists(st.sampled_from("abc"), max_size=4), max_size=5), st.randoms(use_true_random=False))
def test_all_words_come_in_order(utterances: list[list[str]], random: object) -> None:
    text, told = Appended(), ""
    for turn, words in enumerate(utterances, 1):
        for count in range(len(words) + 1):
            told += text.push(turn, " ".join(words[:count]), over=count == len(words))
    assert told.split() == [word for words in utterances for word in words]
    assert "  " not in told


def test_an_utterance_that_is_begun_is_told_to_its_end_though_an_earlier_one_comes_late() -> None:
    text = Appended()
    assert text.push(2, "b", over=False) == "b"
    assert text.push(1, "a", over=True) == ""
    assert text.push(2, "b c", over=True) == " c a"
    assert text.push(3, "d", over=True) == " d"


def test_words_behind_those_that_turn_out_otherwise_are_told() -> None:
    text = Appended()
    assert text.push(1, "good mourning", over=False) == "good mourning"
    assert text.push(1, "good morning to you", over=True) == " to you"


def test_an_utterance_that_ends_where_it_is_holds_nobody_up() -> None:
    text = Appended()
    assert text.push(1, "good", over=False) == "good"
    assert text.push(2, "how are you", over=True) == ""
    assert text.open == [1]
    assert text.end(1) == " how are you"
    assert text.end(1) == ""
    assert text.open == []


@given(
    st.lists(st.tuples(st.integers(1, 4), st.lists(st.sampled_from("abc"), max_size=3), st.booleans()), max_size=20),
)
def test_in_any_order_each_utterance_is_told_once(pushes: list[tuple[int, list[str], bool]]) -> None:
    text, told, whole, over = Appended(), "", dict[int, list[str]](), set[int]()
    for turn, words, ends in pushes:
        if turn not in over:
            whole.setdefault(turn, []).extend(words)
            told += text.push(turn, " ".join(whole[turn]), over=ends)
            if ends:
                over.add(turn)
    for turn in text.open:
        told += text.end(turn)
    assert sorted(told.split()) == sorted(word for words in whole.values() for word in words)
    assert "  " not in told
