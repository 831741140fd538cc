"""What people add to what was just said: "and in miles?", "times two", "make it ten minutes". Each needs the turn before it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models.starter.recipe import slots
from models.starter.recipe.requests import Request, expand
from models.starter.recipe.slots import Filled, number, number_words
from models.starter.recipe.talk import DEFERRED


@dataclass(frozen=True)
class Earlier:
    """A turn that a follow-up refers to: what was asked for, and the sentence that answered it."""

    request: Request
    said: str

    @property
    def arguments(self) -> dict[str, Any]:
        return dict(self.request.arguments)


@dataclass(frozen=True)
class FollowUp:
    """A kind of follow-up; `fill` gives slots and arguments, or None where the earlier turn has nothing to refer to."""

    name: str
    after: tuple[str, ...]
    """The calls it can follow; `defer` stands for a question that was passed on."""
    weight: float
    seen: tuple[str, ...]
    unseen: tuple[str, ...]
    fill: Callable[[Earlier, random.Random], Filled | None] = lambda earlier, rng: Filled({}, {})
    call: str = ""
    """Without one the follow-up is passed on too."""


_ANSWER = re.compile(r"(minus )?(\d+(?:\.\d+)?)(?: [A-Za-z ]+)?\.$")
LONGEST_ANSWER = 8
"""Characters of a number that people still calculate with by voice."""


def _answer(earlier: Earlier) -> str | None:
    """Return the number that the answer ends with, as it stands in an expression."""
    found = _ANSWER.search(earlier.said)
    if found is None or len(found[2]) > LONGEST_ANSWER or "10 to the power" in earlier.said:
        return None
    return f"-{found[2]}" if found[1] else found[2]


_OPERATIONS = {
    "*": ("times {n}", "multiplied by {n}"), "+": ("plus {n}",), "-": ("minus {n}", "less {n}"), "/": ("divided by {n}", "over {n}"),
}  # fmt: skip
_ORDERS = {
    "*": ("multiply {it} by {n}",), "+": ("add {n}", "add {n} to {it}"), "-": ("subtract {n}", "take away {n}", "subtract {n} from {it}"), "/": ("divide {it} by {n}",),
}  # fmt: skip


def _operation(phrases: dict[str, tuple[str, ...]]) -> Callable[[Earlier, random.Random], Filled | None]:
    def fill(earlier: Earlier, rng: random.Random) -> Filled | None:
        if (answer := _answer(earlier)) is None:
            return None
        sign, n = rng.choice("**++-/"), number(rng)
        words = rng.choice(phrases[sign]).format(n=number_words(n), it=rng.choice(["it", "that"]))
        return Filled({"x": words}, {"expression": f"{answer} {sign} {n}"})

    return fill


def _part(earlier: Earlier, rng: random.Random) -> Filled | None:
    if (answer := _answer(earlier)) is None:
        return None
    percent = rng.choice([5, 10, 15, 20, 25, 30, 50, 75, rng.randint(1, 99)])
    it = rng.choice(["it", "that", "that"])
    kinds = [(f"half of {it}", f"{answer} / 2"), (f"{number_words(percent)} percent of {it}", f"{percent} / 100 * {answer}")]
    if not answer.startswith("-"):
        kinds += [(f"the square root of {it}", f"sqrt({answer})"), ("that squared", f"{answer} ** 2")]
    words, expression = rng.choice(kinds)
    return Filled({"x": words}, {"expression": expression})


def _names(kind_of: str) -> tuple[tuple[str, str], ...]:
    """Return the units, one and many, that measure what `kind_of` measures."""
    return next(units for units in slots.UNITS.values() if any(kind_of == many for _, many in units))


def _other_unit(earlier: Earlier, rng: random.Random) -> Filled | None:
    given = earlier.arguments
    others = [many for _, many in _names(given["from"]) if many not in (given["from"], given["to"])]
    if not others:
        return None
    to = rng.choice(others)
    return Filled({"to": to}, given | {"to": to})


def _other_value(earlier: Earlier, rng: random.Random) -> Filled:
    given, n = earlier.arguments, number(rng)
    one, many = next(unit for unit in _names(given["from"]) if unit[1] == given["from"])
    degrees = rng.choice(["", "degrees ", "degrees "]) if "degree" in one else ""
    return Filled(
        {"n": number_words(n), "v": f"{number_words(n)} {degrees}{one if n == 1 and not degrees else many}"}, given | {"value": n}
    )


def _other_way(earlier: Earlier, _: random.Random) -> Filled:
    given = earlier.arguments
    return Filled({}, {"value": given["value"], "from": given["to"], "to": given["from"]})


def _other_day(earlier: Earlier, rng: random.Random) -> Filled:
    day = rng.choice([day for day in ("today", "tomorrow", "yesterday") if day != earlier.arguments.get("day")])
    return Filled({"day": day}, {"day": day})


def _same_list(earlier: Earlier, _: random.Random) -> Filled:
    return Filled({}, {"list": earlier.arguments["list"]})


def _one_more(earlier: Earlier, rng: random.Random) -> Filled:
    name = earlier.arguments["list"]
    item = slots.task(rng) if name == "to do" else slots.thing(rng)
    return Filled({"i": item}, {"list": name, "item": item})


def _anew(fill: Callable[[random.Random], Filled]) -> Callable[[Earlier, random.Random], Filled]:
    return lambda _, rng: fill(rng)


_INSTEAD = (
    "make it {d}",
    "make that {d}",
    "no make it {d}",
    "actually make it {d}",
    "change it to {d}",
    "set it to {d}",
    "(no|sorry) (I meant|I mean|) {d}",
    "actually {d}",
    "{d} instead",
    "please make it {d}",
    "can you make it {d}",
    "rather {d}",
    "wait make it {d}",
    "I said {d}",
    "make it {d} instead",
)
_INSTEAD_UNSEEN = ("better make it {d}", "let's make it {d}", "could you change that to {d}", "oh no make that {d}")
_OFF = (
    "(|please|now|okay) (cancel|delete|remove) (it|that|that one) (|please|again)",
    "turn (it|that) off (|again|please)",
    "I don't need (it|that) (anymore|any more|now)",
    "forget (it|that)",
    "can you cancel (it|that)",
    "cancel that one",
)
_OFF_UNSEEN = ("could you cancel it again", "switch it off", "I changed my mind cancel it", "please get rid of it")


def _at(phrasings: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(phrasing.replace("{d}", "{t}") for phrasing in phrasings)


FOLLOW_UPS: tuple[FollowUp, ...] = (
    FollowUp("other unit", ("convert",), 4, (
        "and in {to}", "in {to}", "what about (in|) {to}", "how about (in|) {to}", "in {to} please", "and {to}", "now in {to}", "(and|) what is (that|it) in {to}", "(and|) what's (that|it) in {to}", "(and|) how many {to} is (that|it)", "how much is (that|it) in {to}", "(and|) how many {to}",
        "(|now|please|can you) (convert|turn|change) (that|it) (to|into) {to}", "(please|can you) say (that|it) in {to}", "the same in {to}", "and now in {to}", "what is the same in {to}", "tell me in {to}", "how many {to} are (that|they)", "and into {to}", "I want it in {to}", "and to {to}",
    ), ("and what would that be in {to}", "give me that in {to}", "okay and in {to}", "how much would it be in {to}", "could you put that in {to}"), _other_unit, "convert"),
    FollowUp("other value", ("convert",), 2, (
        "and {v}", "what about {v}", "how about {v}", "and {n}", "and for {n}", "what about {n}", "how about {n}", "now {v}", "and what about {v}", "and how much is {v}", "and how about {n}", "now for {n}", "the same for {v}", "and if I have {v}", "and now {n}", "now with {n}",
    ), ("and what if it is {v}", "how much is {n} then", "okay what about {v}", "do the same for {n}"), _other_value, "convert"),
    FollowUp("other way", ("convert",), 0.5, ("(and|now|) the other way (around|round)", "and what about the other way around", "and the reverse", "vice versa", "and vice versa", "and back", "now the reverse", "and in reverse"),
             ("what is it the other way around", "now do it in reverse"), _other_way, "convert"),
    FollowUp("go on", ("calculate", "convert"), 5, (
        "and {x}", "{x}", "now {x}", "then {x}", "and that {x}", "and now {x}", "(and|) what is (that|it) {x}", "(and|) what's (that|it) {x}", "that {x}", "(and|) how much is (that|it) {x}", "(and|) the result {x}", "and if that is {x}", "what about that {x}", "and {x} please", "what is the answer {x}", "tell me what that is {x}", "what would that be {x}",
    ), ("okay and {x}", "how about that {x}", "and what do you get for that {x}", "what does that make {x}", "so what would it be {x}"), _operation(_OPERATIONS), "calculate"),
    FollowUp("go on, as an order", ("calculate", "convert"), 3, ("{x}", "now {x}", "and {x}", "then {x}", "please {x}", "can you {x}", "and now {x}", "and then {x}", "okay {x}", "{x} please", "now please {x}", "I want you to {x}"),
             ("could you {x}", "and now please {x}", "would you {x}", "next {x}"), _operation(_ORDERS), "calculate"),
    FollowUp("part of it", ("calculate", "convert"), 2, ("and {x}", "what is {x}", "what's {x}", "{x}", "now {x}", "and what is {x}", "(and|) how much is {x}", "and now {x}", "give me {x}", "calculate {x}", "(can you|please) tell me {x}", "and what's {x}", "what would {x} be"),
             ("could you tell me {x}", "okay and what is {x}", "and how much would {x} be", "so what is {x}"), _part, "calculate"),
    FollowUp("timer instead", ("set_timer",), 3, _INSTEAD, _INSTEAD_UNSEEN, _anew(slots.span), "set_timer"),
    FollowUp("another timer", ("set_timer", "read_timers"), 2, ("and (another|another one|one|one more) (for|of) {d}", "another one for {d}", "another {ds} timer", "and {d}", "also {d}", "and a {ds} one", "start another (one|) for {d}", "and also {d}", "and one (for|of) {d} too", "also one for {d}", "set another one for {d}", "and a second one for {d}", "one more (for|of) {d}"),
             ("and please another one for {d}", "now one for {d}", "I need another one for {d}"), _anew(slots.span), "set_timer"),
    FollowUp("timer off", ("set_timer", "read_timers"), 2, (*_OFF, "(cancel|stop) (them|them all|both)"), _OFF_UNSEEN, call="cancel_timers"),
    FollowUp("time left", ("set_timer",), 1.5, ("how (much|long) is left (|now)", "how (much|long) now", "how much longer", "is it (done|over|up) (yet|)", "when is it (done|over|up)", "when (will|does) it (ring|go off|end)", "how much time is left", "how long (will|does) it (still|) (run|take)", "how is it doing", "and how long is left"),
             ("how long until it rings", "and how much is left of it", "is it over soon"), call="read_timers"),
    FollowUp("alarm instead", ("set_alarm",), 2, _at(_INSTEAD), _at(_INSTEAD_UNSEEN), _anew(slots.clock), "set_alarm"),
    FollowUp("another alarm", ("set_alarm", "read_alarms"), 1.5, ("and (another|another one|one|one more) (at|for) {t}", "another one (at|for) {t}", "and (at|) {t}", "also (at|) {t}", "and (at|) {t} too", "also one at {t}", "set another one for {t}", "and also at {t}", "and a second one at {t}"),
             ("and please another one at {t}", "now one for {t}", "I need another one at {t}"), _anew(slots.clock), "set_alarm"),
    FollowUp("alarm off", ("set_alarm", "read_alarms"), 1.5, _OFF, _OFF_UNSEEN, call="cancel_alarms"),
    FollowUp("alarm when", ("set_alarm",), 1, ("what time is it set (for|to)", "when is (it|that)", "when (will|does) it (ring|go off)", "for when is it set", "is it set (|now)", "when exactly", "when will it wake me"),
             ("and when is it set for", "when is it going to ring", "did you set it"), call="read_alarms"),
    FollowUp("other day", ("date",), 2.5, ("and {day}", "what about {day}", "how about {day}", "and what about {day}", "and what is {day}", "and what day is {day}", "and how about {day}", "now {day}", "what is {day}", "and for {day}", "and the date {day}", "{day}", "and which day is {day}"),
             ("okay and {day}", "and what is it {day}", "so what about {day}"), _other_day, "date"),
    FollowUp("date too", ("time",), 1, ("and (the date|the day)", "and what day is it", "and what's the date (today|)", "and today's date", "and which day is it", "and the date today", "what about the date", "and what is today's date"),
             ("okay and the date", "and what date is it today"), _anew(slots.day("today")), "date"),
    FollowUp("time too", ("date",), 1, ("and the time", "and what time is it", "and what's the time", "and how late is it", "what about the time", "and the time now", "and what is the time"), ("okay and the time", "and what time is it now then"), call="time"),
    FollowUp("one more item", ("add_item", "read_list", "clear_list"), 4, ("(|and|please) add {i} (too|as well|also|)", "and {i}", "also {i}", "{i} too", "{i} as well", "(|and|please) put {i} on it (too|as well|)", "and also {i}", "I need {i} too", "I also need {i}", "add {i} to it (too|)", "and (then|) {i} please", "can you add {i} too", "we need {i} too", "also add {i}", "and {i} too"),
             ("and put {i} on there as well", "make sure to add {i} as well", "oh and {i}", "could you also add {i}", "don't forget {i}"), _one_more, "add_item"),
    FollowUp("read that list", ("add_item",), 2, ("(|please|now|and) read it (to me|out|)", "what's on it (|now)", "what is on it (|now)", "read (me|) the (whole|) list", "show (me|) (it|the list)", "what do I have (now|on it|)", "what's on the list (now|)", "and what's on it", "can you read it", "what is on the list"),
             ("and what's on there now", "could you read it to me", "tell me what's on it"), _same_list, "read_list"),
    FollowUp("clear that list", ("add_item", "read_list"), 1.5, ("(|please|now|and) (clear|empty|erase) (it|the list)", "(delete|remove) everything (|on it|from it)", "(|please) delete the (whole|) list", "can you (clear|empty) it", "start a new one", "I don't need the list any more"),
             ("could you clear it", "now please empty it", "take everything off it"), _same_list, "clear_list"),
    FollowUp("one more note", ("add_note", "read_notes"), 1.5, ("and to {n}", "and {n}", "also {n}", "also to {n}", "and also to {n}", "and note to {n}", "and that I have to {n}", "{n} too", "and I have to {n}", "and remind me to {n} too"),
             ("oh and to {n}", "I must also {n}", "and one to {n}"), _anew(slots.errand), "add_note"),
    FollowUp("read the notes", ("add_note",), 1, ("(|please|now|and) read them (to me|out|)", "what are they", "read all (|of them|notes)", "what do I have to do", "what else (is there|do I have)", "read (it|that) back", "what have you noted", "and what else"),
             ("could you read them to me", "so what did you note", "tell me all of them"), call="read_notes"),
    FollowUp("asked on", ("defer",), 3, ("and in {c}", "what about {c}", "and (what about|how about) {c}", "and {day}", "what about {day}", "how about {day}", "why", "why not", "and why", "are you sure", "tell me more", "and who is that", "do you know anything about it", "how come", "and then", "what else", "since when", "how many", "and how much is it", "where is that", "how do you know"),
             ("okay and in {c}", "so what about {day}", "and why is that", "can you tell me more about it", "and where is it"), lambda _, rng: Filled({"c": rng.choice(("France", "London", "Japan", "Mexico", "Boston", "Italy", "Cuba", "Russia")), "day": rng.choice(("today", "tomorrow", "yesterday", "Sunday"))}, {})),
)  # fmt: skip

_BY_CALL = {call: [f for f in FOLLOW_UPS if call in f.after] for follow_up in FOLLOW_UPS for call in follow_up.after}


def call_of(request: Request) -> str:
    """Return what a request led to, as `FollowUp.after` names it; empty for small talk."""
    return request.call or ("defer" if request.reply.startswith("<|defer|>") else "")


def follow_up(earlier: Earlier, rng: random.Random, *, unseen: bool = False) -> Request | None:
    """Return something that follows on the earlier turn, if there is any; `unseen` takes phrasings that are kept out of training."""
    kinds = _BY_CALL.get(call_of(earlier.request), [])
    if not kinds:
        return None
    kind = rng.choices(kinds, [k.weight for k in kinds])[0]
    if (filled := kind.fill(earlier, rng)) is None:
        return None
    text = expand(rng.choice(kind.unseen if unseen else kind.seen), filled.slots, rng)
    reply = "" if kind.call else f"<|defer|>{DEFERRED}"
    return Request(text, kind.name, kind.call, tuple(filled.arguments.items()), reply)
