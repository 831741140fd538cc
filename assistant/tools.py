"""What the assistant can do offline: time, timers, alarms, sums, units, lists and notes. Every answer is made to be spoken."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from assistant.arithmetic import evaluate
from assistant.engines import ToolSpec
from assistant.notebook import Notebook
from assistant.rings import Ring, Rings
from assistant.spoken import Refused, clock, date, number, plain, span, span_name
from assistant.units import convert

LONGEST_TIMER_S = 24 * 3600

MOST_READ = 5
"""Timers or alarms that are read out, the next one first."""

LARGEST_NUMBER = 10**15
"""From here on numbers are no longer spoken digit for digit."""

NOTHING_SAID = "I haven't said anything yet."

Arguments: TypeAlias = Mapping[str, Any]
_DAY = {"today": (0, "Today is"), "tomorrow": (1, "Tomorrow is"), "yesterday": (-1, "Yesterday was")}


@dataclass(frozen=True, slots=True)
class Result:
    """What a tool answers: one or two sentences to be spoken."""

    text: str


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument; `I need {asks}.` is said when it is missing or wrong."""

    type: Literal["string", "number"]
    asks: str
    detail: str = ""
    required: bool = True
    choices: tuple[str, ...] = ()

    @property
    def schema(self) -> dict[str, Any]:
        """The argument in a JSON schema."""
        description = f"{self.asks}, {self.detail}" if self.detail else self.asks
        return {"type": self.type, "description": description} | ({"enum": list(self.choices)} if self.choices else {})

    def take(self, value: Any) -> str | Decimal:
        """Return the value, cleaned. Raises Refused when it is not one that can be used."""
        if self.type == "number" and isinstance(value, int | float) and not isinstance(value, bool):
            if not abs(value) < LARGEST_NUMBER:  # "not", so that NaN is caught too
                raise Refused("That number is too large for me.")
            return Decimal(str(value))
        if self.type == "string" and isinstance(value, str) and (text := plain(value)) and (not self.choices or text in self.choices):
            return text
        raise Refused(f"I need {self.asks}.")


@dataclass(frozen=True, slots=True)
class Tool:
    """A row of the table: what a call does and what it takes."""

    act: Callable[[Toolbox, Arguments], str]
    description: str
    arguments: Mapping[str, Argument] = field(default_factory=dict)
    effects: bool = False

    def spec(self, name: str) -> ToolSpec:
        """Return the tool as a language model is told of it."""
        properties = {name: argument.schema for name, argument in self.arguments.items()}
        required = [name for name, argument in self.arguments.items() if argument.required]
        return ToolSpec(
            name, self.description, {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
        )


def local_time() -> datetime:
    """Return the time where the person is."""
    return datetime.now().astimezone()


class Toolbox:
    """The tools of one conversation and what they remember, in memory; `now` returns the aware local time."""

    def __init__(self, now: Callable[[], datetime] = local_time) -> None:
        self._now = now
        self._rings = Rings()
        self._notebook = Notebook()
        self._spoken = NOTHING_SAID

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """Every tool, as a language model is told of it."""
        return SPECS

    def has_effects(self, name: str) -> bool:
        """Tell whether a call changes something, so that it must wait until the turn is certain."""
        return name in TOOLS and TOOLS[name].effects

    def call(self, name: str, arguments: Mapping[str, Any]) -> Result:
        """Carry out a call; what cannot be done is answered with a sentence that says why. Arguments without a meaning are ignored."""
        if (tool := TOOLS.get(name)) is None:
            return Result("I don't know how to do that.")
        given = arguments if isinstance(arguments, Mapping) else {}  # a model may have written anything
        try:
            wanted = {key: a.take(given.get(key)) for key, a in tool.arguments.items() if a.required or key in given}
            return Result(tool.act(self, wanted))
        except Refused as refused:
            return Result(str(refused))

    def spoke(self, text: str) -> None:
        """Remember what the assistant said last, for `repeat`."""
        if text.strip():
            self._spoken = text.strip()

    def due(self) -> list[str]:
        """Return a sentence for each timer and alarm that has gone off since the last call, oldest first."""
        return [ring.announcement for ring in self._rings.due(self._now())] if self._rings.next_at() else []

    def next_due(self) -> datetime | None:
        """Return when `due` will next have something, in UTC; in the past when it already has."""
        return self._rings.next_at()

    def running(self) -> list[tuple[str, float]]:
        """Return the timers and alarms that are set, each with the seconds left, the next one first."""
        now = self._now().astimezone(UTC)
        rings = sorted((ring for kind in ("timer", "alarm") for ring in self._rings.running(kind, now)), key=lambda ring: ring.at)
        return [(ring.name, (ring.at - now).total_seconds()) for ring in rings]

    def _time(self, _: Arguments) -> str:
        return f"It's {clock(self._now())}."

    def _date(self, given: Arguments) -> str:
        days, begins = _DAY[given.get("day", "today")]
        return f"{begins} {date(self._now() + timedelta(days=days))}."

    def _calculate(self, given: Arguments) -> str:
        return f"That's {number(evaluate(given['expression']))}."

    def _convert(self, given: Arguments) -> str:
        return convert(given["value"], given["from"], given["to"])

    def _set_timer(self, given: Arguments) -> str:
        parts = [given.get(unit, Decimal(0)) * seconds for unit, seconds in (("hours", 3600), ("minutes", 60), ("seconds", 1))]
        length_s = round(sum(parts))
        if min(parts) < 0 or length_s < 1:
            raise Refused("I need the length of the timer.")
        if length_s > LONGEST_TIMER_S:
            raise Refused(f"A timer can't be longer than {span(LONGEST_TIMER_S)}.")
        now = self._now().astimezone(UTC)
        self._rings.add(Ring("timer", now + timedelta(seconds=length_s), f"{span_name(length_s)} timer"), now)
        return f"Timer set for {span(length_s)}."

    def _read_timers(self, _: Arguments) -> str:
        now = self._now().astimezone(UTC)
        timers = self._rings.running("timer", now)
        left = [span(-((now - ring.at) // timedelta(seconds=1))) for ring in timers]  # rounded up: never "0 seconds"
        if len(timers) == 1:
            return f"{left[0]} left."
        if timers:
            told = [f"Your {ring.name} has {rest} left." for ring, rest in zip(timers, left, strict=True)][:MOST_READ]
            return " ".join(told) + (f" There are {len(timers) - len(told)} more." if len(timers) > len(told) else "")
        alarms = self._rings.running("alarm", now)
        return "No timer is running" + (f", but your {alarms[0].name} is set." if alarms else ".")

    def _cancel_timers(self, _: Arguments) -> str:
        count = self._rings.cancel("timer")
        return f"{count} timers canceled." if count > 1 else "Timer canceled." if count else "No timer is running."

    def _set_alarm(self, given: Arguments) -> str:
        if not (found := re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", given["time"])):
            raise Refused(f"I need {_ALARM.asks}.")
        now = self._now()
        at = now.replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
        tomorrow = at <= now
        at += timedelta(days=tomorrow)
        self._rings.add(Ring("alarm", at.astimezone(UTC), f"{clock(at)} alarm"), now)
        said = clock(at)
        return f"Alarm set for {said}{' tomorrow' if tomorrow and said != 'midnight' else ''}."  # the next midnight is tonight's

    def _read_alarms(self, _: Arguments) -> str:
        alarms = [ring.name for ring in self._rings.running("alarm", self._now().astimezone(UTC))]
        if not alarms:
            return "No alarm is set."
        told = "Your " + " and your ".join(alarms[:MOST_READ]) + (" is set." if len(alarms) == 1 else " are set.")
        return told + (f" There are {len(alarms) - MOST_READ} more." if len(alarms) > MOST_READ else "")

    def _cancel_alarms(self, _: Arguments) -> str:
        count = self._rings.cancel("alarm")
        return f"{count} alarms canceled." if count > 1 else "Alarm canceled." if count else "No alarm is set."

    def _add_item(self, given: Arguments) -> str:
        return self._notebook.add_item(given["list"], given["item"])

    def _read_list(self, given: Arguments) -> str:
        return self._notebook.read_list(given["list"])

    def _clear_list(self, given: Arguments) -> str:
        return self._notebook.clear_list(given["list"])

    def _add_note(self, given: Arguments) -> str:
        return self._notebook.add_note(given["text"])

    def _read_notes(self, _: Arguments) -> str:
        return self._notebook.read_notes()

    def _repeat(self, _: Arguments) -> str:
        return self._spoken


_LIST = Argument("string", "the name of the list", "such as shopping or to do")
_ALARM = Argument("string", "a time of day for the alarm", "HH:MM in 24 hours")

TOOLS: Mapping[str, Tool] = {
    "time": Tool(Toolbox._time, "Say what time it is."),
    "date": Tool(Toolbox._date, "Say the date.", {"day": Argument("string", "today, tomorrow or yesterday", required=False, choices=tuple(_DAY))}),
    "calculate": Tool(Toolbox._calculate, "Work out a sum.", {"expression": Argument("string", "something to calculate", "numbers with + - * / ** ( ) and sqrt( ), such as 15 / 100 * 60")}),
    "convert": Tool(Toolbox._convert, "Convert between units of length, mass, volume, temperature or time.", {
        "value": Argument("number", "a number to convert"), "from": Argument("string", "the unit to convert from", "such as miles"), "to": Argument("string", "the unit to convert to", "such as kilometers")}),
    "set_timer": Tool(Toolbox._set_timer, "Start a timer; the parts of its length are added.", {
        unit: Argument("number", "the length of the timer", f"in {unit}", required=False) for unit in ("hours", "minutes", "seconds")}, effects=True),
    "read_timers": Tool(Toolbox._read_timers, "Say how much time is left on the timers."),
    "cancel_timers": Tool(Toolbox._cancel_timers, "Cancel all timers.", effects=True),
    "set_alarm": Tool(Toolbox._set_alarm, "Set an alarm for the next time it is that late.", {"time": _ALARM}, effects=True),
    "read_alarms": Tool(Toolbox._read_alarms, "Say which alarms are set."),
    "cancel_alarms": Tool(Toolbox._cancel_alarms, "Cancel all alarms.", effects=True),
    "add_item": Tool(Toolbox._add_item, "Add an item to a list.", {"list": _LIST, "item": Argument("string", "something to add to the list")}, effects=True),
    "read_list": Tool(Toolbox._read_list, "Read a list out.", {"list": _LIST}),
    "clear_list": Tool(Toolbox._clear_list, "Empty a list.", {"list": _LIST}, effects=True),
    "add_note": Tool(Toolbox._add_note, "Write a note down.", {"text": Argument("string", "something to note")}, effects=True),
    "read_notes": Tool(Toolbox._read_notes, "Read the notes out."),
    "repeat": Tool(Toolbox._repeat, "Say again what was said last."),
    "stop": Tool(lambda *_: "Okay.", "Acknowledge that the user wants quiet."),
    "help": Tool(lambda *_: "I can tell the time, do sums, convert units, set timers and alarms, and keep lists and notes.", "Say what the assistant can do."),
}  # fmt: skip
"""Every tool by its name; checks, specs and effects all come from here."""

SPECS = tuple(tool.spec(name) for name, tool in TOOLS.items())
