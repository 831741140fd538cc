"""What people ask an assistant, made from phrasings: (what is said, what the model must answer).

A phrasing is text with `(a|b)` choices and `{slot}` values. Each intent has phrasings to learn from and others that
are never trained on: the score counts only those.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from models.starter.recipe import slots
from models.starter.recipe.slots import Filled


@dataclass(frozen=True)
class Request:
    """One thing said (`text`, numbers as words) and the model's answer: `call` and `arguments`, or `reply` text."""

    text: str
    intent: str
    call: str = ""
    arguments: tuple[tuple[str, Any], ...] = ()
    reply: str = ""

    @property
    def answer(self) -> str:
        """What stands between the assistant's role token and the end."""
        if self.call:
            return f"<|call|>{self.call} {json.dumps(dict(self.arguments), ensure_ascii=False)}"
        return self.reply


@dataclass(frozen=True)
class Intent:
    name: str
    weight: float
    seen: tuple[str, ...]
    unseen: tuple[str, ...]
    fill: Callable[[random.Random], Filled] = lambda rng: Filled({}, {})
    call: str = ""
    replies: tuple[str, ...] = ()


def expand(phrasing: str, slots: dict[str, str], rng: random.Random) -> str:
    """Choose one of each `(a|b)`, innermost first, and put the slots in."""
    while True:
        done = re.sub(r"\(([^()]*)\)", lambda m: rng.choice(m.group(1).split("|")), phrasing)
        if done == phrasing:
            break
        phrasing = done
    for name, value in slots.items():
        phrasing = phrasing.replace("{" + name + "}", value)
    return " ".join(phrasing.split())


PLEASE = "(|||||please|can you|could you|)"

INTENTS: tuple[Intent, ...] = (
    Intent("time", 2, (
        "what time is it (|now|right now|please)", "what's the time (|now|please)", "(|can you|could you|please) tell me the time", "do you (know|have) (what time it is|the time)",
        "what is the (|current|exact) time", "give me the time", "the time please", "how late is it", "(|hey|so) what time is it", "is it late", "what time do you have",
        "I (want|need) to know (the time|what time it is)", "I'd like to know what time it is", "do you know the (current|exact) time", "(show me|say) the time", "what's the time right now",
    ), ("could you tell me what time it is", "I'd like to know the time", "what's the current time", "tell me what time it is now"), call="time"),
    Intent("date", 1.5, (
        "what (day|date) is (it|today) (|today)", "what's (the date|today's date) (|today)", "(|please) tell me (the date|today's date|what day it is)", "which day is (it|today)",
        "what day of the week is it (|today)", "do you know what day it is", "give me today's date", "what is the date",
        "(I want|I need|I'd like) to know (today's date|what day it is)", "(|can you) tell me the day", "what is today", "today is what day", "which day of the week is it", "what's the day today", "what date do we have",
    ), ("could you tell me today's date", "what's today", "I need to know the date", "what day of the week is today"), slots.day("today"), "date"),
    Intent("date tomorrow", 0.5, ("what (day|date) is (it|) tomorrow", "what's tomorrow's date", "(|please) tell me tomorrow's date", "what day will it be tomorrow", "what will the date be tomorrow", "which day is tomorrow", "tell me what (day|date) it is tomorrow", "tomorrow is what day", "I want to know tomorrow's date", "what day of the week is tomorrow"),
           ("could you tell me what day tomorrow is", "what is the date tomorrow"), slots.day("tomorrow"), "date"),
    Intent("date yesterday", 0.4, ("what (day|date) was (it|) yesterday", "what was yesterday's date", "(|please) tell me yesterday's date", "which day was yesterday", "what was the date yesterday", "tell me what (day|date) it was yesterday", "(what|which) date was yesterday", "I want to know yesterday's date", "what day of the week was yesterday", "yesterday was which day"),
           ("could you tell me what day yesterday was", "yesterday was what day"), slots.day("yesterday"), "date"),
    Intent("arithmetic", 6, (
        "what is {x}", "what's {x}", "what is {x}", "how much is {x}", "(calculate|compute) {x}", "(|please|can you|could you) tell me {x}", "{x}", "{x} please", "how much are {x}",
        "what does {x} make", "(|can you|please) work out {x}", "do you know what {x} is", "(|hey|so|and) what is {x}",
        "what would {x} be", "what's the (answer to|value of) {x}", "what is the (answer to|value of) {x}", "what do I get for {x}", "what do you get if you (calculate|take) {x}", "give me {x}", "I want to know what {x} is",
        "(can you|please|do) tell me what {x} is", "say what {x} is", "how much does {x} make", "(solve|find|add up) {x}", "(I'd like|I want) {x}", "the result of {x}", "what comes out of {x}", "how much is it {x}",
    ), ("could you calculate {x}", "what do you get for {x}", "tell me what {x} is", "how much would {x} be", "I need {x}", "what is the result of {x}"), slots.arithmetic, "calculate"),
    Intent("roots and percent", 1.5, (
        "what is {x}", "what's {x}", "how much is {x}", "(calculate|compute) {x}", "(|please|can you) tell me {x}", "{x}", "do you know what {x} is",
        "what would {x} be", "what's the (answer to|value of) {x}", "give me {x}", "I want to know what {x} is", "(can you|please|do) tell me what {x} is", "(solve|find) {x}", "(I'd like|I want) {x}", "what do I get for {x}",
    ), ("could you calculate {x}", "tell me what {x} is", "how much would {x} be", "what is the result of {x}"), slots.root_or_percent, "calculate"),
    Intent("timer", 4, (
        f"{PLEASE} (set|start) a timer (for|of) {{d}} (|please)", f"{PLEASE} (set|start|make) a {{ds}} timer (|please)", "timer for {d}", "{d} timer", "(wake me|call me|remind me|tell me) in {d}", "count down {d}",
        "(|please) (set|start) (the|my) timer for {d}", "put (on|) a timer (for|on) {d}", "I want a timer (for|of) {d}", "let me know in {d}",
    ), ("I need a timer for {d}", "I'd like a {ds} timer", "set the timer to {d}", "give me a timer for {d}", "please let me know when {d} are over"), slots.span, "set_timer"),
    Intent("timer left", 0.8, ("how (much|long) (time|) is left (|on the timer|on my timer)", "how long (|is there) until the timer (ends|rings|goes off)", "(check|show) (the|my) timer", "how is (the|my) timer", "what's left on the timer", "how many minutes are left"),
           ("how much longer on the timer", "when does my timer go off", "how much time do I have left"), call="read_timers"),
    Intent("timer off", 0.8, ("(cancel|stop|delete|remove) (the|my|all) (timer|timers)", "turn off the timer", "(cancel|stop) the timer please", "I don't need the timer", "forget the timer"),
           ("please cancel my timer", "could you stop the timer", "switch the timer off"), call="cancel_timers"),
    Intent("alarm", 1.5, (f"{PLEASE} set (an|the|my) alarm (for|at) {{t}}", "wake me (up|) at {t}", "alarm (for|at) {t}", "(please|) wake me up at {t}", "I (need|want) to get up at {t}", "I want an alarm at {t}"),
           ("I need an alarm for {t}", "could you wake me at {t}", "put an alarm at {t}"), slots.clock, "set_alarm"),
    Intent("alarms", 0.5, ("(what|which) alarms (do I have|are set|are on)", "(check|show|read) my alarms", "(is|do I have) an alarm (set|on)", "when (is|does) my alarm (set for|ring|go off)", "what time is my alarm", "when will you wake me"),
           ("do I have any alarms", "could you check my alarm", "tell me my alarms"), call="read_alarms"),
    Intent("alarm off", 0.6, ("(cancel|stop|delete|remove) (the|my|all) (alarm|alarms)", "turn off (the|my) alarm", "(cancel|stop) the alarm please", "I don't need the alarm", "forget the alarm", "don't wake me"),
           ("please cancel my alarm", "could you stop the alarm", "switch the alarm off"), call="cancel_alarms"),
    Intent("units", 6, (
        "(convert|change) {v} (to|into|in) {to}", "what is {v} in {to}", "what's {v} in {to}", "how (much|many) (is|are) {v} in {to}", "how many {to} (are|is) (there in|in|in|in|) {v}", "how many {to} are (there in|in) {v}", "how many {to} are (there in|in) {v}", "how many {to} are in {v}", "how many {to} are in {v}", "(|can you|please) convert {v} (to|into) {to}",
        "{v} in {to}", "how many {to} (make|are in) {v}", "(|please) tell me {v} in {to}", "{v} to {to}",
        "(I need|I'd like|give me|say|write|show me) {v} in {to}", "(can you|please|do) tell me how many {to} {v} (is|are)", "do you know how many {to} (are|is) in {v}", "what would {v} be in {to}", "(turn|make) {v} into {to}",
        "I want to know (what {v} is in {to}|how many {to} {v} is)", "how much would {v} be in {to}", "what do I get for {v} in {to}", "what's the value of {v} in {to}",
    ), ("could you convert {v} to {to}", "tell me how many {to} {v} is", "I want {v} in {to}", "what do you get for {v} in {to}", "express {v} in {to}"), slots.conversion, "convert"),
    Intent("list add", 1.2, (f"{PLEASE} (add|put) {{i}} (to|on) (my|the) {{l}} list", "(add|put) {i} (to|on) (my|the) {l} list please", "I need {i} on (my|the) {l} list", "put {i} down on the {l} list"),
           ("would you add {i} to my {l} list", "I want {i} on my {l} list"), slots.item, "add_item"),
    Intent("list read", 0.7, ("what's on (my|the) {l} list", "what is on (my|the) {l} list", "(|please) read (me|) (my|the) {l} list", "show (me|) (my|the) {l} list", "tell me what's on (my|the) {l} list"),
           ("could you read my {l} list", "what do I have on the {l} list"), slots.list_slot, "read_list"),
    Intent("list clear", 0.5, ("(clear|empty|delete|erase) (my|the) {l} list", "(|please) remove everything from (my|the) {l} list", "start a new {l} list"),
           ("could you clear the {l} list", "please empty my {l} list"), slots.list_slot, "clear_list"),
    Intent("note", 0.8, ("(take|make|write) a note (|to) {n}", "note (|to) {n}", "remember to {n}", "(|please) remind me to {n}", "write down {n}", "don't let me forget to {n}"),
           ("could you remind me to {n}", "please make a note to {n}"), slots.errand, "add_note"),
    Intent("notes read", 0.5, ("(read|show) (me|) my notes", "what are my notes", "what (notes|reminders) do I have", "what did I (note|want to remember)", "do I have any notes"),
           ("could you read my notes", "tell me my notes"), call="read_notes"),
    Intent("repeat", 0.7, ("(|can you|could you|please) (say|repeat) that (again|)(|please)", "what did you say", "(repeat|again) please", "pardon", "come again", "say it again", "I didn't (hear|get) (you|that)", "sorry what was that", "one more time", "would you say (that|it) (again|once more)", "(can|could) you repeat it", "repeat what you said", "do you mind saying that again"),
           ("would you mind repeating that", "what was that again"), call="repeat"),
    Intent("stop", 0.7, ("stop", "(|please) (be quiet|stop talking|shut up)", "that's enough", "quiet", "never mind", "(okay|) stop it", "enough", "cancel", "no stop"),
           ("stop please", "okay that's enough"), call="stop"),
    Intent("help", 0.7, ("what can you do (|for me)", "help (|me)", "(|can you|please) help me", "what do you (do|know)", "how (can|could) you help me", "what can I (ask|say)", "how does this work", "what are you able to do", "(can you|please) tell me what you can do", "what can I do with you", "what may I ask", "what things can you do"),
           ("tell me what you can do", "what can I ask you"), call="help"),
)  # fmt: skip

_IMPERATIVES = frozenset(
    "calculate compute tell work set start make convert change add put read show clear empty delete erase take write note remember remind "
    "cancel stop turn wake give say repeat check remove express let count solve find".split()
)
_WRAPPERS = (
    "please {r}|can you {r}|could you {r}|would you {r}|will you {r}|can you please {r}|could you please {r}|I want you to {r}|"
    "I'd like you to {r}|hey {r}|okay {r}|now {r}|{r} please|{r} for me|{r} now"
).split("|")
_OPENERS = "so|and|hey|okay|well|now|hey parley|excuse me|please".split("|")


def _wrapped(text: str, rng: random.Random) -> str:
    """Return a request in one of the ways in which people wrap any request."""
    first = text.split(" ", 1)[0]
    if first in _IMPERATIVES and rng.random() < 0.45:
        return rng.choice(_WRAPPERS).format(r=text)
    return f"{rng.choice(_OPENERS)} {text}" if rng.random() < 0.08 else text


@cache
def _kept_out(intent: Intent) -> re.Pattern[str]:
    """A pattern for the phrasings of an intent that are never trained on, whatever stands in their slots."""
    return re.compile("|".join(re.sub(r"\\{\w+\\}", "(?!to know ).+", re.escape(phrasing)) for phrasing in intent.unseen), re.IGNORECASE)


def sample(rng: random.Random, unseen: bool = False) -> Request:
    """Return one request with a tool call as its answer; `unseen` takes phrasings that are kept out of training."""
    intent = rng.choices(INTENTS, [i.weight for i in INTENTS])[0]
    filled = intent.fill(rng)
    text = expand(rng.choice(intent.unseen if unseen else intent.seen), filled.slots, rng)
    if not unseen:
        plain, text = text, _wrapped(text, rng)
        if _kept_out(intent).fullmatch(text):
            text = plain
    return Request(text, intent.name, intent.call, tuple(filled.arguments.items()))
