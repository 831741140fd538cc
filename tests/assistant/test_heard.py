from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.engines import Word
from assistant.heard import Playback

Sent = tuple[float, Sequence[Word]]


def sent(*phrases: tuple[str, Sequence[Sent]]) -> Playback:
    playback = Playback()
    for phrase, sounds in phrases:
        playback.begin(phrase)
        for seconds, words in sounds:
            playback.push(seconds, words)
    return playback


WELL = ("Well,  it's", [(1.0, [Word("Well,", 0.0, 0.4), Word("it's", 0.5, 0.9)])])
FIVE = ("5.5 — km.", [(0.6, [Word("5.5 —", 0.2, 0.6)]), (1.0, [Word("km.", 0.0, 0.8)])])


@pytest.mark.parametrize(
    ("played_s", "heard"),
    [
        (-1.0, ""),
        (0.0, ""),
        (0.19, ""),
        (0.21, "Well,"),
        (0.69, "Well,"),
        (0.71, "Well,  it's"),
        (1.39, "Well,  it's"),
        (1.41, "Well,  it's 5.5 —"),
        (1.99, "Well,  it's 5.5 —"),
        (2.01, "Well,  it's 5.5 — km."),
        (99.0, "Well,  it's 5.5 — km."),
    ],
)
def test_a_word_is_heard_once_half_of_it_was_played(played_s: float, heard: str) -> None:
    playback = sent(WELL, FIVE)
    assert playback.seconds == pytest.approx(2.6)
    assert playback.heard(played_s) == heard


def test_a_voice_that_tells_no_words_is_spread_by_letters() -> None:
    playback = sent(("It is late.", [(0.4, []), (0.4, [])]), ("No.", [(0.2, [])]))
    heard = [playback.heard(played_s) for played_s in (0.0, 0.09, 0.11, 0.29, 0.31, 0.61, 0.89, 0.91)]
    assert heard == ["", "", "It", "It", "It is", "It is late.", "It is late.", "It is late. No."]


def test_the_same_phrase_twice_counts_twice() -> None:
    no = ("No.", [(1.0, [Word("No.", 0.0, 0.8)])])
    assert [sent(no, no, no).heard(played_s) for played_s in (0.5, 1.5, 3.0)] == ["No.", "No. No.", "No. No. No."]


def test_the_same_word_twice_counts_twice() -> None:
    playback = sent(("no no no", [(3.0, [Word("no", 0.0, 1.0), Word("no", 1.0, 2.0), Word("no", 2.0, 3.0)])]))
    assert [playback.heard(played_s) for played_s in (0.6, 1.6, 2.6)] == ["no", "no no", "no no no"]


def test_a_phrase_without_sound_yet_was_not_heard_however_long_the_speaker_waits() -> None:
    assert sent(WELL, ("And so on.", [])).heard(60.0) == "Well,  it's"


def test_a_phrase_that_has_no_sound_goes_with_what_follows() -> None:
    playback = sent(WELL, ("…", []), ("Yes.", [(1.0, [Word("Yes.", 0.0, 1.0)])]))
    assert [playback.heard(played_s) for played_s in (0.9, 2.0)] == ["Well,  it's", "Well,  it's … Yes."]


def test_nothing_was_sent() -> None:
    assert Playback().heard(5.0) == ""


@st.composite
def phrases(draw: st.DrawFn) -> tuple[str, list[Sent]]:
    """A phrase in one or more sounds, its words told or not."""
    sounds: list[Sent] = []
    written: list[str] = []
    tells = draw(st.booleans())
    for _ in range(draw(st.integers(1, 3))):
        edges = sorted(draw(st.lists(st.floats(0, 5), min_size=2, max_size=10)))
        words = [Word(draw(st.text("ab,1", min_size=1, max_size=4)), *edge) for edge in zip(edges[::2], edges[1::2], strict=False)]
        written += [word.text for word in words]
        sounds.append((edges[-1] + draw(st.floats(0.01, 1)), words if tells else ()))
    return " ".join(written), sounds


@given(st.lists(phrases(), min_size=1, max_size=4), st.lists(st.floats(0, 1), min_size=2, max_size=20))
def test_more_is_heard_the_longer_it_plays(reply: list[tuple[str, list[Sent]]], shares: list[float]) -> None:
    playback = sent(*reply)
    whole = " ".join(phrase for phrase, _ in reply)
    assert playback.heard(0.0) == ""
    assert playback.heard(playback.seconds) == whole
    heard = [playback.heard(share * playback.seconds) for share in sorted(shares)]
    for less, more in itertools.pairwise(heard):
        assert more.startswith(less)
    assert all(whole.startswith(part) for part in heard)
