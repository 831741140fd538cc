from __future__ import annotations

from assistant.heard import Playback


def test_a_phrase_counts_once_half_of_it_was_played() -> None:
    playback = Playback()
    for phrase, seconds in (("Well,", 0.5), ("Well,", 0.5), ("that is it.", 2.0)):
        playback.push(phrase, seconds)
    assert playback.seconds == 3.0
    assert [playback.heard(s) for s in (0.0, 0.4, 0.5, 1.9, 2.0, 9.0)] == [
        "",
        "",
        "Well,",
        "Well,",
        "Well, that is it.",
        "Well, that is it.",
    ]
