"""Conversions between the units of everyday life; gallons, cups and pints are those of the United States."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal

from assistant.spoken import Refused, counted, plain


@dataclass(frozen=True, slots=True)
class Unit:
    """`value * size + zero` is the same amount in the smallest terms of its kind."""

    kind: str
    one: str
    many: str
    size: Decimal
    zero: Decimal = Decimal(0)


_TABLE = {
    "length": "meter meters 1, centimeter centimeters 0.01, kilometer kilometers 1000, inch inches 0.0254, foot feet 0.3048, yard yards 0.9144, mile miles 1609.344",
    "mass": "gram grams 1, kilogram kilograms 1000, ounce ounces 28.349523125, pound pounds 453.59237",
    "volume": "liter liters 1, milliliter milliliters 0.001, cup cups 0.2365882365, pint pints 0.473176473, gallon gallons 3.785411784",
    "time": "second seconds 1, minute minutes 60, hour hours 3600, day days 86400, week weeks 604800",
}  # fmt: skip

_TEMPERATURES = (  # ninths of a kelvin, in which both scales are exact
    Unit("temperature", "degree Celsius", "degrees Celsius", Decimal(9), Decimal("2458.35")),
    Unit("temperature", "degree Fahrenheit", "degrees Fahrenheit", Decimal(5), Decimal("2298.35")),
)

_CONTEXT = Context(prec=50)


def _named() -> dict[str, Unit]:
    units = [Unit(kind, one, many, Decimal(size)) for kind, row in _TABLE.items() for one, many, size in map(str.split, row.split(","))]
    names = {name.lower(): unit for unit in (*units, *_TEMPERATURES) for name in (unit.one, unit.many)}
    return names | {unit.one.split()[-1].lower(): unit for unit in _TEMPERATURES}


UNITS = _named()
"""By every name in lower case: `mile`, `miles`, `celsius`, `degrees celsius`."""


def convert(value: Decimal, source: str, target: str) -> str:
    """Return the sentence: `3 miles is about 4.83 kilometers.`

    Raises:
        Refused: a unit is unknown, or the two measure different things.
    """
    a, b = _unit(source), _unit(target)
    if a.kind != b.kind:
        raise Refused(f"I can't convert {a.many} to {b.many}.")
    amount = _CONTEXT.fma(value, a.size, a.zero)
    converted = _CONTEXT.divide(_CONTEXT.subtract(amount, b.zero), b.size)
    sentence = f"{counted(value, a.one, a.many)} is {counted(converted, b.one, b.many)}."
    return sentence[0].upper() + sentence[1:]


def _unit(name: str) -> Unit:
    if (unit := UNITS.get(name.strip().lower())) is None:
        raise Refused(f"I don't know the unit {plain(name)[:40]}.")
    return unit
