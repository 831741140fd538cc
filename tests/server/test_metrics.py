"""The numbers of a session, from facts alone."""

from __future__ import annotations

import numpy as np

from assistant.engines import Outage
from assistant.events import (
    Degraded,
    Event,
    Failed,
    Final,
    ReplyAudio,
    ReplyDone,
    ReplyStopped,
    Restored,
    SpeechEnded,
    SpeechPaused,
    Stamped,
)
from server.metrics import Metrics


def told(metrics: Metrics, *facts: tuple[float, Event]) -> dict[str, float]:
    observer = metrics.observer()
    for at_s, event in facts:
        observer(Stamped(at_s, event))
    lines = [line.rpartition(" ") for line in metrics.text().decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


def test_stages_count_from_the_last_word() -> None:
    found = told(
        Metrics(),
        (10.2, SpeechPaused(1, 9.0, 9.2)),
        (10.3, Final(1, "Hello.", "en")),
        (10.4, SpeechEnded(1, 9.0, 9.4)),
        (10.5, ReplyAudio(1, np.zeros(8000, np.float32), 16_000, "Hi.")),
        (10.6, ReplyDone(1, "Hi.")),
        (10.7, ReplyStopped(1, "Hi.")),
    )
    assert round(found['parley_turn_stage_seconds_sum{stage="final"}'], 3) == 0.3
    assert round(found['parley_turn_stage_seconds_sum{stage="first_audio"}'], 3) == 0.5
    assert found['parley_turns_total{ended="done"}'] == 1
    assert 'parley_turns_total{ended="stopped"}' not in found
    assert found['parley_audio_seconds_total{direction="heard"}'] == 9.4
    assert found['parley_audio_seconds_total{direction="spoken"}'] == 0.5


def test_how_turns_end_and_what_was_given_up() -> None:
    metrics = Metrics()
    told(metrics, (1.0, ReplyStopped(1, "")), (2.0, Failed(2, "It broke.", "engine_error")), (3.0, ReplyDone(3, "x")))
    found = told(metrics, (1.0, Degraded(1, "partials", "late")), (2.0, Restored(2, "partials")), (3.0, Degraded(3, "partials", "late")))
    assert [found[f'parley_turns_total{{ended="{ended}"}}'] for ended in ("done", "stopped", "failed")] == [1, 1, 1]
    assert found['parley_degradations_total{what="partials"}'] == 2
    assert found['parley_restorations_total{what="partials"}'] == 1


def test_open_sessions_and_queues_are_asked_for_when_the_numbers_are_read() -> None:
    metrics, taken, queued = Metrics(), [0], {"language model": 0}
    metrics.watch(lambda: taken[0], lambda: queued)
    taken[0], queued["language model"] = 3, 2
    found = told(metrics)
    assert found["parley_sessions_open"] == 3
    assert found['parley_engine_queue{engine="language model"}'] == 2


def test_what_does_not_work_is_asked_for_when_the_numbers_are_read() -> None:
    missing = [Outage("no voice en", "its process hangs"), Outage("no language model", "its process hangs", down=True)]
    metrics = Metrics()
    metrics.watch_outages(lambda: missing)
    found = told(metrics)
    assert found['parley_outages{down="false",what="no voice en"}'] == 1
    assert found['parley_outages{down="true",what="no language model"}'] == 1
    missing.clear()
    assert not [name for name in told(metrics) if name.startswith("parley_outages")]
