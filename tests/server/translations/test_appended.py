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
