"""Timers and alarms go off once, in order, and are bounded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from assistant.rings import MOST, Ring, Rings
from assistant.spoken import Refused

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def timer(seconds: float) -> Ring:
    return Ring("timer", after(seconds), f"{seconds} second timer")


def test_they_go_off_once_oldest_first():
    rings = Rings()
    alarm = Ring("alarm", after(20), "12:00 PM alarm")
    for ring in (timer(30), alarm, timer(10)):
        rings.add(ring, NOW)
    assert rings.next_at() == after(10)
    assert rings.due(after(9)) == []
    assert rings.due(after(20)) == [timer(10), alarm]
    assert rings.due(after(20)) == []
    assert rings.next_at() == after(30)
    assert [r.announcement for r in rings.due(after(99))] == ["Your 30 second timer is up."]
    assert rings.next_at() is None
    assert alarm.announcement == "Your 12:00 PM alarm is going off."


def test_running_leaves_out_what_went_off_but_does_not_take_it_from_due():
    rings = Rings()
    rings.add(timer(10), NOW)
    assert rings.running("timer", after(10)) == []
    assert rings.running("alarm", NOW) == []
    assert rings.next_at() == after(10)
    assert rings.due(after(10)) == [timer(10)]


def test_cancel_takes_one_kind():
    rings = Rings()
    for ring in (timer(1), timer(2), Ring("alarm", after(3), "alarm")):
        rings.add(ring, NOW)
    assert (rings.cancel("timer"), rings.cancel("timer")) == (2, 0)
    assert len(rings.running("alarm", NOW)) == 1


def test_the_same_alarm_twice_is_one():
    rings = Rings()
    for _ in range(2):
        rings.add(Ring("alarm", after(3), "alarm"), NOW)
    assert len(rings.running("alarm", NOW)) == 1


def test_bounds_hold_even_if_nobody_asks_what_is_due():
    rings = Rings()
    for n in range(MOST):
        rings.add(timer(n + 1), NOW)
    with pytest.raises(Refused, match="more than 50 timers"):
        rings.add(timer(99), NOW)
    for n in range(MOST):
        rings.add(timer(n + 1001), after(1000))
    for n in range(MOST):
        rings.add(timer(n + 2001), after(2000))
    assert len(rings.due(after(9999))) == 2 * MOST
