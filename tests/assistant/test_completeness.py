"""Completeness: each source speaks for or against an end, and any of them may be missing."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.completeness import RULES, Completeness, bare, logit

LANGUAGES = (*RULES, "xx")
WHOLE = {"en": "What is seven times eight?", "es": "¿Dónde está la estación?", "xx": "Hvad er klokken?"}
CUT = {"en": "What is seven times", "es": "¿Dónde está la", "xx": "Hvad"}

_share = st.floats(0, 1)
_marks = pytest.mark.parametrize("marks", [True, False])


@given(st.text(), st.sampled_from(LANGUAGES), st.booleans(), st.none() | _share, st.none() | _share)
def test_it_is_always_a_probability(text: str, language: str, marks: bool, anticipated: float | None, turn: float | None) -> None:
    assert 0 < Completeness(language, marks=marks).probability(text, anticipated=anticipated, turn=turn) < 1


@_marks
@pytest.mark.parametrize("language", LANGUAGES)
def test_whole_sounds_more_complete_than_cut(language: str, marks: bool) -> None:
    rule = Completeness(language, marks=marks)
    assert rule.probability(WHOLE[language]) > rule.probability(CUT[language])
    assert rule.probability(WHOLE[language], anticipated=0.9) > 0.5 > rule.probability(CUT[language], anticipated=0.01)


@_marks
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("source", ["anticipated", "turn"])
def test_each_model_is_believed_in_its_direction_and_within_limits(language: str, source: str, marks: bool) -> None:
    rule, text = Completeness(language, marks=marks), WHOLE[language]
    found = [rule.probability(text, **{source: p}) for p in (0.0, 0.001, 0.1, 0.5, 0.9, 0.999, 1.0)]
    assert all(a <= b for a, b in pairwise(found))
    assert found[0] == found[1] < found[2]
    assert found[4] < found[5] == found[6]


def test_a_turn_detector_that_does_not_know_changes_nothing() -> None:
    rule = Completeness("en", marks=True)
    assert rule.probability("Turn it off.", turn=0.5) == pytest.approx(rule.probability("Turn it off."))


def test_marks_count_only_from_a_recognizer_that_sets_them_where_sentences_end() -> None:
    for anticipated in (None, 0.5):
        trusted, other = (
            [Completeness("en", marks=marks).probability(text, anticipated=anticipated) for text in ("Turn it off", "Turn it off.")]
            for marks in (True, False)
        )
        assert trusted[0] < other[0] == other[1] < trusted[1]
    spanish = Completeness("es", marks=True)  # none that sets them so was at hand
    assert spanish.probability("Apaga la luz") == spanish.probability("Apaga la luz.")


def test_what_the_words_tell() -> None:
    features = Completeness("en", marks=True).features
    open_word, words, final = features("Could you clear the?")
    assert (open_word, final) == (1, 1)
    assert words == pytest.approx(1.386, abs=0.001)
    assert features("I was thinking...")[2] == 0
    assert features("He said: “Stop!”")[::2] == (0, 1)
    assert features("And, uh,")[::2] == (1, 0)
    assert features("") == features("...") == (0, 0, 0)
    assert Completeness("xx", marks=True).features("the")[0] == 0


def test_bare_takes_off_only_what_stands_at_the_end() -> None:
    assert bare("It's 4.5, right? ") == "It's 4.5, right"
    assert bare("¿Dónde está... ") == "¿Dónde está"
    assert bare("Was it “that”?!") == "Was it “that"
    assert bare("...") == bare("") == ""


def test_logits() -> None:
    assert logit(0.5) == 0
    assert logit(0.9) == pytest.approx(-logit(0.1))
    assert logit(0.9) == pytest.approx(2.197, abs=0.001)
    assert logit(1.0) == logit(0.999)
