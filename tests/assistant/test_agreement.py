from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.agreement import Agreement, alike


def test_two_passes_that_agree_commit_all_but_the_newest_word() -> None:
    agreement = Agreement()
    assert agreement.push(["what", "is"]) == ([], ["what", "is"])
    assert agreement.push(["what", "is", "seven"]) == (["what", "is"], ["seven"])
    assert agreement.push(["what", "is", "seven", "times"]) == (["seven"], ["times"])
    assert agreement.text == "what is seven"


def test_a_word_on_which_they_disagree_waits() -> None:
    agreement = Agreement()
    agreement.push(["where", "is", "the", "trail"])
    assert agreement.push(["where", "is", "the", "train", "station"]) == (["where", "is", "the"], ["train", "station"])
    assert agreement.push(["where", "is", "the", "train", "station", "now"])[0] == ["train", "station"]


def test_case_and_punctuation_may_change() -> None:
    assert alike("Time.", "time")
    assert alike("¿Qué", "qué")
    assert not alike("time", "times")


@given(st.lists(st.lists(st.sampled_from("a b c d".split()), max_size=8), max_size=10))
def test_committed_words_are_never_retracted(passes: list[list[str]]) -> None:
    agreement, before = Agreement(), ""
    for words in passes:
        new, tentative = agreement.push(words)
        assert agreement.text == " ".join([*before.split(), *new])
        assert agreement.text.startswith(before)
        assert len(tentative) <= len(words)
        before = agreement.text


def test_settled_words_are_gone_and_the_others_stay_committed() -> None:
    agreement = Agreement()
    for _ in range(2):
        agreement.push("one two three four five".split())
    assert agreement.committed == 4
    assert agreement.settle(2) == "one two"
    assert agreement.text == "three four"
    new, tentative = agreement.push("three four five six".split())
    assert (new, tentative) == (["five"], ["six"])
