"""Conversions: exact factors, the right noun, and a sentence for what cannot be converted."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations

import pytest

from assistant.spoken import Refused
from assistant.units import UNITS, convert
from models.starter.recipe import slots


@pytest.mark.parametrize(
    ("value", "source", "target", "said"),
    [
        ("3", "miles", "kilometers", "3 miles is about 4.83 kilometers."),
        ("1", "mile", "kilometer", "1 mile is about 1.61 kilometers."),
        ("12", "inches", "feet", "12 inches is 1 foot."),
        ("1", "yard", "foot", "1 yard is 3 feet."),
        ("1", "centimeters", "miles", "1 centimeter is about 0.0000062 miles."),
        ("2", "pounds", "grams", "2 pounds is about 907.18 grams."),
        ("16", "ounces", "pounds", "16 ounces is 1 pound."),
        ("1", "gallon", "cups", "1 gallon is 16 cups."),
        ("1", "gallon", "pints", "1 gallon is 8 pints."),
        ("1", "liters", "milliliters", "1 liter is 1000 milliliters."),
        ("20", "celsius", "fahrenheit", "20 degrees Celsius is 68 degrees Fahrenheit."),
        ("1", "degree celsius", "degrees Fahrenheit", "1 degree Celsius is 33.8 degrees Fahrenheit."),
        ("-40", "fahrenheit", "celsius", "Minus 40 degrees Fahrenheit is minus 40 degrees Celsius."),
        ("100", "fahrenheit", "celsius", "100 degrees Fahrenheit is about 37.78 degrees Celsius."),
        ("2", "weeks", "days", "2 weeks is 14 days."),
        ("90", "minutes", "hours", "90 minutes is 1.5 hours."),
        ("3", "miles", "miles", "3 miles is 3 miles."),
        ("3", "Miles ", "KILOMETERS", "3 miles is about 4.83 kilometers."),
    ],
)
def test_sentences(value, source, target, said):
    assert convert(Decimal(value), source, target) == said


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("miles", "kilograms", "I can't convert miles to kilograms."),
        ("celsius", "hours", "I can't convert degrees Celsius to hours."),
        ("parsecs", "miles", "I don't know the unit parsecs."),
        ("miles", "x" * 99, f"I don't know the unit {'x' * 40}."),
    ],
)
def test_refusals(source, target, said):
    with pytest.raises(Refused) as refused:
        convert(Decimal(1), source, target)
    assert str(refused.value) == said


@pytest.mark.parametrize("kind", slots.UNITS)
def test_every_unit_the_starter_model_knows_converts_to_every_other_of_its_kind(kind):
    for source, target in permutations(slots.UNITS[kind], 2):
        for name in source:
            for other in target:
                assert convert(Decimal(7), name, other).startswith("7 ")
    assert {UNITS[name].kind for pair in slots.UNITS[kind] for name in pair} == {kind}
