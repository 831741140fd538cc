"""What stands in the slots of a request: numbers in words, spans, times of day, amounts, items, with the arguments they mean."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from models.starter.recipe.corpus import sentences

ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
).split()
TENS = "zero ten twenty thirty forty fifty sixty seventy eighty ninety".split()


def number_words(n: int) -> str:
    """Return 0 <= n < 1,000,000 in English words, as people say it: 156 -> 'one hundred and fifty six'."""
    if n < 20:
        return ONES[n]
    if n < 100:
        return TENS[n // 10] + (f" {ONES[n % 10]}" if n % 10 else "")
    if n < 1000:
        return f"{ONES[n // 100]} hundred" + (f" and {number_words(n % 100)}" if n % 100 else "")
    return f"{number_words(n // 1000)} thousand" + (f" {number_words(n % 1000)}" if n % 1000 else "")


@dataclass(frozen=True)
class Filled:
    """Values for the slots of a phrasing, and the arguments they stand for."""

    slots: dict[str, str]
    arguments: dict[str, Any]


def number(rng: random.Random) -> int:
    kind = rng.random()
    if kind < 0.5:
        return rng.randint(1, 12)
    if kind < 0.85:
        return rng.randint(2, 99)
    return rng.choice([rng.randint(100, 999), rng.randint(1, 9) * 100, rng.randint(1, 20) * 50, rng.randint(1, 9) * 1000])


_OPERATIONS = {
    "*": ("times", "times", "times", "multiplied by"),
    "+": ("plus", "plus", "plus", "and", "added to"),
    "-": ("minus", "minus", "minus", "take away", "less"),
    "/": ("divided by", "divided by", "over"),
}


def arithmetic(rng: random.Random) -> Filled:
    sign = rng.choice("***++-/")
    a, b = number(rng), number(rng)
    if sign == "/" and rng.random() < 0.7:
        a *= b
        if a >= 10_000:
            a, b = b * 2, 2
    if sign == "-" and a < b:
        a, b = b, a
    words = f"{number_words(a)} {rng.choice(_OPERATIONS[sign])} {number_words(b)}"
    expression = f"{a} {sign} {b}"
    if rng.random() < 0.1:
        sign, c = rng.choice("+-*"), rng.randint(1, 20)
        words += f" {_OPERATIONS[sign][0]} {number_words(c)}"
        expression += f" {sign} {c}"
    return Filled({"x": words}, {"expression": expression})


def root_or_percent(rng: random.Random) -> Filled:
    n = number(rng)
    kind = rng.randrange(4)
    if kind == 0:
        root = rng.randint(1, 15) ** 2
        return Filled({"x": f"the square root of {number_words(root)}"}, {"expression": f"sqrt({root})"})
    if kind == 1:
        return Filled({"x": f"{number_words(n)} squared"}, {"expression": f"{n} ** 2"})
    if kind == 2:
        return Filled({"x": f"half of {number_words(n)}"}, {"expression": f"{n} / 2"})
    percent = rng.choice([5, 10, 15, 20, 25, 30, 50, 75, rng.randint(1, 99)])
    return Filled({"x": f"{number_words(percent)} percent of {number_words(n)}"}, {"expression": f"{percent} / 100 * {n}"})


def as_adjective(span: str) -> str:
    """Return 'five minutes' as it stands before 'timer', behind an article of its own: 'five minute'."""
    return span.removesuffix("s").removeprefix("a ").removeprefix("an ")


def span(rng: random.Random) -> Filled:
    kind = rng.random()
    if kind < 0.55:
        n = rng.choice([1, 2, 3, 4, 5, 5, 10, 10, 15, 20, 25, 30, 40, 45, 50, rng.randint(1, 90)])
        words = "a minute" if n == 1 and rng.random() < 0.5 else f"{number_words(n)} minute{'s' * (n > 1)}"
        return Filled({"d": words, "ds": as_adjective(words)}, {"minutes": n})
    if kind < 0.75:
        n = rng.choice([5, 10, 15, 20, 30, 40, 45, 60, 90, rng.randint(2, 99)])
        return Filled({"d": f"{number_words(n)} seconds", "ds": f"{number_words(n)} second"}, {"seconds": n})
    if kind < 0.9:
        n = rng.randint(1, 12)
        words = rng.choice(["an hour", "one hour"]) if n == 1 else f"{number_words(n)} hours"
        return Filled({"d": words, "ds": as_adjective(words)}, {"hours": n})
    if kind < 0.95:
        h, m = rng.randint(1, 5), rng.choice([5, 10, 15, 20, 30, 40, 45])
        words = f"{number_words(h)} hour{'s' * (h > 1)} and {number_words(m)} minutes"
        return Filled({"d": words, "ds": words}, {"hours": h, "minutes": m})
    m, s = rng.randint(1, 10), rng.choice([10, 15, 20, 30, 40, 45])
    words = f"{number_words(m)} minute{'s' * (m > 1)} and {number_words(s)} seconds"
    return Filled({"d": words, "ds": words}, {"minutes": m, "seconds": s})


def clock(rng: random.Random) -> Filled:
    hour, minute = rng.randint(1, 12), rng.choice([0, 0, 0, 15, 30, 30, 45, rng.choice([5, 10, 20, 25, 40, 50, 55])])
    evening = rng.random() < 0.4
    words = number_words(hour)
    if minute == 0:
        words += rng.choice(["", " o'clock"])
    elif minute == 30 and rng.random() < 0.3:
        words = f"half past {words}"
    else:
        words += f" {'oh ' if minute < 10 else ''}{number_words(minute)}"
    if hour == 12:
        evening = True  # at twelve is at noon; nobody says "twelve in the evening"
        words += rng.choice(["", " p m"])
    else:
        words += rng.choice([" in the evening", " p m"] if evening else ["", "", " in the morning", " a m"])
    return Filled({"t": words}, {"time": f"{hour % 12 + 12 * evening:02d}:{minute:02d}"})


UNITS: dict[str, tuple[tuple[str, str], ...]] = {
    "length": (("mile", "miles"), ("kilometer", "kilometers"), ("meter", "meters"), ("centimeter", "centimeters"), ("inch", "inches"), ("foot", "feet"), ("yard", "yards")),
    "mass": (("kilogram", "kilograms"), ("pound", "pounds"), ("gram", "grams"), ("ounce", "ounces")),
    "volume": (("liter", "liters"), ("gallon", "gallons"), ("cup", "cups"), ("milliliter", "milliliters"), ("pint", "pints")),
    "temperature": (("degree celsius", "celsius"), ("degree fahrenheit", "fahrenheit")),
    "time": (("hour", "hours"), ("minute", "minutes"), ("second", "seconds"), ("day", "days"), ("week", "weeks")),
}  # fmt: skip


def conversion(rng: random.Random) -> Filled:
    kind = rng.choice(["length", "length", "length", "mass", "mass", "volume", "temperature", "temperature", "time"])
    source, target = rng.sample(UNITS[kind], 2)
    n = rng.choice([1, 1, number(rng), number(rng), number(rng)])
    if kind == "temperature":
        counted = f"{number_words(n)} {rng.choice(['', 'degrees '])}{source[1]}"
    elif n == 1:
        counted = f"{rng.choice(['one', 'an' if source[0][0] in 'aeiou' or source[0] == 'hour' else 'a'])} {source[0]}"
    else:
        counted = f"{number_words(n)} {source[1]}"
    return Filled({"v": counted, "to": target[1]}, {"value": n, "from": source[1], "to": target[1]})


_ITEMS = (
    "milk|eggs|bread|butter|apples|bananas|cheese|coffee|tea|sugar|salt|rice|pasta|tomatoes|potatoes|onions|carrots|fish|chicken|"
    "oranges|lemons|water|juice|soap|shampoo|toothpaste|paper|batteries|flour|oil|yogurt|chocolate|cookies|beer|wine|honey|"
    "olive oil|orange juice|ice cream|toilet paper|dog food|cat food|a birthday card|two lemons|green tea|brown rice"
).split("|")
_ERRANDS = (
    "call my mother|call the doctor|buy a present|pay the rent|water the plants|feed the cat|walk the dog|clean the kitchen|"
    "send the letter|book a table|fix the door|wash the car|do my homework|finish the report|take out the trash|charge my phone|"
    "pick up the kids|call the bank|buy tickets|read the contract|return the books|meet Tom at the station|write to Mary"
).split("|")


_LISTS = "packing|party|gift|wish|reading|birthday|travel|work|garden|hardware".split("|")


@cache
def _any_words() -> tuple[str, ...]:
    """Words of four letters and more that sentences have in small letters: what stands in a list may be anything."""
    found = {word.strip(".,;:!?") for sentence in sentences("train", "en") for word in sentence.split()[1:]}
    return tuple(sorted(word for word in found if len(word) > 3 and word.isalpha() and word.islower()))


def thing(rng: random.Random) -> str:
    """Return something to have on a list: mostly a common one, else any one or two words."""
    kind = rng.random()
    if kind < 0.75:
        return rng.choice(_ITEMS)
    words = [rng.choice(_any_words()) for _ in range(rng.randint(1, 2))]
    return " ".join([number_words(rng.randint(2, 12)), *words[:1]] if kind > 0.95 else words)


def list_name(rng: random.Random) -> str:
    return rng.choice(_LISTS) if rng.random() < 0.15 else rng.choice(["shopping", "shopping", "grocery", "to do"])


def task(rng: random.Random) -> str:
    """Return something to do: mostly a common one, else one that the words of others make."""
    if rng.random() < 0.75:
        return rng.choice(_ERRANDS)
    return f"{rng.choice(_ERRANDS).split()[0]} {rng.choice(['the', 'a', 'my', 'some'])} {rng.choice(_any_words())}"


def item(rng: random.Random) -> Filled:
    name = list_name(rng)
    item = task(rng) if name == "to do" else thing(rng)
    return Filled({"i": item, "l": name}, {"list": name, "item": item})


def list_slot(rng: random.Random) -> Filled:
    name = list_name(rng)
    return Filled({"l": name}, {"list": name})


def errand(rng: random.Random) -> Filled:
    errand = task(rng)
    return Filled({"n": errand}, {"text": errand})


def day(name: str) -> Callable[[random.Random], Filled]:
    return lambda rng: Filled({}, {"day": name})
