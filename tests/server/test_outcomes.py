"""Answers as they end: once each, with what they took."""

from __future__ import annotations

from assistant.events import Event, Failed, Final, ReplyDone, ReplyStarted, ReplyStopped, ReplyToken, SpeechEnded, SpeechPaused, Stamped
from server.outcomes import Ended, Outcomes


def ended(*facts: tuple[float, Event]) -> list[Ended]:
    outcomes = Outcomes()
    return [over for at_s, event in facts if (over := outcomes.push(Stamped(at_s, event))) is not None]


def test_an_answer_ends_once() -> None:
    done, failed = ended(
        (10.2, SpeechPaused(1, 9.0, 9.2)),
        (10.3, Final(1, "Hello.", "en")),
        (10.4, SpeechEnded(1, 9.0, 9.4)),
        (10.6, ReplyDone(1, "Hi.")),
        (10.7, ReplyStopped(1, "Hi.")),
        (11.0, Failed(2, "It broke.", "engine_error")),
    )
    assert (done.turn, done.how, done.at_s, done.code) == (1, "done", 10.6, None)
    assert done.timing is not None
    assert [name for name, _ in done.timing.in_order()] == ["paused", "final", "endpoint"]
    assert (failed.turn, failed.how, failed.timing, failed.code) == (2, "failed", None, "engine_error")


def test_one_that_was_asked_for_without_a_word_counts_from_its_beginning() -> None:
    (done,) = ended((10.0, ReplyStarted(1)), (10.2, ReplyToken(1, "Hi.")), (10.4, ReplyDone(1, "Hi.")))
    assert done.timing is None
    assert done.asked is not None
    assert [(name, round(at_s, 3)) for name, at_s in done.asked.in_order()] == [("first_token", 0.2)]
