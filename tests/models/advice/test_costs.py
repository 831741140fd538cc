from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.advice.costs import HearingSpeed, LlmCost, LlmShape, WhisperCost, WhisperShape, along
from models.advice.fit import Decoded, Encoded, hearing, writing
from tests.models.advice.speeds import HEARING, WRITING

TINY, BASE, SMALL = WhisperShape(384, 4, 4), WhisperShape(512, 6, 6), WhisperShape(768, 12, 12)


def test_between_two_points_and_beyond_the_last() -> None:
    curve = ((1, 1.0), (4, 2.5), (8, 3.0))
    assert [along(curve, count) for count in (1, 2, 4, 6, 8, 16)] == [1.0, 1.5, 2.5, 2.75, 3.0, 6.0]


def test_a_machine_s_speeds_are_found_again_and_tell_of_sizes_that_were_not_measured() -> None:
    sounds_s = (3.0, 10.0, 29.9)
    encoded = [Encoded(shape, s, HEARING.encode_s(shape, s)) for shape in (TINY, WhisperShape(768, 3, 3)) for s in sounds_s]
    decoded = [
        Decoded(shape, s, tokens, HEARING.decode_s(shape, s, tokens))
        for shape in (TINY, WhisperShape(768, 3, 3)) for s in sounds_s for tokens in (1, 12)
    ]  # fmt: skip
    found = hearing(encoded, decoded)
    for shape in (BASE, SMALL):
        assert found.encode_s(shape, 30) == pytest.approx(HEARING.encode_s(shape, 30), rel=0.05)
        assert found.decode_s(shape, 30, 9) == pytest.approx(HEARING.decode_s(shape, 30, 9), rel=0.05)


@given(st.lists(st.floats(1e-4, 10), min_size=6, max_size=6))
def test_no_speed_is_negative_whatever_was_measured(took_s: list[float]) -> None:
    measured = [
        Encoded(shape, s, took) for (shape, s), took in zip([(a, b) for a in (TINY, BASE) for b in (3.0, 10.0, 29.9)], took_s, strict=True)
    ]
    found = hearing(measured, [Decoded(each.shape, each.sound_s, 4, each.took_s) for each in measured])
    assert min(vars(found).values()) >= 0
    assert found.encode_s(SMALL, 30) > 0


def test_the_output_matrix_is_read_once_for_many_tokens() -> None:
    probe = LlmShape(200e6, 40e6, "Q4_0")
    measured = tuple((count, probe.body_bytes * each + probe.head_bytes * WRITING.byte_s) for count, each in WRITING.batch)
    found = writing(probe, measured)
    cost, flat = LlmCost(LlmShape(1e9, 0.5e9, "Q4_0"), found), LlmCost(LlmShape(1e9, 0, "Q4_0"), found)
    assert cost.batch_s(1) == pytest.approx(1.5e9 * 5e-11)
    assert cost.batch_s(128) - flat.batch_s(128) == pytest.approx(cost.batch_s(1) - flat.batch_s(1))


def test_a_public_recognizer_takes_as_long_for_a_word_as_for_a_minute() -> None:
    cost = WhisperCost(BASE, HEARING)
    assert cost.pass_s(0.5, 3) == cost.pass_s(20, 3) < cost.pass_s(0.5, 9) < cost.pass_s(0.5, 9, times=True)
    assert cost.pass_s(1, 3) < WhisperCost(SMALL, HEARING).pass_s(1, 3)


def test_twice_as_slow_takes_twice_as_long() -> None:
    slow = HearingSpeed(**{name: 2 * value for name, value in vars(HEARING).items()})
    assert WhisperCost(BASE, slow).pass_s(1, 5) == pytest.approx(2 * WhisperCost(BASE, HEARING).pass_s(1, 5))
