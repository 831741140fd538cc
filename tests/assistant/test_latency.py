from __future__ import annotations

import pytest

from assistant.audio import silence
from assistant.events import (
    Event,
    Final,
    PlaybackStarted,
    ReplyAudio,
    ReplyPhrase,
    ReplyToken,
    SpeechEnded,
    SpeechPaused,
    Stamped,
    TextSent,
)
from assistant.latency import Latency, percentile


def fold(*facts: tuple[float, Event]) -> Latency:
    latency = Latency()
    for at_s, event in facts:
        latency(Stamped(at_s, event))
    return latency


def test_times_count_from_the_last_word() -> None:
    latency = fold(
        (10.2, SpeechPaused(1, 5.0, 5.2)),
        (10.4, SpeechEnded(1, 5.0, 5.4)),
        (10.41, Final(1, "hi", "en")),
        (10.42, ReplyToken(1, "He")),
        (10.43, ReplyToken(1, "llo")),
        (10.44, ReplyPhrase(1, "Hello.")),
        (10.45, ReplyAudio(1, silence(3), 16_000, "Hello.")),
        (10.5, PlaybackStarted(1)),
    )
    assert latency.turns[1].as_json() == pytest.approx(
        {"paused": 0.2, "endpoint": 0.4, "final": 0.41, "first_token": 0.42, "first_phrase": 0.44, "first_audio": 0.45, "playing": 0.5}
    )


def test_the_last_pause_counts_and_a_text_counts_from_its_sending() -> None:
    latency = fold((1.2, SpeechPaused(1, 1.0, 1.2)), (4.2, SpeechPaused(1, 4.0, 4.2)), (9.0, TextSent(2, "hi")), (9.3, ReplyToken(2, "a")))
    assert latency.turns[1].as_json() == pytest.approx({"paused": 0.2})
    assert latency.turns[2].as_json() == pytest.approx({"first_token": 0.3})


def test_percentiles() -> None:
    assert [percentile(range(1, 101), share) for share in (0.5, 0.95, 1)] == [50, 95, 100]
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


def test_a_text_takes_no_time_from_speech_that_made_no_turn() -> None:
    mhm = (SpeechPaused(2, 5.0, 5.2), SpeechEnded(2, 5.0, 5.4))
    latency = fold((5.2, mhm[0]), (5.4, mhm[1]), (35.0, TextSent(2, "hi")), (35.1, ReplyToken(2, "He")))
    assert latency.turns[2].as_json() == {"first_token": 0.1}


def test_only_the_newest_turns_are_kept() -> None:
    latency = Latency(keep=2)
    for turn in range(1, 9):
        latency(Stamped(float(turn), TextSent(turn, "hi")))
    assert list(latency.turns) == [7, 8]
