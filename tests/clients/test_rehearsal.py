"""What is foretold of a conversation, on the real session: exact numbers, no waiting."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from clients.bench.rehearsal import Cast, Foretold, foretell
from models.advice.costs import MeasuredWriting, VoiceCost, WhisperCost, WhisperShape
from tests.models.advice.speeds import speeds


@dataclass(frozen=True)
class Steady:
    """A recognizer whose passes all take as long."""

    seconds: float
    padded: bool = False

    def pass_s(self, sound_s: float, tokens: float, *, times: bool = False) -> float:
        return self.seconds


QUICK = Cast(Steady(0.03), MeasuredWriting(((1, 0.002), (128, 0.05))), VoiceCost(0.01, 0.01))


def told(cast: Cast) -> Foretold:
    found = foretell(cast)
    assert found is not None
    return found


def test_quick_engines_answer_when_the_endpoint_is_known() -> None:
    found = told(QUICK)
    assert found.voice_to_voice_s == pytest.approx(0.224)  # 0.2 s, in whole chunks
    assert found.drafted_s is not None
    assert found.final_s <= found.first_token_s <= found.first_phrase_s <= found.drafted_s < 0.224
    assert told(QUICK) == found


def test_beyond_the_endpoint_each_part_adds_what_it_takes() -> None:
    slow = replace(QUICK, speaks=VoiceCost(0.0, 0.8))
    assert told(slow).voice_to_voice_s == pytest.approx(told(slow).first_phrase_s + 0.8, abs=0.035)
    thinking = replace(QUICK, writes=MeasuredWriting(((1, 0.1), (128, 2.0))))
    assert told(thinking).first_token_s - told(thinking).final_s > told(QUICK).first_token_s - told(QUICK).final_s + 0.1
    assert told(replace(QUICK, hears=Steady(0.5))).final_s > told(QUICK).final_s + 0.4


def test_a_padded_recognizer_gives_up_partials_where_they_make_it_late() -> None:
    padded = told(replace(QUICK, hears=Steady(0.9, padded=True)))
    assert padded.voice_to_voice_s < told(replace(QUICK, hears=Steady(0.9))).voice_to_voice_s


def test_hopelessly_slow_engines_answer_nothing_aloud() -> None:
    shape = WhisperCost(WhisperShape(1280, 32, 32), speeds(slower=20).hearing)
    found = foretell(Cast(shape, MeasuredWriting(((1, 3.0), (128, 200.0))), VoiceCost(5.0, 5.0)))
    assert found is None or found.voice_to_voice_s > 5
