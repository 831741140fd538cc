"""The small folds: who has the floor, what turns took, how loud things are."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.audio import silence
from assistant.events import (
    Event,
    Failed,
    Final,
    PlaybackDone,
    PlaybackStarted,
    ReplyAudio,
    ReplyDone,
    ReplyPhrase,
    ReplyStopped,
    SpeechConfirmed,
    SpeechEnded,
    SpeechPaused,
    SpeechStarted,
    Stamped,
)
from assistant.latency import Timing
from clients.terminal.floor import FloorFold
from clients.terminal.playing import Playing, level_db
from clients.terminal.state import QUIET_DB, Floor
from clients.terminal.timings import BARS, Timings

AUDIO = ReplyAudio(1, silence(160), 16_000, "x")
CONFIRMED, ENDED = SpeechConfirmed(1, 0.0, 0.2), SpeechEnded(1, 1.0, 1.2)


@pytest.mark.parametrize(
    ("facts", "floor"),
    [
        ([], Floor.LISTENING),
        ([SpeechStarted(1, 0.0, 0.0)], Floor.LISTENING),
        ([CONFIRMED], Floor.HEARING),
        ([CONFIRMED, ENDED], Floor.THINKING),
        ([CONFIRMED, ENDED, Final(1, "", "en")], Floor.LISTENING),
        ([CONFIRMED, ENDED, Final(1, "x", "en"), AUDIO], Floor.SPEAKING),
        ([CONFIRMED, ENDED, AUDIO, ReplyDone(1, "x")], Floor.SPEAKING),
        ([CONFIRMED, ENDED, AUDIO, CONFIRMED], Floor.SPEAKING),
        ([CONFIRMED, ENDED, AUDIO, PlaybackDone(1)], Floor.LISTENING),
        ([CONFIRMED, ENDED, AUDIO, ReplyStopped(1, "")], Floor.LISTENING),
        ([CONFIRMED, ENDED, ReplyDone(1, "")], Floor.LISTENING),
        ([CONFIRMED, ENDED, Failed(1, "x", "y")], Floor.LISTENING),
    ],
)
def test_who_has_the_floor(facts: list[Event], floor: Floor) -> None:
    fold = FloorFold()
    for fact in facts:
        fold.push(Stamped(0.0, fact))
    assert fold.floor is floor


def turn(number: int, took_s: float) -> list[Stamped]:
    start_s = number * 10.0
    return [
        Stamped(start_s + 0.16, SpeechPaused(number, start_s, start_s + 0.16)),
        Stamped(start_s + 0.16, Final(number, "x", "en")),
        Stamped(start_s + 0.2, ReplyPhrase(number, "x")),
        Stamped(start_s + 0.22, SpeechEnded(number, start_s, start_s + 0.22)),
        Stamped(start_s + took_s - 0.01, ReplyAudio(number, silence(160), 16_000, "x")),
        Stamped(start_s + took_s, PlaybackStarted(number)),
    ]


def test_a_bar_for_each_turn_and_the_percentiles_of_all() -> None:
    timings = Timings()
    assert (timings.bars, timings.turns, timings.percentile(0.5)) == ((), 0, 0.0)
    for number in range(1, 21):
        for stamped in turn(number, 0.3 + number / 100):
            timings.push(stamped)
    assert timings.turns == 20
    assert len(timings.bars) == BARS
    assert timings.percentile(0.5) == pytest.approx(0.4)
    assert timings.percentile(0.95) == pytest.approx(0.49)
    last = timings.bars[-1]
    assert [name for name, _ in last.parts] == ["understood", "thought", "waited", "played"]
    assert [at_s for _, at_s in last.parts] == pytest.approx([0.16, 0.2, 0.22, 0.5])
    assert last.total_s == pytest.approx(0.5)


def test_a_reply_that_goes_on_after_an_underrun_is_one_turn() -> None:
    timings = Timings()
    for stamped in [*turn(1, 0.4), Stamped(15.0, PlaybackDone(1)), Stamped(16.0, PlaybackStarted(1))]:
        timings.push(stamped)
    assert timings.turns == 1


def test_somebody_knows_better_what_a_turn_took() -> None:
    timings = Timings()
    for number in (1, 2):
        for stamped in turn(number, 0.4):
            timings.push(stamped)
    timings.correct(Timing(1, 0.0, {"final": 0.1, "playing": 0.9}))
    timings.correct(Timing(7, 0.0, {"playing": 5.0}))  # of no turn that is shown
    assert [bar.total_s for bar in timings.bars] == pytest.approx([0.9, 0.4])
    assert timings.bars[0].parts[0] == ("understood", 0.1)
    assert timings.percentile(1.0) == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("samples", "db"),
    [(silence(0), QUIET_DB), (silence(10), QUIET_DB), (np.full(10, 1.0), 0.0), (np.full(10, 0.1), -20.0), (np.full(10, 1e-6), QUIET_DB)],
)
def test_how_loud_samples_are(samples: np.ndarray, db: float) -> None:
    assert level_db(samples.astype(np.float32)) == pytest.approx(db, abs=0.01)


def test_sound_before_any_phrase_is_nobody_s() -> None:
    playing = Playing()
    playing.push(AUDIO, 0.0)
    assert (playing.text, playing.heard(1.0), playing.level_db(1.0)) == ("", "", QUIET_DB)
