from __future__ import annotations

from assistant.keeping_up import CALM, LEAST, NEWEST, KeepingUp


def test_a_slow_model_waits_for_phrases_and_a_fast_one_no_longer() -> None:
    keeping_up = KeepingUp(2.0, agree=2)
    assert [keeping_up.push(1.2) for _ in range(LEAST)] == [*[False] * (LEAST - 1), True]
    assert keeping_up.phrases
    assert keeping_up.expected_s == 2.4
    for _ in range(NEWEST):
        assert not keeping_up.push(0.5 * 2.0 * (CALM + 0.1)), "not calm enough"
    assert any(keeping_up.push(0.1) for _ in range(NEWEST))
    assert not keeping_up.phrases


def test_a_single_slow_translation_changes_nothing() -> None:
    keeping_up = KeepingUp(2.0, agree=2)
    assert not any(keeping_up.push(took_s) for took_s in (0.1, 9.0, 0.1, 0.1, 9.0, 0.1))
