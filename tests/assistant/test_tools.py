"""Calls and the sentences they are answered with."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta, timezone, tzinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.tools import NOTHING_SAID, TOOLS, Toolbox
from models.starter.recipe.requests import INTENTS


class Clock:
    def __init__(self, at: datetime = datetime(2026, 11, 24, 15, 5, 30, tzinfo=timezone(timedelta(hours=-5)))) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def tick(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Autumn(tzinfo):
    """New York in autumn: clocks go back in the night of November 1. Not `zoneinfo`, whose data a bare machine lacks."""

    def utcoffset(self, at):
        return timedelta(hours=-4 if at.replace(tzinfo=None) < datetime(2026, 11, 1, 2) else -5)  # noqa: DTZ001 (naive on purpose)

    def dst(self, at):
        return self.utcoffset(at) + timedelta(hours=5)


def say(box: Toolbox, name: str, **arguments) -> str:
    return box.call(name, arguments).text


SENTENCES = [
    ("time", {}, "It's 3:05 PM."),
    ("date", {"day": "today"}, "Today is Tuesday, November 24."),
    ("date", {"day": "tomorrow"}, "Tomorrow is Wednesday, November 25."),
    ("date", {"day": "yesterday"}, "Yesterday was Monday, November 23."),
    ("date", {}, "Today is Tuesday, November 24."),
    ("calculate", {"expression": "7 * 8"}, "That's 56."),
    ("calculate", {"expression": "10 / 3"}, "That's about 3.33."),
    ("calculate", {"expression": "3 - 6"}, "That's minus 3."),
    ("calculate", {"expression": "1 / 3 * 3"}, "That's 1."),
    ("convert", {"value": 3, "from": "miles", "to": "kilometers"}, "3 miles is about 4.83 kilometers."),
    ("convert", {"value": 0.1, "from": "meters", "to": "centimeters"}, "0.1 meters is 10 centimeters."),
    ("set_timer", {"minutes": 5}, "Timer set for 5 minutes."),
    ("set_timer", {"hours": 1, "minutes": 30}, "Timer set for 1 hour and 30 minutes."),
    ("set_timer", {"hours": 1.5}, "Timer set for 1 hour and 30 minutes."),
    ("set_timer", {"seconds": 90}, "Timer set for 1 minute and 30 seconds."),
    ("read_timers", {}, "No timer is running."),
    ("cancel_timers", {}, "No timer is running."),
    ("read_alarms", {}, "No alarm is set."),
    ("cancel_alarms", {}, "No alarm is set."),
    ("set_alarm", {"time": "19:30"}, "Alarm set for 7:30 PM."),
    ("set_alarm", {"time": "07:30"}, "Alarm set for 7:30 AM tomorrow."),
    ("set_alarm", {"time": "15:05"}, "Alarm set for 3:05 PM tomorrow."),
    ("set_alarm", {"time": "00:00"}, "Alarm set for midnight."),
    ("add_item", {"list": "shopping", "item": "milk"}, "Added milk to your shopping list."),
    ("read_list", {"list": "to do"}, "Your to do list is empty."),
    ("clear_list", {"list": "grocery"}, "Your grocery list is empty now."),
    ("add_note", {"text": "call\n my mother\x00"}, "Noted: call my mother."),
    ("read_notes", {}, "You have no notes."),
    ("repeat", {}, NOTHING_SAID),
    ("stop", {}, "Okay."),
    ("help", {}, "I can tell the time, do sums, convert units, set timers and alarms, and keep lists and notes."),
    ("stop", {"why": "arguments nobody asked for"}, "Okay."),
]

REFUSALS = [
    ("dance", {}, "I don't know how to do that."),
    ("date", {"day": "someday"}, "I need today, tomorrow or yesterday."),
    ("date", {"day": None}, "I need today, tomorrow or yesterday."),
    ("calculate", {}, "I need something to calculate."),
    ("calculate", {"expression": 7}, "I need something to calculate."),
    ("calculate", {"expression": "1 / 0"}, "Nothing can be divided by zero."),
    ("convert", {"value": 3, "from": "miles", "to": "kilograms"}, "I can't convert miles to kilograms."),
    ("convert", {"value": True, "from": "miles", "to": "feet"}, "I need a number to convert."),
    ("convert", {"value": "3", "from": "miles", "to": "feet"}, "I need a number to convert."),
    ("convert", {"value": 3, "to": "feet"}, "I need the unit to convert from."),
    ("convert", {"value": 3, "from": "miles", "to": ["feet"]}, "I need the unit to convert to."),
    ("convert", {"value": float("nan"), "from": "miles", "to": "feet"}, "That number is too large for me."),
    ("convert", {"value": float("-inf"), "from": "miles", "to": "feet"}, "That number is too large for me."),
    ("convert", {"value": 10**5000, "from": "miles", "to": "feet"}, "That number is too large for me."),
    ("set_timer", {}, "I need the length of the timer."),
    ("set_timer", {"minutes": 0}, "I need the length of the timer."),
    ("set_timer", {"minutes": False}, "I need the length of the timer."),
    ("set_timer", {"hours": 1, "minutes": -5}, "I need the length of the timer."),
    ("set_timer", {"hours": 25}, "A timer can't be longer than 24 hours."),
    ("set_alarm", {"time": "25:00"}, "I need a time of day for the alarm."),
    ("set_alarm", {"time": "soon"}, "I need a time of day for the alarm."),
    ("set_alarm", {"time": 7}, "I need a time of day for the alarm."),
    ("add_item", {"list": "shopping"}, "I need something to add to the list."),
    ("add_item", {"list": " ", "item": "milk"}, "I need the name of the list."),
    ("add_note", {"text": "\ud800"}, "I need something to note."),
]


@pytest.mark.parametrize(("name", "arguments", "said"), SENTENCES + REFUSALS)
def test_sentences(name, arguments, said):
    assert Toolbox(Clock()).call(name, arguments).text == said


def test_timers_run_down_and_are_announced_once():
    clock = Clock()
    box = Toolbox(clock)
    say(box, "set_timer", minutes=5)
    clock.tick(49.5)
    assert say(box, "read_timers") == "4 minutes and 11 seconds left."
    say(box, "set_timer", hours=1)
    assert say(box, "read_timers") == "Your 5 minute timer has 4 minutes and 11 seconds left. Your 1 hour timer has 1 hour left."
    assert box.next_due() == clock.at + timedelta(seconds=250.5)
    assert box.due() == []
    clock.tick(250.5)
    assert say(box, "read_timers") == "55 minutes and 50 seconds left."
    assert box.due() == ["Your 5 minute timer is up."]
    assert box.due() == []
    assert say(box, "cancel_timers") == "Timer canceled."
    assert box.next_due() is None


def test_several_timers():
    box = Toolbox(Clock())
    for minutes in range(1, 51):
        say(box, "set_timer", minutes=minutes)
    assert say(box, "read_timers").endswith("Your 5 minute timer has 5 minutes left. There are 45 more.")
    assert say(box, "set_timer", minutes=5) == "I can't keep more than 50 timers."
    assert say(box, "cancel_timers") == "50 timers canceled."


def test_an_alarm_goes_off_at_its_time_of_day():
    clock = Clock()
    box = Toolbox(clock)
    say(box, "set_alarm", time="07:30")
    assert say(box, "read_timers") == "No timer is running, but your 7:30 AM alarm is set."
    assert say(box, "cancel_timers") == "No timer is running."
    assert say(box, "read_alarms") == "Your 7:30 AM alarm is set."
    assert box.next_due() == datetime(2026, 11, 25, 12, 30, tzinfo=UTC)
    clock.tick(86400)
    assert box.due() == ["Your 7:30 AM alarm is going off."]


def test_when_the_clocks_change_timers_keep_their_length_and_alarms_their_time_of_day():
    clock = Clock(datetime(2026, 10, 31, 23, 30, tzinfo=Autumn()))
    box = Toolbox(clock)
    say(box, "set_timer", hours=6)
    assert box.next_due() == datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
    say(box, "cancel_timers")
    say(box, "set_alarm", time="07:00")
    assert box.next_due() == datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


def test_lists_and_notes_are_kept():
    box = Toolbox(Clock())
    say(box, "add_item", list="shopping", item="milk")
    say(box, "add_item", list="shopping", item="eggs")
    say(box, "add_note", text="call my mother")
    assert say(box, "read_list", list="shopping") == "On your shopping list: milk and eggs."
    assert say(box, "read_notes") == "Your notes: call my mother."
    assert say(Toolbox(Clock()), "read_notes") == "You have no notes."


def test_repeat_says_the_last_thing_again_and_again():
    box = Toolbox(Clock())
    box.spoke("It's noon.")
    box.spoke(" ")
    for _ in range(2):
        assert say(box, "repeat") == "It's noon."
        box.spoke("It's noon.")


def test_effects():
    box = Toolbox(Clock())
    effects = {"set_timer", "cancel_timers", "set_alarm", "cancel_alarms", "add_item", "clear_list", "add_note"}
    assert {spec.name for spec in box.specs if box.has_effects(spec.name)} == effects
    assert not box.has_effects("dance")


def test_a_tool_without_effects_changes_nothing():
    box = Toolbox(Clock())
    say(box, "set_timer", minutes=5)
    before = say(box, "read_timers")
    for name, arguments, _ in SENTENCES:
        if not box.has_effects(name):
            box.call(name, arguments)
    assert say(box, "read_timers") == before


@pytest.mark.parametrize("intent", [i for i in INTENTS if i.call], ids=lambda i: i.name)
def test_every_call_of_the_starter_model_is_carried_out(intent):
    rng = random.Random(intent.name)
    for _ in range(300):
        arguments = intent.fill(rng).arguments
        text = Toolbox(Clock()).call(intent.call, json.loads(json.dumps(arguments))).text
        assert text.endswith(".")
        assert len(text) < 120
        assert not text.startswith(("I need", "I can't", "I don't", "That number", "Nothing", "A negative", "A timer")), (arguments, text)


def test_specs_describe_what_is_taken():
    specs = {spec.name: spec for spec in Toolbox(Clock()).specs}
    assert set(specs) == set(TOOLS) == {i.call for i in INTENTS if i.call}
    assert specs["convert"].parameters["required"] == ["value", "from", "to"]
    assert specs["set_timer"].parameters["required"] == []
    assert specs["date"].parameters["properties"]["day"]["enum"] == ["today", "tomorrow", "yesterday"]
    assert json.loads(json.dumps({name: spec.parameters for name, spec in specs.items()}))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["miles", "celsius", "12:00", "9**9**9"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)
keys = st.sampled_from(sorted({key for tool in TOOLS.values() for key in tool.arguments})) | st.text()


@given(st.lists(st.tuples(st.sampled_from(sorted(TOOLS)) | st.text(), st.dictionaries(keys, anything, max_size=4) | anything), max_size=8))
def test_no_call_raises(calls):
    clock = Clock()
    box = Toolbox(clock)
    for name, arguments in calls:
        text = box.call(name, arguments).text
        assert text.strip()
        text.encode()
        box.spoke(text)
        clock.tick(600)
        assert all(sentence.endswith(".") for sentence in box.due())
