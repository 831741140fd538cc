from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.sentences import MOST_WORDS
from assistant.simultaneous import Patience, Simultaneous, Step


def translate(utterance: Simultaneous, rest: str) -> list[str]:
    """Answer the step that is due."""
    step = utterance.step()
    assert step is not None
    return utterance.take(step, rest)


def test_two_translations_in_a_row_must_agree() -> None:
    utterance = Simultaneous(Patience(wait_words=2), marks_ends=True)
    utterance.hear("", "the", 1.0)
    assert utterance.step() is None
    utterance.hear("", "the red house.", 1.5)
    assert utterance.step() == Step("the red house", "", finished=False)
    assert translate(utterance, "la casa roja") == []
    assert utterance.tentative == "la casa roja"
    assert utterance.step() is None  # nothing new was heard
    utterance.hear("the red", "house is", 2.0)
    assert translate(utterance, "la casa roja es") == ["la", "casa", "roja"]
    assert (utterance.committed, utterance.tentative) == ("la casa roja", "es")
    utterance.hear("the red house", "is old", 2.5)
    assert utterance.step() == Step("the red house is old", "la casa roja", finished=False)


def test_the_end_makes_everything_certain() -> None:
    utterance = Simultaneous(Patience(), marks_ends=True)
    utterance.hear("good", "morning", 1.0)
    translate(utterance, "buenos")
    utterance.end("Good morning.", 2.0)
    assert utterance.step() == Step("Good morning.", "", finished=True)
    assert translate(utterance, "Buenos días.") == ["Buenos", "días."]
    assert utterance.done
    assert (utterance.committed, utterance.tentative) == ("Buenos días.", "")


def test_a_sentence_is_over_when_another_one_follows_it_for_certain() -> None:
    utterance = Simultaneous(Patience(), marks_ends=False)
    utterance.hear("I am here.", "And", 1.0)
    assert utterance.step() == Step("I am here.", "", finished=True)
    translate(utterance, "Estoy aquí.")
    utterance.hear("I am here.", "And you are there.", 2.0)
    assert utterance.step() == Step("And you are there", "", finished=False)
    assert not utterance.done


def test_in_a_pause_a_mark_ends_the_sentence_if_the_recognizer_means_it() -> None:
    for marks_ends in (True, False):
        utterance = Simultaneous(Patience(), marks_ends=marks_ends)
        utterance.hear("", "I am here.", 1.0)
        utterance.pause(True)
        step = utterance.step()
        assert step is not None
        assert step.finished == marks_ends
        utterance.pause(False)
        step = utterance.step()
        assert step is not None
        assert not step.finished


def test_a_transcript_that_counts_another_word_before_moves_the_place() -> None:
    utterance = Simultaneous(Patience(), marks_ends=False)
    utterance.hear("it is an a graf. Do", "you", 1.0)
    translate(utterance, "Es un autógrafo.")
    utterance.hear("it is an autograf. Do you", "have", 2.0)
    assert utterance.step() is not None
    utterance.end("it is a graf. Do you have one?", 3.0)
    assert utterance.step() == Step("Do you have one?", "", finished=True)


def test_what_is_covered_tells_when_it_had_been_heard() -> None:
    utterance = Simultaneous(Patience(agree=1), marks_ends=False)
    utterance.hear("", "one two", 1.0)
    translate(utterance, "uno dos")
    assert utterance.heard_s == 1.0
    utterance.hear("one two", "three four", 2.0)
    translate(utterance, "tres cuatro")
    assert utterance.heard_s == 2.0


def test_words_are_held_back_and_a_first_one_is_believed_on_demand() -> None:
    held = Simultaneous(Patience(agree=1, hold_words=1), marks_ends=False)
    held.hear("", "one two three", 1.0)
    assert translate(held, "uno dos tres") == ["uno", "dos"]
    assert held.tentative == "tres"


def test_nothing_said_is_done_at_once() -> None:
    utterance = Simultaneous(Patience(), marks_ends=True)
    utterance.end("", 1.0)
    assert utterance.done
    assert utterance.step() is None


def test_what_is_understood_otherwise_while_it_is_translated_is_not_translated_twice() -> None:
    utterance = Simultaneous(Patience(), marks_ends=True)
    utterance.hear("", "I am here.", 1.0)
    utterance.pause(True)
    step = utterance.step()
    assert step is not None
    utterance.hear("", "I am", 2.0)
    utterance.take(step, "Estoy aquí.")
    utterance.pause(False)
    utterance.end("I am here.", 3.0)
    assert utterance.step() is None
    assert utterance.done
    assert utterance.committed == "Estoy aquí."


def test_a_sentence_without_end_is_translated_in_parts() -> None:
    words = [f"w{number}" for number in range(3 * MOST_WORDS)]
    words[MOST_WORDS - 5] += ","
    utterance, texts = Simultaneous(Patience(), marks_ends=False), list[str]()
    for count in range(1, len(words) + 1):
        utterance.hear(" ".join(words[: count - 1]), words[count - 1], count)
        while (step := utterance.step()) is not None:
            assert len(step.text.split()) <= MOST_WORDS
            utterance.take(step, "x")
            texts += [step.text] * step.finished
    assert [len(text.split()) for text in texts] == [MOST_WORDS - 4, MOST_WORDS, MOST_WORDS]
    utterance.end(" ".join(words), len(words))
    while (step := utterance.step()) is not None:
        utterance.take(step, "x")
        texts.append(step.text)
    assert " ".join(texts) == " ".join(words)
    assert utterance.done


_WORDS = st.lists(st.sampled_from(["a", "b", "c.", "d,", "e?"]), max_size=8)


@given(
    st.lists(st.tuples(_WORDS, _WORDS, st.booleans(), _WORDS), max_size=8),
    _WORDS,
    st.booleans(),
    st.builds(Patience, wait_words=st.integers(1, 4), agree=st.integers(1, 3), hold_words=st.integers(0, 2)),
)
def test_what_is_certain_only_grows_and_all_of_it_comes_to_an_end(
    heard: list[tuple[list[str], list[str], bool, list[str]]], final: list[str], marks_ends: bool, patience: Patience
) -> None:
    utterance, told = Simultaneous(patience, marks_ends=marks_ends), ""
    for at_s, (committed, tentative, paused, answer) in enumerate(heard):
        utterance.hear(" ".join(committed), " ".join(tentative), at_s)
        utterance.pause(paused)
        for _ in range(20):
            if (step := utterance.step()) is None:
                break
            before = utterance.committed.split()
            new = utterance.take(step, " ".join(answer))
            assert utterance.committed.split() == [*before, *new]
        else:
            raise AssertionError("A step is asked for without end.")
        assert utterance.committed.startswith(told)
        told = utterance.committed
    utterance.end(" ".join(final), len(heard))
    for _ in range(20):
        if (step := utterance.step()) is None:
            break
        assert step.finished
        utterance.take(step, "x")
    assert utterance.done
    assert utterance.committed.startswith(told)
    assert utterance.tentative == ""


def test_phrase_by_phrase_only_what_is_whole_is_translated_and_believed() -> None:
    utterance = Simultaneous(Patience(), marks_ends=False)
    utterance.hear("when it rains, we", "stay", 1.0)
    assert utterance.step(phrases=True) == Step("when it rains", "", finished=False, phrase=True)
    step = utterance.step(phrases=True)
    assert step is not None
    assert utterance.take(step, "cuando llueve") == ["cuando", "llueve"]
    assert utterance.step(phrases=True) is None
    utterance.pause(True)
    assert utterance.step(phrases=True) == Step("when it rains, we stay", "cuando llueve", finished=False, phrase=True)
