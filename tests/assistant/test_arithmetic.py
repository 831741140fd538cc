"""Sums agree with Python, refuse in a sentence, and never take long."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from assistant.arithmetic import DEEPEST, LONGEST, evaluate
from assistant.spoken import Refused

CLEAR = "I can't work that out."


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("7 * 8", "56"),
        ("3 + 4 * 2", "11"),
        ("(3 + 4) * 2", "14"),
        ("15 / 100 * 60", "9"),
        ("5 ** 2", "25"),
        ("sqrt(81)", "9"),
        ("sqrt(3 ** 2 + 4 ** 2)", "5"),
        ("2 ** 3 ** 2", "512"),
        ("-2 ** 2", "-4"),
        ("2 ** -1", "0.5"),
        ("0 ** 0", "1"),
        ("10 - 3 - 2", "5"),
        (f"{'7' * 45} - {'7' * 44}6", "1"),
        ("1 / 3 * 3 - 1", "0"),
        ("0.1 + 0.2", "0.3"),
        ("4 ** 0.5", "2"),
        (".5 + 1.", "1.5"),
        ("--3", "3"),
        ("2 × 3 − 8 ÷ 4 + 2^2", "8"),
        ("  7*8 ", "56"),
    ],
)
def test_values(expression, value):
    assert evaluate(expression) == Decimal(value)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("5 / 0", "Nothing can be divided by zero."),
        ("0 / 0", "Nothing can be divided by zero."),
        ("0 ** -1", "Nothing can be divided by zero."),
        ("sqrt(-4)", "A negative number has no square root."),
        ("(-8) ** 0.5", CLEAR),
        ("9**9**9**9", "That number is too large for me."),
        ("9 ** 200", "That number is too large for me."),
        ("9" * 150, "That number is too large for me."),
        ("1 + " * 2500 + "1", "That's too long for me to work out."),
        ("(" * 99 + "1" + ")" * 99, "That's too long for me to work out."),
        ("-" * 199 + "1", "That's too long for me to work out."),
        ("2**" * 60 + "1", "That's too long for me to work out."),
        ("", CLEAR),
        ("7 *", CLEAR),
        ("7 8", CLEAR),
        ("1..2", CLEAR),
        ("(7", CLEAR),
        ("7)", CLEAR),
        ("sqrt", CLEAR),
        ("sqrt 4", CLEAR),
        ("()", CLEAR),
        ("* 3", CLEAR),
        ("x + 1", CLEAR),
        ("__import__('os')", CLEAR),
        ("١ + ١", CLEAR),
        ("1e5", CLEAR),
        ("nan", CLEAR),
    ],
)
def test_refusals(expression, said):
    with pytest.raises(Refused) as refused:
        evaluate(expression)
    assert str(refused.value) == said


small = st.integers(0, 20).map(str)
powers = st.builds("{} ** {}".format, small, st.integers(0, 3))
sums = st.recursive(
    small | powers,
    lambda inner: (
        st.builds("{} {} {}".format, inner, st.sampled_from("+-*/"), inner) | inner.map("({})".format) | inner.map("-({})".format)
    ),
    max_leaves=8,
)


@given(sums)
@example("1 / (1 / 3 * 3 - 1)")
@example("-2 ** 2 - -(3)")
def test_agrees_with_python(expression):
    assume(len(expression) <= LONGEST and expression.count("-(") + expression.count("(") < DEEPEST)
    try:
        exact = eval(re.sub(r"([0-9]+)", r"Fraction(\1)", expression), {"Fraction": Fraction})
    except ZeroDivisionError:
        with pytest.raises(Refused, match="zero"):
            evaluate(expression)
    else:
        assert abs(Fraction(evaluate(expression)) - exact) <= max(abs(exact) * Fraction(1, 10**9), Fraction(1, 10**12))


@given(st.text("0123456789.+-*/()sqrt ^", max_size=200))
@example("9**9**9**9")
@example("0.9999999 ** (10 ** 90)")
@example("1.0000001 ** 999999999999 ** 0.5")
@example("2 ** 0.1 ** 0.1 ** 0.1 ** 0.1")
@example("((((((((((" * 1000)
@example("sqrt(" * 2000)
@example("1" * 10_000)
def test_anything_ends_at_once(expression):
    began = time.perf_counter()
    with suppress(Refused):
        assert evaluate(expression).is_finite()
    assert time.perf_counter() - began < 0.1
