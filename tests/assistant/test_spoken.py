"""What is said is short, exact where it claims to be, and reads only one way."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.spoken import clock, counted, date, listing, number, plain, span, span_name


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("0", "0"),
        ("-0.00", "0"),
        ("0E-149", "0"),
        ("56", "56"),
        ("9.000", "9"),
        ("1E+3", "1000"),
        ("1234567", "1234567"),
        ("-3", "minus 3"),
        ("0.5", "0.5"),
        ("3.14", "3.14"),
        ("2.675", "about 2.68"),
        ("-3.3333", "about minus 3.33"),
        ("99.999", "about 100"),
        ("0.05", "0.05"),
        ("0.0625", "about 0.063"),
        ("0.000333", "about 0.00033"),
        ("0.0999", "about 0.1"),
        ("1E-12", "about 0"),
        ("-1E-12", "about 0"),
        ("0." + "9" * 50, "1"),
        ("33." + "3" * 48, "about 33.33"),
        ("999999999999999", "999999999999999"),
        ("1E+15", "10 to the power of 15"),
        ("18446744073709551616", "about 1.84 times 10 to the power of 19"),
        ("9.999E+20", "about 10 to the power of 21"),
        ("-2.5E+20", "minus 2.5 times 10 to the power of 20"),
    ],
)
def test_numbers(value, said):
    assert number(Decimal(value)) == said


@given(st.decimals(-(10**15), 10**15, allow_nan=False, allow_infinity=False))
def test_a_number_is_close_and_about_is_true(value):
    said = number(value)
    if "power" in said:
        return
    shown = Decimal(said.removeprefix("about ").replace("minus ", "-"))
    assert abs(shown - value) <= Decimal("0.005")
    assert said.startswith("about ") or abs(shown - value) <= abs(value) * Decimal("1e-20")
    assert "." not in said or said[-1] not in ".0"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("1", "1 mile"),
        ("-1", "minus 1 mile"),
        ("0", "0 miles"),
        ("2", "2 miles"),
        ("0.5", "0.5 miles"),
        ("0.9999", "about 1 mile"),
        ("11", "11 miles"),
    ],
)
def test_nouns(value, said):
    assert counted(Decimal(value), "mile", "miles") == said


@pytest.mark.parametrize(
    ("seconds", "said", "name"),
    [
        (0, "0 seconds", "0 second"),
        (1, "1 second", "1 second"),
        (60, "1 minute", "1 minute"),
        (90, "1 minute and 30 seconds", "1 minute 30 second"),
        (3600, "1 hour", "1 hour"),
        (3910, "1 hour, 5 minutes and 10 seconds", "1 hour 5 minute 10 second"),
        (86400, "24 hours", "24 hour"),
    ],
)
def test_spans(seconds, said, name):
    assert (span(seconds), span_name(seconds)) == (said, name)


@pytest.mark.parametrize(
    ("hour", "minute", "said"),
    [
        (0, 0, "midnight"),
        (0, 5, "12:05 AM"),
        (7, 30, "7:30 AM"),
        (7, 0, "7 AM"),
        (12, 0, "noon"),
        (12, 1, "12:01 PM"),
        (15, 5, "3:05 PM"),
        (23, 59, "11:59 PM"),
    ],
)
def test_clock(hour, minute, said):
    assert clock(datetime(2026, 11, 24, hour, minute, tzinfo=UTC)) == said


def test_date():
    assert date(datetime(2026, 11, 24, tzinfo=UTC)) == "Tuesday, November 24"


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([], ""),
        (["milk"], "milk"),
        (["milk", "eggs"], "milk and eggs"),
        (["a", "b", "c"], "a, b and c"),
        (["a", "b", "c", "d"], "a, b, c and 1 more"),
    ],
)
def test_listing(items, said):
    assert listing(items, 3) == said


@given(st.text())
def test_plain_text_is_one_line_that_can_be_encoded(text):
    assert "\n" not in plain(text)
    plain(text + "\ud800\x00").encode()
    assert plain(plain(text)) == plain(text)
