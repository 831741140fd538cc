"""The budget acts: what is given up when, why, and how it comes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.audio import silence
from assistant.events import (
    Degraded,
    Drafted,
    Event,
    Partial,
    PassBegun,
    ReplyAudio,
    ReplyPhrase,
    Restored,
    SpeechEnded,
    SpeechPaused,
    Stamped,
)
from assistant.governor import CALM_TURNS, MEASURES, Budget, Governor, Plan, measures, spans
from assistant.latency import Timing
from models.scripted import ScriptedModel, ScriptedRecognizer, Vocabulary


def answer(
    governor: Governor, turn: int, *, recognize: float = 0.02, think: float = 0.04, phrase: float = 0.08, voice: float = 0.04
) -> list[Event]:
    """Let one drafted answer take so long; return what was decided."""
    now = turn * 10.0
    decided = governor.push(Stamped(now + 0.2, SpeechPaused(turn, 1.0, 1.2)))
    now += 0.2
    stages = [("final", recognize), ("first_token", think), ("first_phrase", phrase), ("first_audio", voice)]
    for stage, took in stages if governor.plan.spoken else stages[:-1]:
        now += took
        decided += governor.push(Stamped(now, Drafted(turn, stage)))  # type: ignore[arg-type]
    decided += governor.push(Stamped(now, SpeechEnded(turn, 1.0, 1.4)))
    decided += governor.push(Stamped(now, ReplyPhrase(turn, "Yes.")))
    return decided + (governor.push(Stamped(now, ReplyAudio(turn, silence(1600), 16_000, "Yes."))) if governor.plan.spoken else [])


def degraded(events: list[Event]) -> list[str]:
    return [event.what for event in events if isinstance(event, Degraded)]


def test_within_the_budget_nothing_is_given_up() -> None:
    governor = Governor()
    assert [event for turn in range(1, 30) for event in answer(governor, turn)] == []
    assert governor.plan == Plan()
    assert 0.3 < governor.predicted_s < 0.5


def test_a_session_may_begin_with_less_and_takes_it_back_after_calm_turns() -> None:
    governor = Governor()
    governor.spare("others are served")
    begun = governor.begun()
    assert degraded(begun) == ["rarer partials", "short first phrase", "smaller prompt"]
    assert {event.why for event in begun if isinstance(event, Degraded)} == {"others are served"}
    assert governor.plan.turns == 0
    decided = [event for turn in range(1, 60) for event in answer(governor, turn)]
    assert [event.what for event in decided if isinstance(event, Restored)] == degraded(begun)[::-1]
    assert governor.plan == Plan()
    assert Governor().begun() == []


@pytest.mark.parametrize("slow", [1, 2, 3, 10])
def test_one_hiccup_gives_nothing_up(slow: int) -> None:
    governor = Governor()
    decided = [event for turn in range(1, 20) for event in answer(governor, turn, think=3.0 if turn == slow else 0.04)]
    assert decided == []


def test_the_voice_comes_back() -> None:
    governor, turn = Governor(), 0
    while governor.plan.spoken:
        turn += 1
        answer(governor, turn, voice=4.0)
    given_back = [event.what for later in range(turn + 1, turn + 100) for event in answer(governor, later) if isinstance(event, Restored)]
    assert given_back[0] == "text only"
    assert governor.plan == Plan()


def test_what_helps_the_slow_part_is_given_up_first() -> None:
    governor = Governor()
    assert degraded([e for turn in range(1, 5) for e in answer(governor, turn, phrase=0.9)])[:1] == ["short first phrase"]
    governor = Governor()
    decided = [e for turn in range(1, 12) for e in answer(governor, turn, think=1.5)]
    assert degraded(decided) == ["one thread", "smaller prompt"]
    assert governor.plan.turns == 0
    assert governor.plan.spoken


def test_each_measure_is_given_a_chance_before_the_next() -> None:
    governor = Governor()
    for turn in range(1, 10):
        assert len(degraded(answer(governor, turn, voice=2.0))) <= 1


def test_it_says_why_in_numbers() -> None:
    governor = Governor()
    [event] = [e for turn in range(1, 3) for e in answer(governor, turn, voice=1.5)][:1]
    assert isinstance(event, Degraded)
    assert event.why == "voice takes 1500 ms; the answer would come after 1840 ms of 1200"


def test_slow_passes_are_noticed_while_the_user_speaks() -> None:
    governor, decided = Governor(), []
    for number in range(4):
        governor.push(Stamped(number, PassBegun(1)))
        decided += governor.push(Stamped(number + 0.99, Partial(1, "", "hello")))
    assert degraded(decided)[0] == "rarer partials"
    assert governor.plan.partial_every_s > Plan().partial_every_s


def test_what_does_not_help_these_engines_is_not_given_up() -> None:
    recognizer, model = ScriptedRecognizer(Vocabulary()), ScriptedModel(lambda _: (), threads=1)
    governor = Governor(measures=measures(recognizer, model))
    decided = [event for turn in range(1, 12) for event in answer(governor, turn, recognize=2.0)]
    assert degraded(decided) == []
    assert governor.plan.partial_every_s == Plan().partial_every_s


def test_it_comes_back_after_calm_turns_and_later_after_a_relapse() -> None:
    governor, turn = Governor(), 0

    def until_restored() -> int:
        nonlocal turn
        for count in range(1, 200):
            turn += 1
            if any(isinstance(event, Restored) for event in answer(governor, turn)):
                return count
        raise AssertionError("never restored")

    def until_degraded() -> None:
        nonlocal turn
        for _ in range(10):
            turn += 1
            if degraded(answer(governor, turn, phrase=1.1)):
                return
        raise AssertionError("never degraded")

    until_degraded()
    first = until_restored()
    assert governor.plan == Plan()
    assert first >= CALM_TURNS
    until_degraded()
    assert until_restored() > first


def test_waiting_for_the_endpoint_is_no_work() -> None:
    waited = Timing(
        1,
        0.0,
        {"paused": 0.2, "final": 0.22, "drafted": 0.26, "endpoint": 0.9, "first_token": 0.91, "first_phrase": 0.92, "first_audio": 0.95},
    )
    took = dict(spans(waited))
    assert round(took["think"], 3) == 0.05
    assert round(took["voice"], 3) == 0.03
    held = Timing(
        1,
        0.0,
        {"paused": 0.2, "final": 0.22, "first_token": 0.25, "first_phrase": 0.3, "drafted": 0.34, "endpoint": 0.9, "first_audio": 0.9},
    )
    assert round(dict(spans(held))["voice"], 3) == 0.04
    plain = Timing(1, 0.0, {"endpoint": 0.4, "final": 0.45, "first_token": 0.5})
    assert [part for part, _ in spans(plain)] == ["recognize", "think"]


@given(st.lists(st.tuples(*[st.floats(0, 3)] * 4), max_size=60))
def test_whatever_happens_the_plan_is_what_the_events_say(turns: list[tuple[float, float, float, float]]) -> None:
    governor, given_up = Governor(), []
    for turn, (recognize, think, phrase, voice) in enumerate(turns, 1):
        for event in answer(governor, turn, recognize=recognize, think=think, phrase=phrase, voice=voice):
            if isinstance(event, Degraded):
                given_up.append(event.what)
            elif isinstance(event, Restored):
                assert given_up.pop() == event.what
    expected = {key: value for name in given_up for measure in MEASURES if measure.name == name for key, value in measure.changes.items()}
    assert governor.plan == Plan(**expected)  # type: ignore[arg-type]
    assert len(set(given_up)) == len(given_up)


def test_a_tighter_budget_acts_sooner() -> None:
    governor = Governor(Budget(voice_to_voice_s=0.3, phrase_s=0.05))
    assert degraded([event for turn in range(1, 5) for event in answer(governor, turn)])
